// linux/kernel.h, lib/cmdline.c: the grammar of module options: words, name=value, lists of integers.

import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { isspace } from "./ctype";
import { simple_strtol, simple_strtoull } from "./kstrtox";
import { skip_spaces } from "./string_helpers";

const QUOTE: u32 = 0x22;

/** linux/kernel.h. Reads an int at `*str` into `*pint` (unless NULL) and moves `*str` behind it and a comma. Returns 0
 *  if there is none, 1 if no comma follows, 2 if one did, 3 at a '-' that makes a range. Context: any. */
export function get_option(str: usize, pint: usize): i32 {
  let at = load<usize>(str);
  if (!at || !load<u8>(at)) return 0;
  const negative = load<u8>(at) == 0x2d;
  if (negative) at++;
  const value = <i32>simple_strtoull(at, str, 0);
  if (pint) store<i32>(pint, negative ? 0 - value : value);
  const next = load<usize>(str);
  if (next == at) return 0;
  const c = load<u8>(next);
  if (c == 0x2c) {
    store<usize>(str, next + 1);
    return 2;
  }
  return c == 0x2d ? 3 : 1;
}

/** Writes first, first + 1, … up to but without the end of the range at `*str`, at most `room` of them; returns how
 *  many the range has before its end, negative if it runs backwards. */
function get_range(str: usize, pint: usize, room: i32): i32 {
  store<usize>(str, load<usize>(str) + 1);
  const upper = simple_strtol(load<usize>(str), 0, 0);
  const first = load<i32>(pint);
  for (let x = first; room && x < upper; x++, room--, pint += 4) store<i32>(pint, x);
  return upper - first;
}

/** linux/kernel.h. Reads a list "1,3-5" into ints[1…], at most `nints` - 1 of them, and their number into ints[0]; with
 *  `nints` 0 it only counts. Returns where it stopped. Context: any. */
export function get_options(str: usize, nints: i32, ints: usize): usize {
  const at = stack_alloc(16);
  store<usize>(at, str);
  let i: i32 = 1;
  while (i < nints || !nints) {
    const pint = nints ? ints + ((<usize>i) << 2) : ints;
    const found = get_option(at, pint);
    if (found == 0) break;
    if (found == 3) {
      const range = get_range(at, pint, nints ? nints - i : 0);
      if (range < 0) break;
      i += range - 1; // its end is the next option
    }
    i++;
    if (found == 1) break;
  }
  store<i32>(ints, i - 1);
  str = load<usize>(at);
  stack_free(16);
  return str;
}

/** Suffixes of memparse(), each worth ten bits more than the one before. */
const SUFFIXES = cstr("kmgtpe");

/** linux/kernel.h. A number with a suffix K, M, G, T, P or E of either case; the address behind it in `*retptr` unless
 *  NULL. Context: any. */
export function memparse(ptr: usize, retptr: usize): u64 {
  const at = stack_alloc(16);
  let value = simple_strtoull(ptr, at, 0);
  let end = load<usize>(at);
  stack_free(16);
  const c = load<u8>(end) | 0x20;
  for (let i: u32 = 0; i < 6; i++) {
    if (load<u8>(SUFFIXES + i) != c) continue;
    value <<= 10 * (i + 1);
    end++;
    break;
  }
  if (retptr) store<usize>(retptr, end);
  return value;
}

/** linux/kernel.h. Cuts the first word "name=value" off `args` in place: `*param` is the name, `*val` the value or
 *  NULL. Double quotes keep spaces together, around the value or the whole word. Returns the next word.
 *  Context: any. */
export function next_arg(args: usize, param: usize, val: usize): usize {
  const quoted = load<u8>(args) == QUOTE;
  if (quoted) args++;
  let in_quote = quoted;
  let equals: usize = 0;
  let end = args;
  for (let c: u32 = load<u8>(end); c; c = load<u8>(++end)) {
    if (isspace(c) && !in_quote) break;
    if (c == 0x3d && !equals && end != args) equals = end;
    if (c == QUOTE) in_quote = !in_quote;
  }
  const last = end > args && load<u8>(end - 1) == QUOTE ? end - 1 : 0;
  const next = load<u8>(end) ? end + 1 : end;

  let value: usize = 0;
  if (equals) {
    store<u8>(equals, 0);
    value = equals + 1;
    if (load<u8>(value) == QUOTE) {
      value++;
      if (last) store<u8>(last, 0);
    }
  }
  if (quoted && last) store<u8>(last, 0);
  store<u8>(end, 0);
  store<usize>(param, args);
  store<usize>(val, value);
  return skip_spaces(next);
}
