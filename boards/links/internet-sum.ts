// The Internet checksum's sum (RFC 1071) over a frame buffer, by words: four bytes a step. Sums are of big-endian
// 16-bit words, as host/net/packet.ts has them, so the two can be added.
import type { FrameBuffer } from "./frame-buffer.ts";

/** Adds `length` bytes from `at` on to `sum`; an odd last byte counts as the high half of a word. */
export function sumFrame(buffer: FrameBuffer, at: number, length: number, sum = 0): number {
  const { bytes, words } = buffer;
  const end = at + length;
  const odd = (at & 1) !== 0 && length > 0;
  if (odd) sum += bytes[at++]! << 8;
  // From here on words are taken from memory as they are, little-endian.
  let little = 0;
  if ((at & 2) !== 0 && at + 2 <= end) {
    little += bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
  }
  const last = (end - 4) >> 2;
  // What 64 KiB come to has 31 bits. Said so, the engine does without looking for more.
  let word = at >> 2;
  for (; word < last; word += 2) {
    const one = words[word]!;
    const two = words[word + 1]!;
    little = (little + (one & 0xffff) + (one >>> 16) + (two & 0xffff) + (two >>> 16)) | 0;
  }
  if (word === last) little = (little + (words[word]! & 0xffff) + (words[word]! >>> 16)) | 0;
  if (at + 4 <= end) at += (end - at) & ~3;
  if (at + 2 <= end) {
    little += bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
  }
  if (at < end) little += bytes[at]!;
  little = fold16(little);
  // After an odd start the bytes that memory calls low are the low ones; else the sum is the wanted one, swapped.
  return sum + (odd ? little : ((little & 0xff) << 8) | (little >>> 8));
}

/** A sum as a one's complement number of 16 bits. */
export function fold16(sum: number): number {
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}
