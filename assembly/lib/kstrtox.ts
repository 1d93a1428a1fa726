// linux/kstrtox.h, lib/kstrtox.c: text to integers. kstrto*() want the whole string to be a number, with one newline
// allowed; simple_strto*() take what they find. Base 0 means 0x… hexadecimal, 0… octal, else decimal.

import { EINVAL, ERANGE } from "../abi";
import { isxdigit } from "./ctype";
import { stack_alloc, stack_free } from "../arch/wasm/stack";

const OVERFLOW: u32 = 1 << 31;

/** The base that the text at `s` has if `base` is 0. */
function radix(s: usize, base: u32): u32 {
  if (base) return base;
  if (load<u8>(s) != 0x30) return 10;
  return (load<u8>(s, 1) | 0x20) == 0x78 && isxdigit(load<u8>(s, 2)) ? 16 : 8;
}

/** Length of a "0x" before a number of base 16. */
function prefix(s: usize, base: u32): u32 {
  return base == 16 && load<u8>(s) == 0x30 && (load<u8>(s, 1) | 0x20) == 0x78 ? 2 : 0;
}

/** Reads up to `limit` digits at `s` into the u64 `*value`; returns how many, with OVERFLOW if they are too many. */
function parse_digits(s: usize, base: u32, value: usize, limit: usize): u32 {
  let result: u64 = 0;
  let count: u32 = 0;
  let overflow: u32 = 0;
  for (; limit; limit--, count++) {
    const c: u32 = load<u8>(s++);
    const lower = c | 0x20;
    const digit = c - 0x30 < 10 ? c - 0x30 : lower - 0x61 < 6 ? lower - 0x61 + 10 : 99;
    if (digit >= base) break;
    if (result >> 60 && result > (u64.MAX_VALUE - digit) / base) overflow = OVERFLOW;
    result = result * base + digit;
  }
  store<u64>(value, result);
  return count | overflow;
}

/** lib/kstrtox.h. Digits of `base` at `s` as a u64 at `value`; returns how many, bit 31 set on overflow. */
export function _parse_integer(s: usize, base: u32, value: usize): u32 {
  return parse_digits(s, base, value, i32.MAX_VALUE);
}

function unsigned_number(s: usize, base: u32, result: usize): i32 {
  const value = stack_alloc(16);
  base = radix(s, base);
  s += prefix(s, base);
  const count = parse_digits(s, base, value, i32.MAX_VALUE);
  const number = load<u64>(value);
  stack_free(16);
  if (count & OVERFLOW) return -ERANGE;
  if (!count) return -EINVAL;
  s += count;
  if (load<u8>(s) == 0x0a) s++;
  if (load<u8>(s)) return -EINVAL;
  store<u64>(result, number);
  return 0;
}

/** linux/kstrtox.h. Parses an unsigned long long into `*result`. -EINVAL: not a number; -ERANGE: too large; then
 *  `*result` is as it was. Context: any. */
export function kstrtoull(s: usize, base: u32, result: usize): i32 {
  return unsigned_number(load<u8>(s) == 0x2b ? s + 1 : s, base, result);
}

/** linux/kstrtox.h. Parses a long long, which may begin with '-', into `*result`. Errors as kstrtoull().
 *  Context: any. */
export function kstrtoll(s: usize, base: u32, result: usize): i32 {
  const value = stack_alloc(16);
  const negative = load<u8>(s) == 0x2d;
  const error = negative ? unsigned_number(s + 1, base, value) : kstrtoull(s, base, value);
  let number = load<i64>(value);
  stack_free(16);
  if (error) return error;
  if (negative) {
    number = 0 - number;
    if (number > 0) return -ERANGE;
  } else if (number < 0) {
    return -ERANGE;
  }
  store<i64>(result, number);
  return 0;
}

/** Parses an unsigned number up to `limit` into `bytes` bytes. */
function narrow_unsigned(s: usize, base: u32, result: usize, limit: u64, bytes: u32): i32 {
  const value = stack_alloc(16);
  let error = kstrtoull(s, base, value);
  if (!error && load<u64>(value) > limit) error = -ERANGE;
  if (!error) memory.copy(result, value, bytes);
  stack_free(16);
  return error;
}

/** Parses a signed number of `bytes` bytes. */
function narrow_signed(s: usize, base: u32, result: usize, bytes: u32): i32 {
  const value = stack_alloc(16);
  let error = kstrtoll(s, base, value);
  if (!error) {
    const limit: i64 = (<i64>1) << (bytes * 8 - 1);
    const number = load<i64>(value);
    if (number < -limit || number >= limit) error = -ERANGE;
    else memory.copy(result, value, bytes);
  }
  stack_free(16);
  return error;
}

