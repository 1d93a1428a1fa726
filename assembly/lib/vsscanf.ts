// linux/kernel.h, lib/vsprintf.c: sscanf. White space in the format matches any in the text; what is neither that nor a
// conversion must be there. The result counts the conversions that were stored.

import { isdigit, isspace, isxdigit } from "./ctype";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { simple_strntoll, simple_strntoull } from "./kstrtox";
import { skip_spaces } from "./string_helpers";

/** Where one vsscanf() call is; on the shadow stack. */
@unmanaged
class Scan {
  text: usize;
  fmt: usize;
  va: usize;
  /** Of the conversion: -1 if none is given. */
  width: i32;
  qualifier: u32;
  /** Where a number ended. */
  next: usize;
  /** Characters that a %[…] accepts. */
  set0: u64;
  set1: u64;
  set2: u64;
  set3: u64;
}

@inline
function pointer_argument(s: Scan): usize {
  const va = s.va;
  s.va = va + sizeof<usize>();
  return load<usize>(va);
}

@inline
function set_word(s: Scan, c: u32): usize {
  return changetype<usize>(s) + offsetof<Scan>("set0") + ((c >> 3) & 24);
}

@inline
function accepts(s: Scan, c: u32): bool {
  return ((load<u64>(set_word(s, c)) >> (c & 63)) & 1) != 0;
}

/** Reads the set of a %[…]: no ranges, and ']' cannot be in it. False if it is empty or not closed. */
function parse_set(s: Scan): bool {
  const negated = load<u8>(s.fmt) == 0x5e;
  if (negated) s.fmt += 1;
  s.set0 = 0;
  s.set1 = 0;
  s.set2 = 0;
  s.set3 = 0;
  const begin = s.fmt;
  for (let c: u32 = load<u8>(s.fmt); c && c != 0x5d; c = load<u8>(s.fmt)) {
    const word = set_word(s, c);
    store<u64>(word, load<u64>(word) | ((<u64>1) << (c & 63)));
    s.fmt += 1;
  }
  if (!load<u8>(s.fmt) || s.fmt == begin) return false;
  s.fmt += 1;
  if (negated) {
    s.set0 = ~s.set0 & ~1;
    s.set1 = ~s.set1;
    s.set2 = ~s.set2;
    s.set3 = ~s.set3;
  }
  return true;
}

/** %[…], which must have a width. False ends the scan. */
function scan_set(s: Scan): bool {
  const target = pointer_argument(s);
  if (s.width == -1 || !parse_set(s) || !accepts(s, load<u8>(s.text))) return false;
  let at = target;
  for (; s.width && accepts(s, load<u8>(s.text)); s.width -= 1) {
    store<u8>(at++, load<u8>(s.text));
    s.text += 1;
  }
  store<u8>(at, 0);
  return true;
}

/** %c: as many characters as the width says, no NUL behind. */
function scan_characters(s: Scan): void {
  let target = pointer_argument(s);
  let count = s.width == -1 ? 1 : s.width;
  do {
    store<u8>(target++, load<u8>(s.text));
    s.text += 1;
  } while (--count > 0 && load<u8>(s.text));
}

/** %s: a word. */
function scan_string(s: Scan): void {
  let target = pointer_argument(s);
  let room = s.width == -1 ? <i32>i16.MAX_VALUE : s.width;
  s.text = skip_spaces(s.text);
  for (let c: u32 = load<u8>(s.text); c && !isspace(c) && room; c = load<u8>(s.text), room--) {
    store<u8>(target++, <u8>c);
    s.text += 1;
  }
  store<u8>(target, 0);
}

/** Whether a number of `base` can begin with `c`. */
function begins_number(c: u32, base: u32): bool {
  if (base == 16) return isxdigit(c);
  return isdigit(c) && (base != 8 || c < 0x38);
}

/** Stores an integer as wide as the qualifier says. */
function store_number(s: Scan, value: u64): void {
  const target = pointer_argument(s);
  switch (s.qualifier) {
    case 0x48: // hh
      store<u8>(target, <u8>value);
      return;
    case 0x68: // h
      store<u16>(target, <u16>value);
      return;
    case 0x4c: // ll, L
      store<u64>(target, value);
      return;
    default:
      store<u32>(target, <u32>value);
  }
}

/** An integer; false if there is none here. */
function scan_number(s: Scan, base: u32, signed: bool): bool {
  s.text = skip_spaces(s.text);
  let digit: u32 = load<u8>(s.text);
  if (signed && digit == 0x2d) {
    if (s.width == 1) return false;
    digit = load<u8>(s.text, 1);
  }
  if (!begins_number(digit, base)) return false;
  const limit = s.width >= 0 ? s.width : i32.MAX_VALUE;
  const end = changetype<usize>(s) + offsetof<Scan>("next");
  const value = signed ? <u64>simple_strntoll(s.text, limit, end, base) : simple_strntoull(s.text, limit, end, base);
  s.text = s.next;
  store_number(s, value);
  return true;
}

