// kmalloc beyond the largest size class: compound pages straight from the page allocator, marked by a page type of our own.

import { KMALLOC_MAX_SIZE, PAGE_SHIFT, __GFP_COMP, __GFP_NOWARN, page } from "../abi";
import { WARN } from "../kernel/panic";
import { DEBUG } from "../flavour";
import { bad_free } from "./bad_free";
import { get_order } from "./contig";
import { pages_trim } from "./debug/guard";
import { page_track } from "./debug/track";
import { PAGE_BYTES, PAGE_TYPE_NONE, compound_order, page_address, page_to_pfn } from "./page";
import { __free_pages, alloc_pages } from "./page_alloc";

/** page_type of the first page of a large kmalloc; Linux uses bits up to 0x400 (PG_guard). */
export const PAGE_TYPE_KMALLOC: u32 = ~(<u32>0x1000);

@unmanaged
class Large {
  count: u32;
  pages: u32;
}
const large = changetype<Large>(memory.data(offsetof<Large>(), 4));

export function large_init(): void {
  large.count = 0;
  large.pages = 0;
}

@inline
function account(count: i32, pages: i32): void {
  atomic.add<i32>(changetype<usize>(large), count, offsetof<Large>("count"));
  atomic.add<i32>(changetype<usize>(large), pages, offsetof<Large>("pages"));
}

/** linux/slab.h. Allocates `size` bytes as whole pages. Returns NULL if there is no memory, or above 4 MiB. Context: any. */
export function kmalloc_large(size: usize, gfp: u32): usize {
  if (size > KMALLOC_MAX_SIZE) {
    if (!(gfp & __GFP_NOWARN)) WARN(cstr("kmalloc of more than KMALLOC_MAX_SIZE"));
    return 0;
  }
  const order = get_order(size);
  const p = alloc_pages(gfp | __GFP_COMP, order);
  if (!p) return 0;
  changetype<page>(p).page_type = PAGE_TYPE_KMALLOC;
  account(1, 1 << order);
  if (DEBUG) pages_trim(page_to_pfn(p), size);
  return page_address(p);
}

/** linux/slab.h. kmalloc_large; there is one node. Context: any. */
export function kmalloc_large_node(size: usize, gfp: u32, node: i32): usize {
  return kmalloc_large(size, gfp);
}

/** Bytes of the large allocation at `address`, whose page is `p`; 0 if there is none. */
export function large_size(address: usize, p: usize): usize {
  if (changetype<page>(p).page_type != PAGE_TYPE_KMALLOC || page_address(p) != address) return 0;
  return DEBUG ? page_track(page_to_pfn(p)).size : PAGE_BYTES << compound_order(p);
}

export function large_free(address: usize, p: usize): void {
  if (!large_size(address, p)) {
    bad_free(address);
    return;
  }
  const order = compound_order(p);
  account(-1, -(1 << order));
  changetype<page>(p).page_type = PAGE_TYPE_NONE;
  __free_pages(p, order);
}

export function large_live_objects(): u32 {
  return large.count;
}

export function large_live_bytes(): usize {
  return (<usize>large.pages) << PAGE_SHIFT;
}
