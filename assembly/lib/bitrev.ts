// linux/bitrev.h, lib/bitrev.c: the bits of a byte in reverse order.

/** linux/bitrev.h. `const u8 byte_rev_table[256]`, which bitrev8() and its wider forms index. Filled at boot. */
export const byte_rev_table: usize = memory.data(256, 1);

/** The lowest bit goes to the top; the seven above it are reversed already, in the entry of half the byte. */
export function bitrev_init(): void {
  for (let byte: usize = 1; byte < 256; byte++) {
    store<u8>(byte_rev_table + byte, (load<u8>(byte_rev_table + (byte >> 1)) >> 1) | ((byte & 1) << 7));
  }
}
