// linux/bitmap.h, lib/bitmap.c: sets of bits as text for sysfs files.

import { ENOMEM, GFP_KERNEL, PAGE_SIZE } from "../abi";
import { kfree } from "../mm/slub";
import { kasprintf } from "./kasprintf";
import { strlen } from "./string";
import { snprintf_, va_block, va_free } from "./vsprintf";

@inline
function format(list: bool): usize {
  return list ? cstr("%*pbl\n") : cstr("%*pb\n");
}

/** linux/bitmap.h. Writes a set and a newline into a page-aligned page at `buf`, as a list or as a mask; returns the
 *  length. Context: any. */
export function bitmap_print_to_pagebuf(list: bool, buf: usize, map: usize, nbits: i32): i32 {
  const room = <i32>(PAGE_SIZE - (<u32>buf & (PAGE_SIZE - 1)));
  return min(snprintf_(buf, room, format(list), nbits, <u32>map), room - 1);
}

/** Copies what of the text lies in [off, off + count) to `buf`. */
function print_part(list: bool, buf: usize, map: usize, nbits: i32, off: i64, count: usize): i32 {
  const text = kasprintf(GFP_KERNEL, format(list), va_block(nbits, <u32>map));
  va_free();
  if (!text) return -ENOMEM;
  const available: i64 = strlen(text) + 1;
  let length: usize = 0;
  if (off >= 0 && off < available) {
    length = min(count, <usize>(available - off));
    memory.copy(buf, text + <usize>off, length);
  }
  kfree(text);
  return <i32>length;
}

/** linux/bitmap.h. Copies `count` bytes at offset `off` of a set's text as a mask; returns how many there were.
 *  Context: process. */
export function bitmap_print_bitmask_to_buf(buf: usize, map: usize, nbits: i32, off: i64, count: usize): i32 {
  return print_part(false, buf, map, nbits, off, count);
}

/** linux/bitmap.h. Copies `count` bytes at offset `off` of a set's text as a list; returns how many there were.
 *  Context: process. */
export function bitmap_print_list_to_buf(buf: usize, map: usize, nbits: i32, off: i64, count: usize): i32 {
  return print_part(true, buf, map, nbits, off, count);
}
