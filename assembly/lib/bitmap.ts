// linux/bitmap.h, lib/bitmap.c: sets of bits in arrays of 32-bit words, bit 0 first. Sizes are in bits. What lies
// beyond `nbits` in the last word is not part of the set and may be anything.

import { EBUSY, ENOMEM } from "../abi";
import { __find_nth_bit, _find_next_bit, _find_next_zero_bit } from "./find_bit";

/** Bits of the last word of a set of `nbits`. */
@inline
export function last_word_mask(nbits: u32): u32 {
  return <u32>-1 >> ((0 - nbits) & 31);
}

@inline
export function bits_to_longs(nbits: u32): u32 {
  return (nbits + 31) >> 5;
}

@inline
export function test_bit(nr: u32, map: usize): bool {
  return ((load<u32>(map + ((nr >> 5) << 2)) >> (nr & 31)) & 1) != 0;
}

@inline
function set_one(nr: u32, map: usize): void {
  const at = map + ((nr >> 5) << 2);
  store<u32>(at, load<u32>(at) | (1 << (nr & 31)));
}

/** Word `offset` of a set, without what lies beyond `nbits`. */
@inline
function word_at(map: usize, offset: u32, nbits: u32): u32 {
  const word = load<u32>(map + offset);
  return (offset << 3) + 32 > nbits ? word & last_word_mask(nbits) : word;
}

export function bitmap_zero(map: usize, nbits: u32): void {
  memory.fill(map, 0, bits_to_longs(nbits) << 2);
}

/** linux/bitmap.h (bitmap_equal). Whether two sets are equal. Context: any. */
export function __bitmap_equal(a: usize, b: usize, nbits: u32): bool {
  for (let i: u32 = 0; i << 3 < nbits; i += 4) if (word_at(a, i, nbits) != word_at(b, i, nbits)) return false;
  return true;
}

/** linux/bitmap.h (bitmap_complement). dst = ~src. Context: any. */
export function __bitmap_complement(dst: usize, src: usize, nbits: u32): void {
  for (let i: u32 = 0; i << 3 < nbits; i += 4) store<u32>(dst + i, ~load<u32>(src + i));
}

/** linux/bitmap.h (bitmap_and). dst = a & b; whether anything is left. Context: any. */
export function __bitmap_and(dst: usize, a: usize, b: usize, nbits: u32): bool {
  let any: u32 = 0;
  for (let i: u32 = 0; i << 3 < nbits; i += 4) {
    const word = word_at(a, i, nbits) & load<u32>(b + i);
    store<u32>(dst + i, word);
    any |= word;
  }
  return any != 0;
}

/** linux/bitmap.h (bitmap_or). dst = a | b. Context: any. */
export function __bitmap_or(dst: usize, a: usize, b: usize, nbits: u32): void {
  for (let i: u32 = 0; i << 3 < nbits; i += 4) store<u32>(dst + i, load<u32>(a + i) | load<u32>(b + i));
}

/** linux/bitmap.h (bitmap_xor). dst = a ^ b. Context: any. */
export function __bitmap_xor(dst: usize, a: usize, b: usize, nbits: u32): void {
  for (let i: u32 = 0; i << 3 < nbits; i += 4) store<u32>(dst + i, load<u32>(a + i) ^ load<u32>(b + i));
}

/** linux/bitmap.h (bitmap_andnot). dst = a & ~b; whether anything is left. Context: any. */
export function __bitmap_andnot(dst: usize, a: usize, b: usize, nbits: u32): bool {
  let any: u32 = 0;
  for (let i: u32 = 0; i << 3 < nbits; i += 4) {
    const word = word_at(a, i, nbits) & ~load<u32>(b + i);
    store<u32>(dst + i, word);
    any |= word;
  }
  return any != 0;
}

/** linux/bitmap.h (bitmap_replace). dst = old where `mask` is clear, new where it is set. Context: any. */
export function __bitmap_replace(dst: usize, old: usize, new_: usize, mask: usize, nbits: u32): void {
  for (let i: u32 = 0; i << 3 < nbits; i += 4) {
    const chosen = load<u32>(mask + i);
    store<u32>(dst + i, (load<u32>(old + i) & ~chosen) | (load<u32>(new_ + i) & chosen));
  }
}

