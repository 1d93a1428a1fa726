// linux/string.h, lib/string.c: C strings. Blocks of bytes are in memory.ts, white space and names in
// string_helpers.ts.

import { E2BIG } from "../abi";
import { BUG } from "../kernel/panic";
import { tolower } from "./ctype";
import { memcmp } from "./memory";

export { bcmp, memchr, memchr_inv, memcmp, memcpy, memmove, memscan, memset } from "./memory";

/** linux/string.h. Length of `s` without its NUL. Context: any. */
export function strlen(s: usize): usize {
  let end = s;
  while (load<u8>(end)) end++;
  return end - s;
}

/** linux/string.h. Length of `s`, at most `count`. Context: any. */
export function strnlen(s: usize, count: usize): usize {
  let length: usize = 0;
  while (length < count && load<u8>(s + length)) length++;
  return length;
}

/** linux/string.h. Copies `src` with its NUL; returns `dest`. Context: any. */
export function strcpy(dest: usize, src: usize): usize {
  memory.copy(dest, src, strlen(src) + 1);
  return dest;
}

/** linux/string.h. Copies `src` with its NUL; returns the address of the NUL in `dest`. Context: any. */
export function stpcpy(dest: usize, src: usize): usize {
  const length = strlen(src);
  memory.copy(dest, src, length + 1);
  return dest + length;
}

/** linux/string.h. Copies at most `count` bytes of `src`, fills the rest of `count` with NULs, and does not end a
 *  string that is too long. Returns `dest`. Context: any. */
export function strncpy(dest: usize, src: usize, count: usize): usize {
  const length = strnlen(src, count);
  memory.copy(dest, src, length);
  memory.fill(dest + length, 0, count - length);
  return dest;
}

/** linux/string.h. Copies what fits of `src` into `dest[size]`, always NUL-terminated; returns strlen(src).
 *  Context: any. */
export function strlcpy(dest: usize, src: usize, size: usize): usize {
  const length = strlen(src);
  if (size) {
    const fits = min(length, size - 1);
    memory.copy(dest, src, fits);
    store<u8>(dest + fits, 0);
  }
  return length;
}

/** linux/string.h. Copies what fits of `src` into `dest[count]`, always NUL-terminated. Returns the length, or -E2BIG
 *  if it was cut or `count` is 0 or above INT_MAX. Context: any. */
export function strscpy(dest: usize, src: usize, count: usize): i32 {
  if (<i32>count <= 0) return -E2BIG;
  const length = strnlen(src, count);
  const fits = min(length, count - 1);
  memory.copy(dest, src, fits);
  store<u8>(dest + fits, 0);
  return length < count ? <i32>length : -E2BIG;
}

/** linux/string.h. strscpy() that fills the rest of `dest[count]` with NULs. Context: any. */
export function strscpy_pad(dest: usize, src: usize, count: usize): i32 {
  const written = strscpy(dest, src, count);
  if (written >= 0) memory.fill(dest + written, 0, count - written);
  return written;
}

/** linux/string.h. Appends `src` to `dest`; returns `dest`. Context: any. */
export function strcat(dest: usize, src: usize): usize {
  strcpy(dest + strlen(dest), src);
  return dest;
}

/** linux/string.h. Appends at most `count` characters of `src` and a NUL to `dest`; returns `dest`. Context: any. */
export function strncat(dest: usize, src: usize, count: usize): usize {
  const length = strnlen(src, count);
  const end = dest + strlen(dest);
  memory.copy(end, src, length);
  store<u8>(end + length, 0);
  return dest;
}

/** linux/string.h. Appends what fits of `src` to the string in `dest[count]`; returns the length that it tried to
 *  make. A `dest` without a NUL is a BUG. Context: any. */
export function strlcat(dest: usize, src: usize, count: usize): usize {
  const used = strlen(dest);
  if (used >= count) BUG(cstr("strlcat: destination is not terminated within its size"));
  return used + strlcpy(dest + used, src, count - used);
}

/** linux/string.h. -1, 0 or 1 as `a` sorts before, equals or sorts after `b`. Context: any. */
export function strcmp(a: usize, b: usize): i32 {
  return strncmp(a, b, usize.MAX_VALUE);
}

