// lib/vsprintf.c: the kernel's printf. Documentation/core-api/printk-formats.rst is the specification; the parts that
// follow pointers (%p…) are in vsprintf/.

import { TAINT_WARN } from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { warn_slowpath_fmt } from "../kernel/panic";
import { isalnum, isdigit } from "./ctype";
import { number } from "./vsprintf/number";
import {
  arg_u32,
  arg_u64,
  FIELD_WIDTH_MAX,
  LEFT,
  Out,
  out_bytes,
  PLUS,
  PRECISION_MAX,
  put,
  put_n,
  SIGN,
  SMALL,
  SPACE,
  SPECIAL,
  ZEROPAD,
} from "./vsprintf/out";
import { pointer } from "./vsprintf/pointer";
import { string } from "./vsprintf/string";

/** Which complaints about a caller were made: each is made once. */
const complained = memory.data(4, 4);
const UNSUPPORTED: u32 = 1;
const TOO_WIDE: u32 = 2;
const TOO_PRECISE: u32 = 4;
const TOO_LARGE: u32 = 8;

/** WARN_ONCE: a format or a size that no caller should give. */
function complain(kind: u32, fmt: usize, value: u32): void {
  if (load<u32>(complained) & kind) return;
  store<u32>(complained, load<u32>(complained) | kind);
  warn_slowpath_fmt(cstr("lib/vsprintf.c"), 0, TAINT_WARN, fmt, va_block(value));
  va_free();
}

/** Cuts a width or precision given as argument to what a conversion can have. */
function limited(value: i32, limit: i32, kind: u32): i32 {
  if (value <= limit && value >= -limit) return value;
  complain(kind, kind == TOO_WIDE ? cstr("field width %d too large") : cstr("precision %d too large"), value);
  return value < 0 ? -limit : limit;
}

/** Returns the address behind the digits at `fmt`. */
function skip_digits(fmt: usize): usize {
  while (isdigit(load<u8>(fmt))) fmt++;
  return fmt;
}

/** The decimal number at `fmt`, clamped to `limit`. */
function digits_value(fmt: usize, limit: i32): i32 {
  let value: i32 = 0;
  for (let c: u32 = load<u8>(fmt); isdigit(c); c = load<u8>(++fmt)) {
    if (value < limit) value = value * 10 + <i32>(c - 0x30);
  }
  return min(value, limit);
}

/** Reads flags, width and precision behind a '%' into `o`; returns the address behind them. */
function parse_spec(o: Out, fmt: usize): usize {
  let flags: u32 = 0;
  for (; ; fmt++) {
    const c: u32 = load<u8>(fmt);
    if (c == 0x2d) flags |= LEFT; // -
    else if (c == 0x2b) flags |= PLUS; // +
    else if (c == 0x20) flags |= SPACE;
    else if (c == 0x23) flags |= SPECIAL; // #
    else if (c == 0x30) flags |= ZEROPAD; // 0
    else break;
  }
  let width: i32 = -1;
  let precision: i32 = -1;
  let c: u32 = load<u8>(fmt);
  if (isdigit(c)) {
    width = digits_value(fmt, FIELD_WIDTH_MAX);
    fmt = skip_digits(fmt);
  } else if (c == 0x2a) {
    // *
    width = limited(arg_u32(o), FIELD_WIDTH_MAX, TOO_WIDE);
    fmt++;
    if (width < 0) {
      flags |= LEFT;
      width = 0 - width;
    }
  }
  if (load<u8>(fmt) == 0x2e) {
    // .
    c = load<u8>(++fmt);
    if (isdigit(c)) {
      precision = digits_value(fmt, PRECISION_MAX);
      fmt = skip_digits(fmt);
    } else if (c == 0x2a) {
      precision = max(limited(arg_u32(o), PRECISION_MAX, TOO_PRECISE), 0);
      fmt++;
    }
  }
  o.flags = flags;
  o.width = width;
  o.precision = precision;
  return fmt;
}

/** Fetches the integer argument that `qualifier` names, widened to 64 bits. */
function integer_argument(o: Out, qualifier: u32): u64 {
  if (qualifier == 0x4c) return arg_u64(o); // ll, L
  const value = arg_u32(o);
  const signed = (o.flags & SIGN) != 0;
  if (qualifier == 0x48) return signed ? <u64>(<i64>(<i8>value)) : <u64>(<u8>value); // hh
  if (qualifier == 0x68) return signed ? <u64>(<i64>(<i16>value)) : <u64>(<u16>value); // h
  if (signed || qualifier == 0x74) return <u64>(<i64>(<i32>value)); // t is signed always
  return value;
}

function character(o: Out, c: u32): void {
  const pad = o.width - 1;
  if (!(o.flags & LEFT)) put_n(o, 0x20, pad);
  put(o, c);
  if (o.flags & LEFT) put_n(o, 0x20, pad);
}

