// Contiguous pages of any number, also more than the largest order holds: a block of the next order whose end is given
// back, or a run of neighbouring free blocks found by walking mem_map. What vmalloc stands on, as there is no MMU.

import { MAX_ORDER, PAGE_SHIFT, __GFP_COMP, __GFP_NOWARN, __GFP_ZERO } from "../abi";
import { DEBUG } from "../flavour";
import { WARN } from "../kernel/panic";
import { bad_page, check_freeable } from "./bad_page";
import {
  buddy_give_range,
  buddy_order,
  buddy_take,
  buddy_take_below,
  buddy_take_block,
  page_is_buddy,
  zone_lock,
} from "./buddy";
import { guard_free, guard_set, guards } from "./debug/guard";
import { pages_allocated, pages_freed } from "./debug/track";
import { mm_lock, mm_unlock } from "./lock";
import { PAGE_BYTES, max_mapnr, page_address, page_to_pfn, pfn_to_page, virt_to_page } from "./page";
import { page_count, page_ref_sub_and_test, set_page_count } from "./page_ref";
import { slub_reclaim } from "./reclaim";
import { warn_alloc } from "./warn";

/** linux/mm.h. The order of the smallest block that holds `size` bytes. */
@inline
export function get_order(size: usize): u32 {
  return size <= PAGE_BYTES ? 0 : 32 - <u32>clz(<u32>((size - 1) >> PAGE_SHIFT));
}

/** A block of the next order below page number `limit`, cut to `nr` pages; its start is aligned to the order. */
function take_block(nr: u32, limit: u32): usize {
  const order = get_order((<usize>nr) << PAGE_SHIFT);
  if (order >= MAX_ORDER) return 0;
  const p = limit < load<u32>(max_mapnr) ? buddy_take_below(order, limit) : buddy_take(order);
  if (p) buddy_give_range(page_to_pfn(p) + nr, page_to_pfn(p) + (1 << order));
  return p;
}

/** The first run of free blocks that has `nr` pages below page number `limit`. */
function take_run(nr: u32, limit: u32): usize {
  const end = min(limit, load<u32>(max_mapnr));
  let start: u32 = 0;
  let pfn: u32 = 0;
  while (pfn < end && pfn - start < nr) {
    const p = pfn_to_page(pfn);
    if (page_is_buddy(p)) pfn += 1 << buddy_order(p);
    else start = ++pfn;
  }
  if (pfn - start < nr || start + nr > end) return 0;
  let taken = start;
  while (taken < start + nr) taken += 1 << buddy_take_block(pfn_to_page(taken));
  buddy_give_range(start + nr, taken);
  return pfn_to_page(start);
}

function take(nr: u32, limit: u32, aligned: bool): usize {
  mm_lock(zone_lock);
  let p = take_block(nr, limit);
  if (!p && !aligned) p = take_run(nr, limit);
  mm_unlock(zone_lock);
  return p;
}

function alloc(nr: u32, gfp: u32, limit: u32, aligned: bool): usize {
  if (!nr || nr >= load<u32>(max_mapnr)) return 0;
  let p: usize = 0;
  if (DEBUG && guards()) {
    p = take(nr + 1, limit, aligned);
    if (p) guard_set(page_to_pfn(p) + nr);
  }
  if (!p) p = take(nr, limit, aligned);
  if (!p && slub_reclaim()) p = take(nr, limit, aligned);
  if (!p) return 0;
  if (DEBUG) pages_allocated(p, nr);
  const first = page_to_pfn(p);
  for (let i: u32 = 0; i < nr; i++) set_page_count(pfn_to_page(first + i), 1);
  if (gfp & __GFP_ZERO) memory.fill(page_address(p), 0, (<usize>nr) << PAGE_SHIFT);
  return p;
}

/** `nr` contiguous single pages, each with a reference; returns the first struct page, or NULL without a word. */
export function alloc_contig_pages(nr: u32, gfp: u32): usize {
  return alloc(nr, gfp, u32.MAX_VALUE, false);
}

/** The same, the first page's number a multiple of `align`, a power of two. */
export function alloc_contig_aligned(nr: u32, gfp: u32, align: u32): usize {
  const spare = align - 1;
  const p = alloc(nr + spare, gfp & ~__GFP_ZERO, u32.MAX_VALUE, false);
  if (!p) return 0;
  const taken = page_to_pfn(p);
  const first = (taken + spare) & ~spare;
  free_contig_range(taken, first - taken);
  free_contig_range(first + nr, taken + spare - first);
  const own = pfn_to_page(first);
  if (DEBUG) pages_allocated(own, nr);
  if (gfp & __GFP_ZERO) memory.fill(page_address(own), 0, (<usize>nr) << PAGE_SHIFT);
  return own;
}

/** The same below page number `limit`; aligned to the next power of two of pages, if that is an order. */
export function alloc_contig_below(nr: u32, gfp: u32, limit: u32): usize {
  return alloc(nr, gfp, limit, get_order((<usize>nr) << PAGE_SHIFT) < MAX_ORDER);
}

/** linux/gfp.h. Frees `nr` single pages from page number `pfn` on. Context: any. */
export function free_contig_range(pfn: u32, nr: u32): void {
  for (let i: u32 = 0; i < nr; i++) {
    const p = pfn_to_page(pfn + i);
    check_freeable(p);
    if (page_count(p) <= 0) bad_page(p, cstr("free of a page that is free already"));
  }
  let start = pfn;
  for (let i: u32 = 0; i < nr; i++) {
    if (page_ref_sub_and_test(pfn_to_page(pfn + i), 1)) continue;
    // A page that somebody still refers to stays with its user.
    give(start, pfn + i);
    start = pfn + i + 1;
  }
  give(start, pfn + nr);
}

function give(start: u32, end: u32): void {
  if (start == end) return;
  if (DEBUG) pages_freed(start, end - start);
  mm_lock(zone_lock);
  buddy_give_range(start, end);
  mm_unlock(zone_lock);
  if (DEBUG) guard_free(end);
}

/** linux/gfp.h. Allocates contiguous pages for `size` bytes, no more than those. Returns their address, or NULL. Context: any. */
export function alloc_pages_exact(size: usize, gfp: u32): usize {
  if (gfp & __GFP_COMP) {
    WARN(cstr("alloc_pages_exact with __GFP_COMP: its pages are single pages"));
    gfp &= ~__GFP_COMP;
  }
  const order = get_order(size);
  if (order >= MAX_ORDER) {
    if (!(gfp & __GFP_NOWARN)) WARN(cstr("alloc_pages_exact of more than the page allocator has in one block"));
    return 0;
  }
  const nr = max<u32>(1, <u32>((size + PAGE_BYTES - 1) >> PAGE_SHIFT));
  const p = alloc(nr, gfp, u32.MAX_VALUE, true);
  if (!p && !(gfp & __GFP_NOWARN)) warn_alloc(gfp, order);
  return p ? page_address(p) : 0;
}

/** linux/gfp.h. Frees what alloc_pages_exact returned for the same `size`. Context: any. */
export function free_pages_exact(address: usize, size: usize): void {
  if (address)
    free_contig_range(page_to_pfn(virt_to_page(address)), max<u32>(1, <u32>((size + PAGE_BYTES - 1) >> PAGE_SHIFT)));
}
