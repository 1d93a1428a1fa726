// linux/printk.h, linux/hex.h (in 6.1 linux/kernel.h), lib/hexdump.c: bytes as hex digits and back.

import { DUMP_PREFIX_ADDRESS, DUMP_PREFIX_OFFSET, EINVAL } from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { pr } from "../kernel/printk/printk";
import { isascii, isprint } from "./ctype";
import { snprintf_ } from "./vsprintf";

/** linux/kernel.h. `const char hex_asc[]`: the lower-case digits. */
export const hex_asc: usize = cstr("0123456789abcdef");

/** linux/kernel.h. `const char hex_asc_upper[]`: the upper-case digits. */
export const hex_asc_upper: usize = cstr("0123456789ABCDEF");

/** linux/kernel.h. Value of the hex digit `ch`, -1 if it is none. Context: any. */
export function hex_to_bin(ch: u32): i32 {
  ch &= 0xff;
  if (ch - 0x30 < 10) return ch - 0x30;
  ch |= 0x20;
  return ch - 0x61 < 6 ? ch - 0x61 + 10 : -1;
}

/** linux/kernel.h. Parses 2 * `count` hex digits at `src` into `dst`; -EINVAL at the first other character.
 *  Context: any. */
export function hex2bin(dst: usize, src: usize, count: usize): i32 {
  for (; count; count--) {
    const high = hex_to_bin(load<u8>(src++));
    const low = high < 0 ? -1 : hex_to_bin(load<u8>(src++));
    if (low < 0) return -EINVAL;
    store<u8>(dst++, <u8>((high << 4) | low));
  }
  return 0;
}

/** linux/kernel.h. Writes `count` bytes as 2 * `count` hex digits, not terminated; returns the end. Context: any. */
export function bin2hex(dst: usize, src: usize, count: usize): usize {
  for (; count; count--) {
    const byte: usize = load<u8>(src++);
    store<u8>(dst++, load<u8>(hex_asc + (byte >> 4)));
    store<u8>(dst++, load<u8>(hex_asc + (byte & 15)));
  }
  return dst;
}

/** One group of `size` bytes, as the number that a little-endian machine reads there. */
function put_group(at: usize, end: usize, src: usize, size: i32): i32 {
  const room = at < end ? end - at : 0;
  if (size == 8) return snprintf_(at, room, cstr("%08x%08x"), load<u32>(src, 4), load<u32>(src));
  if (size == 4) return snprintf_(at, room, cstr("%08x"), load<u32>(src));
  if (size == 2) return snprintf_(at, room, cstr("%04x"), load<u16>(src));
  return snprintf_(at, room, cstr("%02x"), load<u8>(src));
}

@inline
function put_char(at: usize, end: usize, c: u32): usize {
  if (at + 1 < end) store<u8>(at, <u8>c); // the last byte is for the NUL
  return at + 1;
}

/** linux/printk.h. Writes up to `rowsize` (16 or 32) bytes at `buf` as hex groups of `groupsize` (1, 2, 4, 8) and, if
 *  `ascii`, as text in a column behind them. Returns the length of the untruncated line. Context: any. */
export function hex_dump_to_buffer(
  buf: usize,
  len: usize,
  rowsize: i32,
  groupsize: i32,
  linebuf: usize,
  linebuflen: usize,
  ascii: bool,
): i32 {
  if (rowsize != 16 && rowsize != 32) rowsize = 16;
  let count = <i32>min<usize>(len, rowsize);
  if (popcnt(groupsize) != 1 || groupsize > 8 || count % groupsize) groupsize = 1;
  const end = linebuf + linebuflen;
  let at = linebuf;
  for (let i = 0; i < count; i += groupsize) {
    if (i) at = put_char(at, end, 0x20);
    at += put_group(at, end, buf + i, groupsize);
  }
  if (ascii && count) {
    const column = linebuf + rowsize * 2 + rowsize / groupsize + 1;
    while (at < column) at = put_char(at, end, 0x20);
    for (let i = 0; i < count; i++) {
      const c: u32 = load<u8>(buf + i);
      at = put_char(at, end, isascii(c) && isprint(c) ? c : 0x2e);
    }
  }
  if (linebuflen) store<u8>(min(at, end - 1), 0);
  return <i32>(at - linebuf);
}

/** linux/printk.h. Logs `len` bytes at `buf`, `rowsize` a line, each line beginning with `prefix_str` and, by
 *  `prefix_type`, nothing (0), the hashed address (1) or the offset (2). Context: any. */
export function print_hex_dump(
  level: usize,
  prefix_str: usize,
  prefix_type: i32,
  rowsize: i32,
  groupsize: i32,
  buf: usize,
  len: usize,
  ascii: bool,
): void {
  const LINE: usize = 144; // 32 bytes: 32 * 3 + 2 + 32 and a NUL, rounded up
  const line = stack_alloc(LINE);
  if (rowsize != 16 && rowsize != 32) rowsize = 16;
  for (let i: usize = 0; i < len; i += rowsize) {
    hex_dump_to_buffer(buf + i, min<usize>(len - i, rowsize), rowsize, groupsize, line, LINE, ascii);
    if (prefix_type == DUMP_PREFIX_ADDRESS) pr(cstr("%s%s%p: %s"), level, prefix_str, buf + i, line);
    else if (prefix_type == DUMP_PREFIX_OFFSET) pr(cstr("%s%s%.8x: %s"), level, prefix_str, i, line);
    else pr(cstr("%s%s%s"), level, prefix_str, line);
  }
  stack_free(LINE);
}
