// linux/string.h, linux/string_helpers.h, lib/string_helpers.c: white space, lists of names, sizes in human units.

import { EINVAL, STRING_UNITS_10 } from "../abi";
import { isspace } from "./ctype";
import { strcmp, strlen } from "./string";
import { snprintf_ } from "./vsprintf";

/** linux/string.h. The first character of `s` that is no white space. Context: any. */
export function skip_spaces(s: usize): usize {
  while (isspace(load<u8>(s))) s++;
  return s;
}

/** linux/string.h. Cuts white space off the end of `s` in place; returns its first other character. Context: any. */
export function strim(s: usize): usize {
  let length = strlen(s);
  while (length && isspace(load<u8>(s + length - 1))) length--;
  store<u8>(s + length, 0);
  return skip_spaces(s);
}

/** linux/string.h. Replaces each `old` in `s` by `new_`; returns the address of its NUL. Context: any. */
export function strreplace(s: usize, old: i32, new_: i32): usize {
  for (let c = load<u8>(s); c; c = load<u8>(++s)) if (c == <u8>old) store<u8>(s, <u8>new_);
  return s;
}

/** Whether `s` ends here but for one newline. */
@inline
function ends(s: usize): bool {
  const c = load<u8>(s);
  return c == 0 || (c == 0x0a && load<u8>(s, 1) == 0);
}

/** linux/string.h. Whether two strings are equal but for a newline at the end of one. Context: any. */
export function sysfs_streq(a: usize, b: usize): bool {
  while (load<u8>(a) && load<u8>(a) == load<u8>(b)) {
    a++;
    b++;
  }
  if (load<u8>(a) == load<u8>(b)) return true;
  return ends(a) && ends(b);
}

/** linux/string.h. Index of `string` in the first `n` elements of `array`, which a NULL ends too; -EINVAL if it is
 *  not there. Context: any. */
export function match_string(array: usize, n: usize, string: usize): i32 {
  for (let i: usize = 0; i < n; i++) {
    const item = load<usize>(array + i * sizeof<usize>());
    if (!item) break;
    if (!strcmp(item, string)) return <i32>i;
  }
  return -EINVAL;
}

/** linux/string.h. match_string() that compares as sysfs_streq() does. Context: any. */
export function __sysfs_match_string(array: usize, n: usize, string: usize): i32 {
  for (let i: usize = 0; i < n; i++) {
    const item = load<usize>(array + i * sizeof<usize>());
    if (!item) break;
    if (sysfs_streq(item, string)) return <i32>i;
  }
  return -EINVAL;
}

/** Letters of the powers of a unit; a thousand is a small k, 1024 a capital one. */
const PREFIXES = cstr(" kMGTPEZY");
const BINARY_PREFIXES = cstr(" KMGTPEZY");

/** linux/string_helpers.h. Writes `size` blocks of `blk_size` bytes into [buf, buf + len) to three significant digits:
 *  "1.50 GiB"; `units` 0 counts in thousands ("kB"), 1 in 1024s. Context: any. */
export function string_get_size(size: u64, blk_size: u64, units: i32, buf: usize, len: i32): void {
  const divisor: u64 = units == STRING_UNITS_10 ? 1000 : 1024;
  let power: u32 = 0;
  let remainder: u32 = 0;
  let digits: u32 = 0; // behind the point
  if (blk_size == 0) size = 0;
  if (size) {
    for (; blk_size >> 32; power++) blk_size /= divisor;
    for (; size >> 32; power++) size /= divisor;
    size *= blk_size;
    for (; size >= divisor; power++) {
      remainder = <u32>(size % divisor);
      size /= divisor;
    }
    for (let cap = <u32>size; cap * 10 < 1000; cap *= 10) digits++;
    if (units != STRING_UNITS_10) remainder = (remainder * 1000) >> 10;
    remainder += digits == 0 ? 500 : digits == 1 ? 50 : 5; // half of the last digit shown
    if (remainder >= 1000) {
      remainder -= 1000;
      size += 1;
    }
  }
  const decimal = units == STRING_UNITS_10;
  const letters: u32 = power > 0 && power < 9 ? 1 : 0;
  const letter = <u32>(decimal ? PREFIXES : BINARY_PREFIXES) + power;
  const unit = <u32>(power >= 9 ? cstr("UNK") : letters && !decimal ? cstr("iB") : cstr("B"));
  if (!digits) {
    snprintf_(buf, len, cstr("%u %.*s%s"), <u32>size, letters, letter, unit);
    return;
  }
  const fraction = remainder / (digits == 1 ? 100 : 10);
  snprintf_(buf, len, cstr("%u.%0*u %.*s%s"), <u32>size, digits, fraction, letters, letter, unit);
}
