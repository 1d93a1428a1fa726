// linux/bitmap.h, lib/bitmap.c: sets of bits as text for sysfs files, and memory for sets.

import { __GFP_ZERO, ENOMEM, GFP_KERNEL, PAGE_SIZE } from "../abi";
import { kmalloc_array } from "../mm/kmalloc";
import { kfree } from "../mm/slub";
import { bits_to_longs } from "./bitmap";
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

/** linux/bitmap.h. Memory for a set of `nbits`, not cleared; NULL without memory. Context: as `gfp` says. */
export function bitmap_alloc(nbits: u32, gfp: u32): usize {
  return kmalloc_array(bits_to_longs(nbits), sizeof<u32>(), gfp);
}

/** linux/bitmap.h. Memory for an empty set of `nbits`; NULL without memory. Context: as `gfp` says. */
export function bitmap_zalloc(nbits: u32, gfp: u32): usize {
  return bitmap_alloc(nbits, gfp | __GFP_ZERO);
}

/** linux/bitmap.h. bitmap_alloc() on a memory node, of which there is one. Context: as `gfp` says. */
export function bitmap_alloc_node(nbits: u32, gfp: u32, node: i32): usize {
  return bitmap_alloc(nbits, gfp);
}

/** linux/bitmap.h. bitmap_zalloc() on a memory node, of which there is one. Context: as `gfp` says. */
export function bitmap_zalloc_node(nbits: u32, gfp: u32, node: i32): usize {
  return bitmap_zalloc(nbits, gfp);
}

/** linux/bitmap.h. Frees a set of bitmap_alloc(); NULL is allowed. Context: any. */
export function bitmap_free(map: usize): void {
  kfree(map);
}