/** linux/bitmap.h (bitmap_intersects). Whether the sets have a bit in common. Context: any. */
export function __bitmap_intersects(a: usize, b: usize, nbits: u32): bool {
  for (let i: u32 = 0; i << 3 < nbits; i += 4) if (word_at(a, i, nbits) & load<u32>(b + i)) return true;
  return false;
}

/** linux/bitmap.h (bitmap_subset). Whether all of `a` is in `b`. Context: any. */
export function __bitmap_subset(a: usize, b: usize, nbits: u32): bool {
  for (let i: u32 = 0; i << 3 < nbits; i += 4) if (word_at(a, i, nbits) & ~load<u32>(b + i)) return false;
  return true;
}

/** linux/bitmap.h (bitmap_weight). How many bits are set. Context: any. */
export function __bitmap_weight(map: usize, nbits: u32): u32 {
  let weight: u32 = 0;
  for (let i: u32 = 0; i << 3 < nbits; i += 4) weight += popcnt<u32>(word_at(map, i, nbits));
  return weight;
}

/** linux/bitmap.h (bitmap_weight_and). How many bits the sets have in common. Context: any. */
export function __bitmap_weight_and(a: usize, b: usize, nbits: u32): u32 {
  let weight: u32 = 0;
  for (let i: u32 = 0; i << 3 < nbits; i += 4) weight += popcnt<u32>(word_at(a, i, nbits) & load<u32>(b + i));
  return weight;
}

/** linux/bitmap.h (bitmap_shift_right). dst = src moved `shift` bits towards bit 0, zeros behind. Context: any. */
export function __bitmap_shift_right(dst: usize, src: usize, shift: u32, nbits: u32): void {
  const bytes = bits_to_longs(nbits) << 2;
  const skip = (shift >> 5) << 2;
  const rest = shift & 31;
  for (let i: u32 = 0; i < bytes; i += 4) {
    const from = i + skip;
    let word = from < bytes ? word_at(src, from, nbits) >> rest : 0;
    if (rest && from + 4 < bytes) word |= word_at(src, from + 4, nbits) << (32 - rest);
    store<u32>(dst + i, word);
  }
}

/** linux/bitmap.h (bitmap_shift_left). dst = src moved `shift` bits away from bit 0, zeros before. Context: any. */
export function __bitmap_shift_left(dst: usize, src: usize, shift: u32, nbits: u32): void {
  const bytes = <i32>(bits_to_longs(nbits) << 2);
  const skip = <i32>((shift >> 5) << 2);
  const rest = shift & 31;
  for (let i = bytes - 4; i >= 0; i -= 4) {
    const from = i - skip;
    let word = from >= 0 ? load<u32>(src + from) << rest : 0;
    if (rest && from >= 4) word |= load<u32>(src + from - 4) >> (32 - rest);
    store<u32>(dst + i, word);
  }
}

/** linux/bitmap.h. dst = src without the bits [first, first + cut); those above move down. Context: any. */
export function bitmap_cut(dst: usize, src: usize, first: u32, cut: u32, nbits: u32): void {
  const at = (first >> 5) << 2;
  const below = ((<u32>1) << (first & 31)) - 1;
  const keep = load<u32>(src + at) & below;
  const bytes = bits_to_longs(nbits) << 2;
  memory.copy(dst, src, bytes);
  for (; cut; cut--) {
    for (let i = at; i < bytes; i += 4) {
      const carry = i + 4 < bytes ? load<u32>(dst + i + 4) & 1 : 0;
      store<u32>(dst + i, (load<u32>(dst + i) >> 1) | (carry << 31));
    }
  }
  store<u32>(dst + at, (load<u32>(dst + at) & ~below) | keep);
}

/** Sets (`value` all ones) or clears (0) the bits [start, start + len). */
function assign(map: usize, start: u32, len: i32, value: u32): void {
  const end = start + <u32>max(len, 0);
  while (start < end) {
    const at = map + ((start >> 5) << 2);
    let mask = (<u32>-1) << (start & 31);
    const next = (start | 31) + 1;
    if (end < next) mask &= last_word_mask(end);
    store<u32>(at, (load<u32>(at) & ~mask) | (value & mask));
    start = next;
  }
}

/** linux/bitmap.h (bitmap_set). Sets the bits [start, start + len). Context: any. */
export function __bitmap_set(map: usize, start: u32, len: i32): void {
  assign(map, start, len, <u32>-1);
}

/** linux/bitmap.h (bitmap_clear). Clears the bits [start, start + len). Context: any. */
export function __bitmap_clear(map: usize, start: u32, len: i32): void {
  assign(map, start, len, 0);
}

