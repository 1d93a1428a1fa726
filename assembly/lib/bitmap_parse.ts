// linux/bitmap.h, lib/bitmap.c: sets of bits as text. Lists, "0,2-5,8-63:1/8"; and masks, hex words of 32 bits that
// commas separate, the highest first.

import { EINVAL, EOVERFLOW, ERANGE } from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { __bitmap_clear, __bitmap_set, bitmap_zero, bits_to_longs } from "./bitmap";
import { _find_next_bit } from "./find_bit";
import { isspace } from "./ctype";
import { hex_to_bin } from "./hexdump";
import { _parse_integer } from "./kstrtox";
import { strncasecmp } from "./string";

/** One element of a list: bits start..end, of each group of `group_len` the first `off`. */
@unmanaged
class Region {
  start: u32;
  end: u32;
  off: u32;
  group_len: u32;
  /** A number while it is parsed. */
  number: u64;
  /** Where parsing is. */
  at: usize;
  nbits: u32;
  /** The string ended behind this region. */
  last: bool;
}

@inline
function end_of_string(c: u32): bool {
  return c == 0 || c == 0x0a;
}

@inline
function separates(c: u32): bool {
  return isspace(c) || c == 0x2c;
}

@inline
function end_of_region(c: u32): bool {
  return separates(c) || end_of_string(c);
}

/** Reads a number, or N for the highest bit, into `*field`. */
function parse_number(r: Region, field: usize): i32 {
  const at = r.at;
  if (load<u8>(at) == 0x4e) {
    store<u32>(field, r.nbits - 1);
    r.at = at + 1;
    return 0;
  }
  const digits = _parse_integer(at, 10, changetype<usize>(r) + offsetof<Region>("number"));
  if (!digits) return -EINVAL;
  if (digits >> 31 || r.number > u32.MAX_VALUE) return -EOVERFLOW;
  store<u32>(field, <u32>r.number);
  r.at = at + digits;
  return 0;
}

/** Takes the character `c`. */
@inline
function expect(r: Region, c: u32): bool {
  if (load<u8>(r.at) != <u8>c) return false;
  r.at += 1;
  return true;
}

/** A region without a pattern: all of it. */
function whole(r: Region): i32 {
  r.off = r.end + 1;
  r.group_len = r.end + 1;
  r.last = end_of_string(load<u8>(r.at));
  return 0;
}

/** Reads one region at `r.at`. */
function parse_region(r: Region): i32 {
  const base = changetype<usize>(r);
  let error: i32 = 0;
  if (!strncasecmp(r.at, cstr("all"), 3)) {
    r.start = 0;
    r.end = r.nbits - 1;
    r.at += 3;
  } else {
    error = parse_number(r, base + offsetof<Region>("start"));
    if (error) return error;
    if (end_of_region(load<u8>(r.at))) {
      r.end = r.start;
      return whole(r);
    }
    if (!expect(r, 0x2d)) return -EINVAL;
    error = parse_number(r, base + offsetof<Region>("end"));
    if (error) return error;
  }
  if (end_of_region(load<u8>(r.at))) return whole(r);
  if (!expect(r, 0x3a)) return -EINVAL;
  error = parse_number(r, base + offsetof<Region>("off"));
  if (error) return error;
  if (!expect(r, 0x2f)) return -EINVAL;
  return parse_number(r, base + offsetof<Region>("group_len"));
}

function set_region(r: Region, map: usize): i32 {
  if (r.start > r.end || r.group_len == 0 || r.off > r.group_len) return -EINVAL;
  if (r.end >= r.nbits) return -ERANGE;
  for (let start: u64 = r.start; start <= r.end; start += r.group_len) {
    __bitmap_set(map, <u32>start, min(r.end - <u32>start + 1, r.off));
  }
  return 0;
}

/** linux/bitmap.h. Reads a list of bits and ranges, "0-3,8,all:1/2", ended by NUL or newline, into a set of `nbits`.
 *  -EINVAL: not a list; -ERANGE: a bit too high; -EOVERFLOW: a number too large. Context: any. */
export function bitmap_parselist(buf: usize, map: usize, nbits: i32): i32 {
  const bytes = (offsetof<Region>() + 15) & ~15;
  const r = changetype<Region>(stack_alloc(bytes));
  r.at = buf;
  r.nbits = nbits;
  r.last = false;
  bitmap_zero(map, nbits);
  let error: i32 = 0;
  while (!error && !r.last) {
    while (separates(load<u8>(r.at))) r.at += 1;
    if (!load<u8>(r.at)) break;
    error = parse_region(r);
    if (!error) error = set_region(r, map);
  }
  stack_free(bytes);
  return error;
}

/** linux/bitmap.h. Reads a mask, hex words of 32 bits with commas between them, ended by newline, NUL or `buflen`, into
 *  a set of `nbits`. -EINVAL: not hex; -EOVERFLOW: too many digits or bits. Context: any. */
export function bitmap_parse(start: usize, buflen: u32, map: usize, nbits: i32): i32 {
  let at = start;
  while (<u32>(at - start) < buflen && !end_of_string(load<u8>(at))) at++;
  const words = bits_to_longs(nbits);
  let chunk: u32 = 0;
  while (true) {
    while (at > start && separates(load<u8>(at - 1))) at--;
    if (at == start) break;
    if (chunk == words) return -EOVERFLOW;
    let value: u32 = 0;
    let shift: u32 = 0;
    for (; at > start && !separates(load<u8>(at - 1)); at--, shift += 4) {
      const digit = hex_to_bin(load<u8>(at - 1));
      if (digit < 0) return -EINVAL;
      if (shift == 32) return -EOVERFLOW;
      value |= (<u32>digit) << shift;
    }
    store<u32>(map + (chunk << 2), value);
    chunk++;
  }
  const filled = chunk << 5;
  if (filled < <u32>nbits) {
    __bitmap_clear(map, filled, nbits - filled);
    return 0;
  }
  return <u32>_find_next_bit(map, filled, nbits) != filled ? -EOVERFLOW : 0;
}