/** Reads width and qualifier of a conversion; false if the width is 0. */
function parse_spec(s: Scan): bool {
  s.width = -1;
  if (isdigit(load<u8>(s.fmt))) {
    let width: i32 = 0;
    for (let c: u32 = load<u8>(s.fmt); isdigit(c); c = load<u8>(s.fmt)) {
      width = min(width * 10 + <i32>(c - 0x30), <i32>i16.MAX_VALUE);
      s.fmt += 1;
    }
    if (!width) return false;
    s.width = width;
  }
  const c: u32 = load<u8>(s.fmt);
  s.qualifier = 0;
  if (c != 0x68 && c != 0x6c && c != 0x4c && c != 0x7a) return true;
  s.qualifier = c;
  s.fmt += 1;
  if (load<u8>(s.fmt) == c && (c == 0x68 || c == 0x6c)) {
    s.qualifier = c - 0x20; // hh → H, ll → L
    s.fmt += 1;
  }
  return true;
}

/** Skips a %*… and the word in the text that it would read; false where that cannot be done. */
function skip_conversion(s: Scan): bool {
  if (!load<u8>(s.text)) return false;
  for (let c: u32 = load<u8>(s.fmt); c && !isspace(c) && c != 0x25; c = load<u8>(s.fmt)) {
    if (c == 0x5b) return false;
    s.fmt += 1;
  }
  while (load<u8>(s.text) && !isspace(load<u8>(s.text))) s.text += 1;
  return true;
}

const STOP: i32 = -1;

/** One conversion, behind its '%'. Returns how many values it stored, or STOP. */
function scan_one(s: Scan, begin: usize): i32 {
  if (load<u8>(s.fmt) == 0x2a) return skip_conversion(s) ? 0 : STOP;
  if (!parse_spec(s)) return STOP;
  const c: u32 = load<u8>(s.fmt);
  if (c == 0x6e) {
    // n
    store<i32>(pointer_argument(s), <i32>(s.text - begin));
    s.fmt += 1;
    return 0;
  }
  if (!c || !load<u8>(s.text)) return STOP;
  s.fmt += 1;
  switch (c) {
    case 0x63: // c
      scan_characters(s);
      return 1;
    case 0x73: // s
      scan_string(s);
      return 1;
    case 0x5b: // [
      return scan_set(s) ? 1 : STOP;
    case 0x25: // %
      if (load<u8>(s.text) != 0x25) return STOP;
      s.text += 1;
      return 0;
    case 0x6f: // o
      return scan_number(s, 8, false) ? 1 : STOP;
    case 0x78: // x
    case 0x58: // X
      return scan_number(s, 16, false) ? 1 : STOP;
    case 0x69: // i
      return scan_number(s, 0, true) ? 1 : STOP;
    case 0x64: // d
      return scan_number(s, 10, true) ? 1 : STOP;
    case 0x75: // u
      return scan_number(s, 10, false) ? 1 : STOP;
    default:
      return STOP;
  }
}

/** The whole format; returns the number of values stored. */
function scan(s: Scan): i32 {
  const begin = s.text;
  let stored: i32 = 0;
  while (load<u8>(s.fmt)) {
    if (isspace(load<u8>(s.fmt))) {
      s.fmt = skip_spaces(s.fmt);
      s.text = skip_spaces(s.text);
    }
    const c = load<u8>(s.fmt);
    if (!c) break;
    s.fmt += 1;
    if (c != 0x25) {
      if (load<u8>(s.text) != c) break;
      s.text += 1;
      continue;
    }
    const count = scan_one(s, begin);
    if (count == STOP) break;
    stored += count;
  }
  return stored;
}

/** linux/kernel.h. Reads `text` by `fmt` into the addresses in the va_list `args`; returns how many values it stored.
 *  Context: any. */
export function vsscanf(text: usize, fmt: usize, args: usize): i32 {
  const bytes = (offsetof<Scan>() + 15) & ~15;
  const s = changetype<Scan>(stack_alloc(bytes));
  s.text = text;
  s.fmt = fmt;
  s.va = args;
  const stored = scan(s);
  stack_free(bytes);
  return stored;
}

/** linux/kernel.h. vsscanf() over variadic arguments. Context: any. */
export function sscanf(text: usize, fmt: usize, va: usize): i32 {
  return vsscanf(text, fmt, va);
}