/** One conversion; `fmt` is behind the '%'. Returns the address behind it, or 0 if the format makes no sense. */
function conversion(o: Out, fmt: usize): usize {
  fmt = parse_spec(o, fmt);
  let qualifier: u32 = load<u8>(fmt);
  if (qualifier == 0x68 || qualifier == 0x6c || qualifier == 0x4c || qualifier == 0x7a || qualifier == 0x74) {
    fmt++;
    if (load<u8>(fmt) == qualifier && (qualifier == 0x6c || qualifier == 0x68)) {
      qualifier -= 0x20; // ll → L, hh → H
      fmt++;
    }
  } else {
    qualifier = 0;
  }

  const c: u32 = load<u8>(fmt++);
  o.base = 10;
  switch (c) {
    case 0x25: // %
      put(o, c);
      return fmt;
    case 0x63: // c
      character(o, arg_u32(o));
      return fmt;
    case 0x73: // s
      string(o, arg_u32(o));
      return fmt;
    case 0x70: // p
      pointer(o, arg_u32(o), fmt);
      while (isalnum(load<u8>(fmt))) fmt++;
      return fmt;
    case 0x64: // d
    case 0x69: // i
      o.flags |= SIGN;
      break;
    case 0x75: // u
      break;
    case 0x6f: // o
      o.base = 8;
      break;
    case 0x78: // x
      o.flags |= SMALL;
      o.base = 16;
      break;
    case 0x58: // X
      o.base = 16;
      break;
    default: // the remaining arguments cannot be matched to the format: stop, %n included
      complain(UNSUPPORTED, cstr("Please remove unsupported %%%c in format string"), c);
      return 0;
  }
  number(o, integer_argument(o, qualifier));
  return fmt;
}

/** Formats into an Out whose buffer is set up: all of `fmt`, no terminator. */
function format(o: Out, fmt: usize): void {
  for (let c: u32 = load<u8>(fmt); c; c = load<u8>(fmt)) {
    fmt++;
    if (c != 0x25) {
      put(o, c);
      continue;
    }
    fmt = conversion(o, fmt);
    if (!fmt) return;
  }
}

/** linux/kernel.h. Formats `fmt` with the va_list `args` into [buf, buf + size), NUL-terminated unless size is 0.
 *  Returns the length of the whole text, which may be more than fits. A size above INT_MAX returns 0. Context: any. */
export function vsnprintf(buf: usize, size: usize, fmt: usize, args: usize): i32 {
  if (<i32>size < 0) {
    complain(TOO_LARGE, cstr("vsnprintf: size %u is above INT_MAX"), <u32>size);
    return 0;
  }
  const o = changetype<Out>(stack_alloc(out_bytes()));
  o.pos = buf;
  o.end = buf + size;
  o.va = args;
  format(o, fmt);
  if (size) store<u8>(min(o.pos, o.end - 1), 0);
  const length = <i32>(o.pos - buf);
  stack_free(out_bytes());
  return length;
}

/** linux/kernel.h. vsnprintf() that returns the number of characters in the buffer, at most size - 1. Context: any. */
export function vscnprintf(buf: usize, size: usize, fmt: usize, args: usize): i32 {
  if (!size) return 0;
  return min(vsnprintf(buf, size, fmt, args), <i32>size - 1);
}

/** linux/kernel.h. vsnprintf() over variadic arguments. Context: any. */
export function snprintf(buf: usize, size: usize, fmt: usize, va: usize): i32 {
  return vsnprintf(buf, size, fmt, va);
}

/** linux/kernel.h. vscnprintf() over variadic arguments. Context: any. */
export function scnprintf(buf: usize, size: usize, fmt: usize, va: usize): i32 {
  return vscnprintf(buf, size, fmt, va);
}

/** linux/kernel.h. vsnprintf() without a limit: the buffer must be large enough. Context: any. */
export function vsprintf(buf: usize, fmt: usize, args: usize): i32 {
  return vsnprintf(buf, i32.MAX_VALUE, fmt, args);
}

/** linux/kernel.h. vsprintf() over variadic arguments. Context: any. */
export function sprintf(buf: usize, fmt: usize, va: usize): i32 {
  return vsprintf(buf, fmt, va);
}

/** Lays up to eight 32-bit arguments out as C's caller would; give the block back with `va_free`. A 64-bit argument is
 *  two of them, low word first, at an even position. */
export function va_block(
  a: usize = 0,
  b: usize = 0,
  c: usize = 0,
  d: usize = 0,
  e: usize = 0,
  f: usize = 0,
  g: usize = 0,
  h: usize = 0,
): usize {
  const va = stack_alloc(32);
  store<usize>(va, a, 0);
  store<usize>(va, b, 4);
  store<usize>(va, c, 8);
  store<usize>(va, d, 12);
  store<usize>(va, e, 16);
  store<usize>(va, f, 20);
  store<usize>(va, g, 24);
  store<usize>(va, h, 28);
  return va;
}

@inline
export function va_free(): void {
  stack_free(32);
}

/** snprintf() for the core's own code: up to eight 32-bit arguments. */
export function snprintf_(
  buf: usize,
  size: usize,
  fmt: usize,
  a: usize = 0,
  b: usize = 0,
  c: usize = 0,
  d: usize = 0,
  e: usize = 0,
  f: usize = 0,
  g: usize = 0,
  h: usize = 0,
): i32 {
  const length = vsnprintf(buf, size, fmt, va_block(a, b, c, d, e, f, g, h));
  va_free();
  return length;
}
