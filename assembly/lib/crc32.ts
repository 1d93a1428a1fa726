// linux/crc32.h, lib/crc32.c: CRC-32 by table. The little-endian convention has bit 0 as the highest power of x.

const CRC32_POLY_LE: u32 = 0xedb88320;
const CRC32C_POLY_LE: u32 = 0x82f63b78;

/** The CRC of each byte, computed at boot: 256 words are smaller as bss than in the image. */
const TABLE_LE = memory.data(1024, 4);
const TABLE_CASTAGNOLI = memory.data(1024, 4);

/** The big-endian CRC is rare: half a byte at a time. */
// prettier-ignore
const TABLE_BE = memory.data<u32>([
  0x00000000, 0x04c11db7, 0x09823b6e, 0x0d4326d9, 0x130476dc, 0x17c56b6b, 0x1a864db2, 0x1e475005,
  0x2608edb8, 0x22c9f00f, 0x2f8ad6d6, 0x2b4bcb61, 0x350c9b64, 0x31cd86d3, 0x3c8ea00a, 0x384fbdbd,
]);

function fill(table: usize, poly: u32): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? poly : 0);
    store<u32>(table + (byte << 2), crc);
  }
}

export function crc32_init(): void {
  fill(TABLE_LE, CRC32_POLY_LE);
  fill(TABLE_CASTAGNOLI, CRC32C_POLY_LE);
}

@inline
function crc_bytes(table: usize, crc: u32, p: usize, len: usize): u32 {
  for (; len; len--) crc = (crc >> 8) ^ load<u32>(table + (((crc ^ load<u8>(p++)) & 0xff) << 2));
  return crc;
}

/** linux/crc32.h. The Ethernet CRC of `len` bytes at `p` going on from `crc` (~0 to start; no final inversion).
 *  Context: any. */
export function crc32_le(crc: u32, p: usize, len: usize): u32 {
  return crc_bytes(TABLE_LE, crc, p, len);
}

/** linux/crc32.h. crc32_le() with Castagnoli's polynomial. Context: any. */
export function __crc32c_le(crc: u32, p: usize, len: usize): u32 {
  return crc_bytes(TABLE_CASTAGNOLI, crc, p, len);
}

/** linux/crc32.h. The Ethernet CRC in the convention whose highest bit is the highest power of x. Context: any. */
export function crc32_be(crc: u32, p: usize, len: usize): u32 {
  for (; len; len--) {
    crc ^= (<u32>load<u8>(p++)) << 24;
    crc = (crc << 4) ^ load<u32>(TABLE_BE + ((crc >> 28) << 2));
    crc = (crc << 4) ^ load<u32>(TABLE_BE + ((crc >> 28) << 2));
  }
  return crc;
}

/** x * y modulo `poly`, in the little-endian convention. */
function gf2_multiply(x: u32, y: u32, poly: u32): u32 {
  let product: u32 = 0;
  for (let bit = 0; bit < 32; bit++) {
    product = (product >> 1) ^ (product & 1 ? poly : 0);
    if (x & 1) product ^= y;
    x >>= 1;
  }
  return product;
}

/** crc times x to the power 8 * len: square and multiply. */
function shift(crc: u32, len: usize, poly: u32): u32 {
  let power: u32 = 1 << 23; // x^8
  for (; len; len >>= 1) {
    if (len & 1) crc = gf2_multiply(crc, power, poly);
    power = gf2_multiply(power, power, poly);
  }
  return crc;
}

/** linux/crc32.h. The crc32_le() of `len` zero bytes going on from `crc`, in time log(len). Context: any. */
export function crc32_le_shift(crc: u32, len: usize): u32 {
  return shift(crc, len, CRC32_POLY_LE);
}

/** linux/crc32.h. The __crc32c_le() of `len` zero bytes going on from `crc`, in time log(len). Context: any. */
export function __crc32c_le_shift(crc: u32, len: usize): u32 {
  return shift(crc, len, CRC32C_POLY_LE);
}
