// linux/bitops.h, lib/hweight.c: how many bits are set. The names are those that hweight*() expands to where the
// architecture has no instruction; wasm has one.

/** linux/bitops.h (hweight8). Bits set in the low 8 of `w`. Context: any. */
export function __sw_hweight8(w: u32): u32 {
  return popcnt<u32>(w & 0xff);
}

/** linux/bitops.h (hweight16). Bits set in the low 16 of `w`. Context: any. */
export function __sw_hweight16(w: u32): u32 {
  return popcnt<u32>(w & 0xffff);
}

/** linux/bitops.h (hweight32). Bits set in `w`. Context: any. */
export function __sw_hweight32(w: u32): u32 {
  return popcnt<u32>(w);
}

/** linux/bitops.h (hweight64). Bits set in `w`. Context: any. */
export function __sw_hweight64(w: u64): u32 {
  return <u32>popcnt<u64>(w);
}
