// linux/string_helpers.h, lib/string_helpers.c: C escapes in byte strings, written and read.

import {
  ESCAPE_APPEND,
  ESCAPE_HEX,
  ESCAPE_NA,
  ESCAPE_NAP,
  ESCAPE_NP,
  ESCAPE_NULL,
  ESCAPE_OCTAL,
  ESCAPE_SPACE,
  ESCAPE_SPECIAL,
  UNESCAPE_HEX,
  UNESCAPE_OCTAL,
  UNESCAPE_SPACE,
  UNESCAPE_SPECIAL,
} from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { isascii, isprint } from "./ctype";
import { hex_asc, hex_to_bin } from "./hexdump";
import { strchr } from "./string";

/** Pairs of a character and the letter that stands for it behind a backslash. */
const SPACES = cstr("\nn\rr\tt\vv\ff");
const SPECIALS = cstr('\\\\\u0007a\u001be""');

/** The letter that stands for `c`, 0 if none does. */
function letter_of(pairs: usize, c: u32): u32 {
  for (; load<u8>(pairs); pairs += 2) if (load<u8>(pairs) == <u8>c) return load<u8>(pairs, 1);
  return 0;
}

/** The character that `letter` stands for, 0 if for none. */
function character_of(pairs: usize, letter: u32): u32 {
  for (; load<u8>(pairs); pairs += 2) if (load<u8>(pairs, 1) == <u8>letter) return load<u8>(pairs);
  return 0;
}

/** Whether `c` passes as it is, for the flags that escape only what is not printable or not ASCII. */
function passes(c: u32, flags: u32, only: usize): bool {
  const append = (flags & ESCAPE_APPEND) != 0;
  const listed = only != 0 && load<u8>(only) != 0 && strchr(only, c) != 0;
  if (!append && !listed && only != 0 && load<u8>(only)) return true;
  if (append && listed) return false;
  if (flags & ESCAPE_NAP && isascii(c) && isprint(c)) return true;
  if (flags & ESCAPE_NP && isprint(c)) return true;
  return (flags & ESCAPE_NA) != 0 && isascii(c);
}

/** Writes the escape of `c`, or `c` itself, into `text`; returns its length. */
function escape_one(c: u32, flags: u32, text: usize): u32 {
  let letter: u32 = 0;
  if (flags & ESCAPE_SPACE) letter = letter_of(SPACES, c);
  if (!letter && flags & ESCAPE_SPECIAL) letter = letter_of(SPECIALS, c);
  if (!letter && flags & ESCAPE_NULL && !c) letter = 0x30;
  store<u8>(text, 0x5c);
  if (letter) {
    store<u8>(text, <u8>letter, 1);
    return 2;
  }
  if (flags & ESCAPE_OCTAL) {
    store<u8>(text, <u8>(0x30 + (c >> 6)), 1);
    store<u8>(text, <u8>(0x30 + ((c >> 3) & 7)), 2);
    store<u8>(text, <u8>(0x30 + (c & 7)), 3);
    return 4;
  }
  if (flags & ESCAPE_HEX) {
    store<u8>(text, 0x78, 1);
    store<u8>(text, load<u8>(hex_asc + (c >> 4)), 2);
    store<u8>(text, load<u8>(hex_asc + (c & 15)), 3);
    return 4;
  }
  store<u8>(text, <u8>c);
  return 1;
}

/** linux/string_helpers.h. Escapes `isz` bytes at `src` into [dst, dst + osz), not terminated, by ESCAPE_* `flags`;
 *  `only` limits it to characters of that string, or with ESCAPE_APPEND adds them. Returns the length of all of it.
 *  Context: any. */
export function string_escape_mem(src: usize, isz: usize, dst: usize, osz: usize, flags: u32, only: usize): i32 {
  const text = stack_alloc(16);
  const end = dst + osz;
  let at = dst;
  for (; isz; isz--) {
    const c: u32 = load<u8>(src++);
    const length = escape_one(c, passes(c, flags, only) ? 0 : flags, text);
    for (let i: u32 = 0; i < length; i++, at++) if (at < end) store<u8>(at, load<u8>(text + i));
  }
  stack_free(16);
  return <i32>(at - dst);
}

/** Up to `limit` digits of `1 << shift` values at `src`, into `*value` (u32); returns their number. */
function digits(src: usize, shift: u32, limit: u32, value: usize): u32 {
  let result: u32 = 0;
  let count: u32 = 0;
  for (; count < limit; count++) {
    const digit = hex_to_bin(load<u8>(src + count));
    if (digit < 0 || digit >> shift) break;
    if (shift == 3 && count && result >= 32) break; // a third octal digit would not fit a byte
    result = (result << shift) | digit;
  }
  store<u32>(value, result);
  return count;
}

/** Reads the escape at `src`, behind its backslash, into `*value`; returns its length, 0 if it is none. */
function unescape_one(src: usize, flags: u32, value: usize): u32 {
  const c: u32 = load<u8>(src);
  if (flags & UNESCAPE_SPACE) {
    store<u32>(value, character_of(SPACES, c));
    if (load<u32>(value)) return 1;
  }
  if (flags & UNESCAPE_OCTAL) {
    const count = digits(src, 3, 3, value);
    if (count) return count;
  }
  if (flags & UNESCAPE_HEX && c == 0x78) {
    const count = digits(src + 1, 4, 2, value);
    if (count) return count + 1;
  }
  if (flags & UNESCAPE_SPECIAL) {
    store<u32>(value, character_of(SPECIALS, c));
    if (load<u32>(value)) return 1;
  }
  return 0;
}

/** linux/string_helpers.h. Replaces the C escapes that UNESCAPE_* `flags` name in `src` and writes the string to `dst`,
 *  at most `size` bytes with its NUL (0: no limit); in place is fine. Returns the length. Context: any. */
export function string_unescape(src: usize, dst: usize, size: usize, flags: u32): i32 {
  const value = stack_alloc(16);
  let out = dst;
  while (load<u8>(src) && --size) {
    if (load<u8>(src) == 0x5c && load<u8>(src, 1) && size > 1) {
      src++;
      size--;
      const length = unescape_one(src, flags, value);
      if (length) {
        store<u8>(out++, <u8>load<u32>(value));
        src += length;
        continue;
      }
      store<u8>(out++, 0x5c);
    }
    store<u8>(out++, load<u8>(src++));
  }
  store<u8>(out, 0);
  stack_free(16);
  return <i32>(out - dst);
}
