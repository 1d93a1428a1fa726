// linux/string.h, lib/string.c: blocks of bytes. wasm's bulk operations do the work.

/** linux/string.h. Copies `count` bytes from `src` to `dest`, which do not overlap. Returns `dest`. Context: any. */
export function memcpy(dest: usize, src: usize, count: usize): usize {
  memory.copy(dest, src, count);
  return dest;
}

/** linux/string.h. Copies `count` bytes from `src` to `dest`, which may overlap. Returns `dest`. Context: any. */
export function memmove(dest: usize, src: usize, count: usize): usize {
  memory.copy(dest, src, count);
  return dest;
}

/** linux/string.h. Fills `count` bytes at `s` with the low byte of `c`. Returns `s`. Context: any. */
export function memset(s: usize, c: i32, count: usize): usize {
  memory.fill(s, <u8>c, count);
  return s;
}

/** linux/string.h. Fills `count` u16 at `s` with `v`. Returns `s`. Context: any. */
export function memset16(s: usize, v: u32, count: usize): usize {
  for (let i: usize = 0; i < count; i++) store<u16>(s + (i << 1), <u16>v);
  return s;
}

/** linux/string.h. Fills `count` u32 at `s` with `v`. Returns `s`. Context: any. */
export function memset32(s: usize, v: u32, count: usize): usize {
  for (let i: usize = 0; i < count; i++) store<u32>(s + (i << 2), v);
  return s;
}

/** linux/string.h. Fills `count` u64 at `s` with `v`. Returns `s`. Context: any. */
export function memset64(s: usize, v: u64, count: usize): usize {
  for (let i: usize = 0; i < count; i++) store<u64>(s + (i << 3), v);
  return s;
}

/** linux/string.h. Compares `count` bytes: the difference of the first unequal pair, or 0. Context: any. */
export function memcmp(a: usize, b: usize, count: usize): i32 {
  for (; count >= 8 && load<u64>(a) == load<u64>(b); count -= 8) {
    a += 8;
    b += 8;
  }
  for (; count; count--) {
    const difference = <i32>load<u8>(a++) - <i32>load<u8>(b++);
    if (difference) return difference;
  }
  return 0;
}

/** linux/string.h. Whether `count` bytes differ: 0 if they are equal. Context: any. */
export function bcmp(a: usize, b: usize, count: usize): i32 {
  return memcmp(a, b, count);
}

/** linux/string.h. The first byte equal to `c` in `count` bytes at `s`, or the address behind them. Context: any. */
export function memscan(s: usize, c: i32, count: usize): usize {
  const end = s + count;
  while (s < end && load<u8>(s) != <u8>c) s++;
  return s;
}

/** linux/string.h. The first byte equal to `c` in `count` bytes at `s`, or NULL. Context: any. */
export function memchr(s: usize, c: i32, count: usize): usize {
  const end = s + count;
  const found = memscan(s, c, count);
  return found == end ? 0 : found;
}

/** linux/string.h. The first byte other than `c` in `count` bytes at `s`, or NULL if there is none. Context: any. */
export function memchr_inv(s: usize, c: i32, count: usize): usize {
  const end = s + count;
  const pattern = <u64>(<u8>c) * 0x0101010101010101;
  while (end - s >= 8 && load<u64>(s) == pattern) s += 8;
  for (; s < end; s++) if (load<u8>(s) != <u8>c) return s;
  return 0;
}

/** linux/string.h. Copies min(count, dest_len) bytes and fills what is left of `dest` with `pad`. Context: any. */
export function memcpy_and_pad(dest: usize, dest_len: usize, src: usize, count: usize, pad: i32): void {
  if (dest_len <= count) {
    memory.copy(dest, src, dest_len);
    return;
  }
  memory.copy(dest, src, count);
  memory.fill(dest + count, <u8>pad, dest_len - count);
}
