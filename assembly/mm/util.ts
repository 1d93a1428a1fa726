// mm/util.c: copies of strings and of memory, and allocations that may come from kmalloc or from vmalloc.

import {
  ENOMEM,
  GFP_USER,
  INT_MAX,
  KMALLOC_MAX_SIZE,
  NUMA_NO_NODE,
  PAGE_SIZE,
  ZERO_SIZE_PTR,
  __GFP_DIRECT_RECLAIM,
  __GFP_NOFAIL,
  __GFP_NORETRY,
  __GFP_NOWARN,
  page,
} from "../abi";
import { BOOT_ARENA, BOOT_RAM_END } from "../arch/wasm/memory";
import { WARN } from "../kernel/panic";
import { ERR_PTR } from "../lib/err";
import { __kmalloc } from "./kmalloc";
import { FLAG_RESERVED, virt_to_page } from "./page";
import { kfree } from "./slub";
import { __vmalloc, is_vmalloc_addr, vfree } from "./vmalloc";

function length_of(text: usize, limit: usize): usize {
  let length: usize = 0;
  while (length < limit && load<u8>(text + length)) length++;
  return length;
}

/** linux/string.h. A copy of the first `length` bytes at `text` with a NUL behind them; NULL for NULL, or if there is no
 *  memory. Context: any. */
export function kmemdup_nul(text: usize, length: usize, gfp: u32): usize {
  const copy = text ? __kmalloc(length + 1, gfp) : 0;
  if (!copy) return 0;
  memory.copy(copy, text, length);
  store<u8>(copy + length, 0);
  return copy;
}

/** linux/string.h. A copy of the string `text`; NULL for NULL, or if there is no memory. Context: any. */
export function kstrdup(text: usize, gfp: u32): usize {
  return text ? kmemdup_nul(text, length_of(text, usize.MAX_VALUE), gfp) : 0;
}

/** linux/string.h. A copy of at most `limit` bytes of the string `text`, with a NUL behind them. Context: any. */
export function kstrndup(text: usize, limit: usize, gfp: u32): usize {
  return text ? kmemdup_nul(text, length_of(text, limit), gfp) : 0;
}

/** linux/string.h. A copy of `length` bytes at `source`; NULL if there is no memory. Context: any. */
export function kmemdup(source: usize, length: usize, gfp: u32): usize {
  const copy = __kmalloc(length, gfp);
  if (copy) memory.copy(copy, source, length);
  return copy;
}

/** Whether `address` is a constant of the core: outside what any allocator hands out. */
function is_core_constant(address: usize): bool {
  if (address >= load<usize>(BOOT_RAM_END)) return true;
  return address < load<usize>(BOOT_ARENA) && (changetype<page>(virt_to_page(address)).flags & FLAG_RESERVED) != 0;
}

/** linux/string.h. The string itself if it is a constant of the core, else a copy. Context: any. */
export function kstrdup_const(text: usize, gfp: u32): usize {
  return is_core_constant(text) ? text : kstrdup(text, gfp);
}

/** linux/string.h. Frees what kstrdup_const returned. Context: any. */
export function kfree_const(text: usize): void {
  if (!is_core_constant(text)) kfree(text);
}

/** linux/slab.h. Memory from kmalloc or, if that has none for more than a page, from vmalloc; kvfree frees it. NULL without a
 *  try of vmalloc if the flags forbid to sleep, and above 2 GiB. Context: any that the flags allow. */
export function kvmalloc_node(size: usize, gfp: u32, node: i32): usize {
  // Where vmalloc is left, a failure of kmalloc is none: neither worth a word nor fatal (__GFP_NOFAIL).
  const quiet = size > PAGE_SIZE ? (gfp | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL : gfp;
  const address = size > KMALLOC_MAX_SIZE ? 0 : __kmalloc(size, quiet);
  if (address || size <= PAGE_SIZE || !(gfp & __GFP_DIRECT_RECLAIM)) return address;
  if (size > <usize>INT_MAX) {
    if (!(gfp & __GFP_NOWARN)) WARN(cstr("kvmalloc of more than INT_MAX bytes"));
    return 0;
  }
  return __vmalloc(size, gfp);
}

/** linux/slab.h. Frees what kvmalloc returned; NULL is ignored. Context: any. */
export function kvfree(address: usize): void {
  if (is_vmalloc_addr(address)) vfree(address);
  else kfree(address);
}

/** linux/slab.h. Overwrites `length` bytes with zeros and frees them as kvfree. Context: any. */
export function kvfree_sensitive(address: usize, length: usize): void {
  if (address <= ZERO_SIZE_PTR) return;
  memory.fill(address, 0, length);
  kvfree(address);
}

/** linux/slab.h. kvmalloc memory of `old_size` bytes becomes one of `new_size`, moved if it must grow. Context: process. */
export function kvrealloc(address: usize, old_size: usize, new_size: usize, gfp: u32): usize {
  if (old_size >= new_size) return address;
  const moved = kvmalloc_node(new_size, gfp, NUMA_NO_NODE);
  if (!moved) return 0;
  memory.copy(moved, address, old_size);
  kvfree(address);
  return moved;
}

/** linux/string.h. A copy of `length` bytes of the caller's, or ERR_PTR(-ENOMEM). Context: process. */
export function memdup_user(source: usize, length: usize): usize {
  const copy = kmemdup(source, length, GFP_USER | __GFP_NOWARN);
  return copy ? copy : ERR_PTR(-ENOMEM);
}
