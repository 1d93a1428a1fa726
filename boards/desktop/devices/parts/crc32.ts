// The CRC of IEEE 802.3: polynomial 0x04c11db7. Frames carry it, bit-reversed, as their FCS; multicast filters index
// their hash tables with its high bits. Four tables take four bytes a step.

const TABLE = new Int32Array(4 * 256);
for (let i = 0; i < 256; i++) {
  let crc = i;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  TABLE[i] = crc;
}
for (let i = 0; i < 256; i++) {
  for (let t = 1; t < 4; t++) {
    const previous = TABLE[(t - 1) * 256 + i]!;
    TABLE[t * 256 + i] = (previous >>> 8) ^ TABLE[previous & 0xff]!;
  }
}

/** The FCS of `length` bytes, as the number whose little-endian bytes follow the frame. */
export function frameCheckSequence(bytes: Uint8Array, length: number): number {
  let crc = -1;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = TABLE[768 + (crc & 0xff)]! ^ TABLE[512 + ((crc >>> 8) & 0xff)]!
      ^ TABLE[256 + ((crc >>> 16) & 0xff)]! ^ TABLE[crc >>> 24]!;
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
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
