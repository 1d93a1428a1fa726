// The CRC of IEEE 802.3: polynomial 0x04c11db7. Frames carry it, bit-reversed, as their FCS; multicast filters index
// their hash tables with its high bits. Sixteen tables take sixteen bytes a step: table n is for a byte that has n more
// behind it in its step.
import type { FrameBuffer } from "../../../links/frame-buffer.ts";

const STEP = 16;
const TABLE = new Int32Array(STEP * 256);
for (let i = 0; i < 256; i++) {
  let crc = i;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  TABLE[i] = crc;
}
for (let i = 0; i < 256; i++) {
  for (let t = 1; t < STEP; t++) {
    const previous = TABLE[(t - 1) * 256 + i]!;
    TABLE[t * 256 + i] = (previous >>> 8) ^ TABLE[previous & 0xff]!;
  }
}

/** What the four bytes of `word` come to, of which the last has `behind` bytes behind it in its step. */
function ofWord(word: number, behind: number): number {
  const at = behind << 8;
  return (
    TABLE[at + 768 + (word & 0xff)]! ^
    TABLE[at + 512 + ((word >>> 8) & 0xff)]! ^
    TABLE[at + 256 + ((word >>> 16) & 0xff)]! ^
    TABLE[at + (word >>> 24)]!
  );
}

/** The FCS of a frame's first `length` bytes, as the number whose little-endian bytes follow it. It is
 *  signed: what is above 2^31 would be boxed for each frame. */
export function frameCheckSequence({ bytes, words }: FrameBuffer, length: number): number {
  let crc = -1;
  let word = 0;
  for (const last = (length >> 2) - 4; word <= last; word += 4) {
    crc =
      ofWord(words[word]! ^ crc, 12) ^
      ofWord(words[word + 1]!, 8) ^
      ofWord(words[word + 2]!, 4) ^
      ofWord(words[word + 3]!, 0);
  }
  for (let at = word * 4; at < length; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc;
}

/** The CRC register, high bit first, after the six bytes of an address: what `ether_crc` computes. */
export function addressCrc(bytes: Uint8Array, at: number): number {
  let crc = -1;
  for (let i = 0; i < 6; i++) {
    let byte = bytes[at + i]!;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc << 1) ^ (((crc < 0 ? 1 : 0) ^ (byte & 1)) !== 0 ? 0x04c11db7 : 0);
      byte >>= 1;
    }
  }
  return crc >>> 0;
}