/** linux/bitmap.h. The first run of `nr` clear bits at `start` or later whose position plus `align_offset` has no bit
 *  of `align_mask`; above `size` if there is none. Context: any. */
export function bitmap_find_next_zero_area_off(
  map: usize,
  size: u32,
  start: u32,
  nr: u32,
  align_mask: u32,
  align_offset: u32,
): u32 {
  while (true) {
    const free = <u32>_find_next_zero_bit(map, size, start);
    const index = ((free + align_offset + align_mask) & ~align_mask) - align_offset;
    const end = index + nr;
    if (end > size) return end;
    const used = <u32>_find_next_bit(map, end, index);
    if (used >= end) return index;
    start = used + 1;
  }
}

/** How many set bits precede the set bit `pos`; -1 if it is not set. */
function position_to_ordinal(map: usize, pos: u32, nbits: u32): i32 {
  return pos < nbits && test_bit(pos, map) ? <i32>__bitmap_weight(map, pos) : -1;
}

/** linux/bitmap.h. Where the mapping of the n-th bit of `old` to the n-th of `new_` (again from its first when it is
 *  shorter) moves `oldbit`; bits not in `old` stay. Context: any. */
export function bitmap_bitremap(oldbit: i32, old: usize, new_: usize, nbits: i32): i32 {
  const weight = __bitmap_weight(new_, nbits);
  const ordinal = position_to_ordinal(old, oldbit, nbits);
  if (ordinal < 0 || !weight) return oldbit;
  return <i32>__find_nth_bit(new_, nbits, <u32>ordinal % weight);
}

/** linux/bitmap.h. Moves every bit of `src` as bitmap_bitremap() does, into `dst`; nothing if they are the same.
 *  Context: any. */
export function bitmap_remap(dst: usize, src: usize, old: usize, new_: usize, nbits: u32): void {
  if (dst == src) return;
  bitmap_zero(dst, nbits);
  for (let bit = <u32>_find_next_bit(src, nbits, 0); bit < nbits; bit = <u32>_find_next_bit(src, nbits, bit + 1)) {
    set_one(bitmap_bitremap(bit, old, new_, nbits), dst);
  }
}

/** linux/bitmap.h. Sets the first clear region of 2^`order` aligned bits; its position, or -ENOMEM. Context: any. */
export function bitmap_find_free_region(map: usize, nbits: u32, order: i32): i32 {
  const size: u32 = 1 << order;
  for (let pos: u32 = 0; pos + size <= nbits; pos += size) {
    if (<u32>_find_next_bit(map, pos + size, pos) < pos + size) continue;
    __bitmap_set(map, pos, size);
    return pos;
  }
  return -ENOMEM;
}

/** linux/bitmap.h. Clears the region of 2^`order` bits at `pos`. Context: any. */
export function bitmap_release_region(map: usize, pos: u32, order: i32): void {
  __bitmap_clear(map, pos, 1 << order);
}

/** linux/bitmap.h. Sets the region of 2^`order` bits at `pos`; -EBUSY if a bit of it was set. Context: any. */
export function bitmap_allocate_region(map: usize, pos: u32, order: i32): i32 {
  const end = pos + (1 << order);
  if (<u32>_find_next_bit(map, end, pos) < end) return -EBUSY;
  __bitmap_set(map, pos, 1 << order);
  return 0;
}

/** linux/bitmap.h. Copies an array of u64 to a set of `nbits`; the rest of its last word is cleared. Context: any. */
export function bitmap_from_arr64(map: usize, buf: usize, nbits: u32): void {
  if (!nbits) return;
  const bytes = bits_to_longs(nbits) << 2;
  memory.copy(map, buf, bytes);
  store<u32>(map + bytes - 4, load<u32>(map + bytes - 4) & last_word_mask(nbits));
}

/** linux/bitmap.h. Copies a set of `nbits` to an array of u64; the rest of its last element is cleared.
 *  Context: any. */
export function bitmap_to_arr64(buf: usize, map: usize, nbits: u32): void {
  if (!nbits) return;
  const bytes = bits_to_longs(nbits) << 2;
  memory.copy(buf, map, bytes);
  if (bytes & 4) store<u32>(buf + bytes, 0);
  store<u32>(buf + bytes - 4, load<u32>(buf + bytes - 4) & last_word_mask(nbits));
}