/** linux/kstrtox.h (kstrtoul). Parses an unsigned long. Errors as kstrtoull(). Context: any. */
export function _kstrtoul(s: usize, base: u32, result: usize): i32 {
  return narrow_unsigned(s, base, result, u32.MAX_VALUE, 4);
}

/** linux/kstrtox.h (kstrtol). Parses a long. Errors as kstrtoull(). Context: any. */
export function _kstrtol(s: usize, base: u32, result: usize): i32 {
  return narrow_signed(s, base, result, 4);
}

/** linux/kstrtox.h. Parses an unsigned int. Errors as kstrtoull(). Context: any. */
export function kstrtouint(s: usize, base: u32, result: usize): i32 {
  return narrow_unsigned(s, base, result, u32.MAX_VALUE, 4);
}

/** linux/kstrtox.h. Parses an int. Errors as kstrtoull(). Context: any. */
export function kstrtoint(s: usize, base: u32, result: usize): i32 {
  return narrow_signed(s, base, result, 4);
}

/** linux/kstrtox.h. Parses a u16. Errors as kstrtoull(). Context: any. */
export function kstrtou16(s: usize, base: u32, result: usize): i32 {
  return narrow_unsigned(s, base, result, u16.MAX_VALUE, 2);
}

/** linux/kstrtox.h. Parses an s16. Errors as kstrtoull(). Context: any. */
export function kstrtos16(s: usize, base: u32, result: usize): i32 {
  return narrow_signed(s, base, result, 2);
}

/** linux/kstrtox.h. Parses a u8. Errors as kstrtoull(). Context: any. */
export function kstrtou8(s: usize, base: u32, result: usize): i32 {
  return narrow_unsigned(s, base, result, u8.MAX_VALUE, 1);
}

/** linux/kstrtox.h. Parses an s8. Errors as kstrtoull(). Context: any. */
export function kstrtos8(s: usize, base: u32, result: usize): i32 {
  return narrow_signed(s, base, result, 1);
}

/** linux/kstrtox.h. Parses y, t, 1, on or n, f, 0, off in either case, by the first letters, into the bool `*result`;
 *  -EINVAL for anything else and for NULL. Context: any. */
export function kstrtobool(s: usize, result: usize): i32 {
  if (!s) return -EINVAL;
  const first: u32 = load<u8>(s);
  const c = first | 0x20;
  if (first == 0x31 || c == 0x79 || c == 0x74) {
    store<u8>(result, 1);
    return 0;
  }
  if (first == 0x30 || c == 0x6e || c == 0x66) {
    store<u8>(result, 0);
    return 0;
  }
  if (c != 0x6f) return -EINVAL;
  const second: u32 = load<u8>(s, 1) | 0x20;
  if (second != 0x6e && second != 0x66) return -EINVAL;
  store<u8>(result, second == 0x6e ? 1 : 0);
  return 0;
}

/** The number at `s` in at most `limit` characters; stores the address behind it if `end` is not NULL. */
export function simple_strntoull(s: usize, limit: usize, end: usize, base: u32): u64 {
  base = radix(s, base);
  const skipped: usize = prefix(s, base);
  let number: u64 = 0;
  if (skipped < limit) {
    const value = stack_alloc(16);
    s += skipped;
    s += parse_digits(s, base, value, limit - skipped) & ~OVERFLOW;
    number = load<u64>(value);
    stack_free(16);
  } else {
    s += limit; // no room for a digit behind the prefix
  }
  if (end) store<usize>(end, s);
  return number;
}

/** simple_strntoull() of a number that may begin with '-'. */
export function simple_strntoll(s: usize, limit: usize, end: usize, base: u32): i64 {
  if (load<u8>(s) == 0x2d && limit > 0) return 0 - <i64>simple_strntoull(s + 1, limit - 1, end, base);
  return simple_strntoull(s, limit, end, base);
}

/** linux/kstrtox.h. The number at the beginning of `s`; the address behind it in `*end` unless `end` is NULL. Does not
 *  notice overflow. Context: any. */
export function simple_strtoull(s: usize, end: usize, base: u32): u64 {
  return simple_strntoull(s, i32.MAX_VALUE, end, base);
}

/** linux/kstrtox.h. simple_strtoull() cut to unsigned long. Context: any. */
export function simple_strtoul(s: usize, end: usize, base: u32): u32 {
  return <u32>simple_strtoull(s, end, base);
}

/** linux/kstrtox.h. simple_strtoll() cut to long. Context: any. */
export function simple_strtol(s: usize, end: usize, base: u32): i32 {
  return <i32>simple_strtoll(s, end, base);
}

/** linux/kstrtox.h. simple_strtoull() of a number that may begin with '-'. Context: any. */
export function simple_strtoll(s: usize, end: usize, base: u32): i64 {
  return simple_strntoll(s, i32.MAX_VALUE, end, base);
}
