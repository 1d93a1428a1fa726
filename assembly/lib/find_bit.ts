// linux/find.h, lib/find_bit.c: searching bitmaps, arrays of 32-bit words with bit 0 first. Sizes and positions are in
// bits; what is not found is at `size`.

/** How the words of two bitmaps are combined before they are searched. */
const FIRST: u32 = 0; // a
const ZEROS: u32 = 1; // ~a
const BOTH: u32 = 2; // a & b
const ANDNOT: u32 = 3; // a & ~b

@inline
function fetch(a: usize, b: usize, how: u32, offset: usize): u32 {
  const word = load<u32>(a + offset);
  if (how == ZEROS) return ~word;
  if (how == BOTH) return word & load<u32>(b + offset);
  if (how == ANDNOT) return word & ~load<u32>(b + offset);
  return word;
}

function find_next(a: usize, b: usize, how: u32, size: usize, start: usize): usize {
  if (start >= size) return size;
  let offset = (start >> 5) << 2;
  let word = fetch(a, b, how, offset) & ((<u32>-1) << (<u32>(start & 31)));
  while (!word) {
    offset += 4;
    if (offset << 3 >= size) return size;
    word = fetch(a, b, how, offset);
  }
  return min<usize>((offset << 3) + ctz<u32>(word), size);
}

function find_nth(a: usize, b: usize, how: u32, size: usize, n: usize): usize {
  for (let offset: usize = 0; offset << 3 < size; offset += 4) {
    let word = fetch(a, b, how, offset);
    const set: usize = popcnt<u32>(word);
    if (set <= n) {
      n -= set;
      continue;
    }
    for (; n; n--) word &= word - 1;
    return min<usize>((offset << 3) + ctz<u32>(word), size);
  }
  return size;
}

/** linux/find.h (find_first_bit). The first set bit. Context: any. */
export function _find_first_bit(addr: usize, size: usize): usize {
  return find_next(addr, 0, FIRST, size, 0);
}

/** linux/find.h (find_first_and_bit). The first bit set in both bitmaps. Context: any. */
export function _find_first_and_bit(a: usize, b: usize, size: usize): usize {
  return find_next(a, b, BOTH, size, 0);
}

/** linux/find.h (find_first_zero_bit). The first clear bit. Context: any. */
export function _find_first_zero_bit(addr: usize, size: usize): usize {
  return find_next(addr, 0, ZEROS, size, 0);
}

/** linux/find.h (find_next_bit). The first set bit at `start` or later. Context: any. */
export function _find_next_bit(addr: usize, size: usize, start: usize): usize {
  return find_next(addr, 0, FIRST, size, start);
}

/** linux/find.h (find_next_and_bit). The first bit at `start` or later that is set in both bitmaps. Context: any. */
export function _find_next_and_bit(a: usize, b: usize, size: usize, start: usize): usize {
  return find_next(a, b, BOTH, size, start);
}

/** linux/find.h (find_next_andnot_bit). The first bit at `start` or later set in `a` and clear in `b`. Context: any. */
export function _find_next_andnot_bit(a: usize, b: usize, size: usize, start: usize): usize {
  return find_next(a, b, ANDNOT, size, start);
}

/** linux/find.h (find_next_zero_bit). The first clear bit at `start` or later. Context: any. */
export function _find_next_zero_bit(addr: usize, size: usize, start: usize): usize {
  return find_next(addr, 0, ZEROS, size, start);
}

/** linux/find.h (find_nth_bit). The set bit that has `n` set bits before it. Context: any. */
export function __find_nth_bit(addr: usize, size: usize, n: usize): usize {
  return find_nth(addr, 0, FIRST, size, n);
}

/** linux/find.h (find_nth_and_bit). find_nth_bit() of the intersection. Context: any. */
export function __find_nth_and_bit(a: usize, b: usize, size: usize, n: usize): usize {
  return find_nth(a, b, BOTH, size, n);
}

/** linux/find.h (find_nth_andnot_bit). find_nth_bit() of the bits set in `a` and clear in `b`. Context: any. */
export function __find_nth_andnot_bit(a: usize, b: usize, size: usize, n: usize): usize {
  return find_nth(a, b, ANDNOT, size, n);
}

/** linux/find.h (find_last_bit). The last set bit. Context: any. */
export function _find_last_bit(addr: usize, size: usize): usize {
  let mask: u32 = size & 31 ? ((<u32>1) << (<u32>(size & 31))) - 1 : <u32>-1;
  for (let index = (size + 31) >> 5; index; index--) {
    const word = load<u32>(addr + ((index - 1) << 2)) & mask;
    if (word) return (index << 5) - 1 - clz<u32>(word);
    mask = <u32>-1;
  }
  return size;
}

/** linux/find.h. Stores in `*clump` the first byte at `offset` or later that is not 0 (only whole bytes count) and
 *  returns its position. Context: any. */
export function find_next_clump8(clump: usize, addr: usize, size: usize, offset: usize): usize {
  const found = find_next(addr, 0, FIRST, size, offset);
  if (found == size) return size;
  store<u32>(clump, load<u8>(addr + (found >> 3)));
  return found & ~7;
}