/** linux/string.h. strcmp() of the first `count` characters. Context: any. */
export function strncmp(a: usize, b: usize, count: usize): i32 {
  for (; count; count--) {
    const x: u32 = load<u8>(a++);
    const y: u32 = load<u8>(b++);
    if (x != y) return x < y ? -1 : 1;
    if (!x) break;
  }
  return 0;
}

/** linux/string.h. The difference of the first pair that differs in more than case, or 0. Context: any. */
export function strcasecmp(a: usize, b: usize): i32 {
  return strncasecmp(a, b, usize.MAX_VALUE);
}

/** linux/string.h. strcasecmp() of the first `count` characters. Context: any. */
export function strncasecmp(a: usize, b: usize, count: usize): i32 {
  for (; count; count--) {
    const x = tolower(load<u8>(a++));
    const y = tolower(load<u8>(b++));
    if (x != y) return <i32>x - <i32>y;
    if (!x) break;
  }
  return 0;
}

/** linux/string.h. The first `c` in `s`, its NUL included, or NULL. Context: any. */
export function strchr(s: usize, c: i32): usize {
  const found = strchrnul(s, c);
  return load<u8>(found) == <u8>c ? found : 0;
}

/** linux/string.h. The first `c` in `s`, or the address of its NUL. Context: any. */
export function strchrnul(s: usize, c: i32): usize {
  for (let x = load<u8>(s); x && x != <u8>c; x = load<u8>(s)) s++;
  return s;
}

/** linux/string.h. The last `c` in `s`, its NUL included, or NULL. Context: any. */
export function strrchr(s: usize, c: i32): usize {
  let last: usize = 0;
  for (let x = load<u8>(s); x; x = load<u8>(++s)) if (x == <u8>c) last = s;
  return <u8>c ? last : s;
}

/** linux/string.h. The first `c` in the first `count` bytes of `s`, its NUL included, or NULL. Context: any. */
export function strnchr(s: usize, count: usize, c: i32): usize {
  for (; count; count--, s++) {
    const x = load<u8>(s);
    if (x == <u8>c) return s;
    if (!x) break;
  }
  return 0;
}

/** Length of the beginning of `s` whose characters are all (`inside`) or none (not `inside`) of `set`. */
function span(s: usize, set: usize, inside: bool): usize {
  let length: usize = 0;
  for (let c: u32 = load<u8>(s); c; c = load<u8>(s + ++length)) {
    if ((strchr(set, c) != 0) != inside) break;
  }
  return length;
}

/** linux/string.h. Length of the beginning of `s` that consists of characters in `accept`. Context: any. */
export function strspn(s: usize, accept: usize): usize {
  return span(s, accept, true);
}

/** linux/string.h. Length of the beginning of `s` that has no character of `reject`. Context: any. */
export function strcspn(s: usize, reject: usize): usize {
  return span(s, reject, false);
}

/** linux/string.h. The first character of `s` that is in `accept`, or NULL. Context: any. */
export function strpbrk(s: usize, accept: usize): usize {
  const found = s + strcspn(s, accept);
  return load<u8>(found) ? found : 0;
}

/** linux/string.h. Splits `*s` at the first character in `separators`, which becomes NUL; `*s` moves behind it or
 *  becomes NULL. Returns the token, which may be empty; NULL if `*s` was NULL. Context: any. */
export function strsep(s: usize, separators: usize): usize {
  const token = load<usize>(s);
  if (!token) return 0;
  const end = strpbrk(token, separators);
  if (end) store<u8>(end, 0);
  store<usize>(s, end ? end + 1 : 0);
  return token;
}

/** linux/string.h. The first `needle` in `s`, or NULL; an empty needle is found at once. Context: any. */
export function strstr(s: usize, needle: usize): usize {
  return strnstr(s, needle, strlen(s));
}

/** linux/string.h. The first `needle` in the first `len` bytes of `s`, or NULL. Context: any. */
export function strnstr(s: usize, needle: usize, len: usize): usize {
  const wanted = strlen(needle);
  if (!wanted) return s;
  for (; len >= wanted; len--, s++) if (!memcmp(s, needle, wanted)) return s;
  return 0;
}
