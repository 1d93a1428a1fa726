// mm/page_alloc.c: pages by powers of two. The buddy system keeps the free ones (mm/buddy); here they get and lose
// their reference counts, become compound pages, and the failures are reported.

import {
  COMPOUND_PAGE_DTOR,
  MAX_ORDER,
  PAGE_SHIFT,
  __GFP_COMP,
  __GFP_DIRECT_RECLAIM,
  __GFP_NOFAIL,
  __GFP_NOWARN,
  __GFP_ZERO,
  offsetof_page_lru,
  page,
  sizeof_page,
} from "../abi";
import { irqs_disabled } from "../arch/wasm/irqflags";
import { in_atomic } from "../arch/wasm/preempt";
import { DEBUG } from "../flavour";
import { might_alloc } from "../kernel/locking/might_sleep";
import { BUG, WARN } from "../kernel/panic";
import { rcu_barrier } from "../kernel/rcu";
import { list_add } from "../lib/list";
import { bad_page, check_freeable } from "./bad_page";
import { buddy_give, buddy_give_range, buddy_take, buddy_take_below, nr_free_pages, zone_lock } from "./buddy";
import { guard_free, guard_set, guards } from "./debug/guard";
import { pages_allocated, pages_freed } from "./debug/track";
import { mm_lock, mm_unlock } from "./lock";
import {
  FLAG_HEAD,
  PAGE_BYTES,
  compound_head,
  compound_order,
  is_page,
  max_mapnr,
  page_address,
  page_to_pfn,
  virt_to_page,
} from "./page";
import { page_count, page_ref_sub_and_test, set_page_count } from "./page_ref";
import { slub_reclaim } from "./reclaim";
import { warn_alloc } from "./warn";

export { page_address, virt_to_page } from "./page";
export { nr_free_pages } from "./buddy";

@inline
function tail(head: usize, index: u32): usize {
  return head + <usize>index * <usize>sizeof_page;
}

/** Makes 2^order pages one compound page, so that a reference to any of them counts on the first. */
function prep_compound_page(head: usize, order: u32): void {
  changetype<page>(head).flags = changetype<page>(head).flags | FLAG_HEAD;
  for (let i: u32 = 1; i < 1 << order; i++) changetype<page>(tail(head, i)).compound_head = head | 1;
  const first = changetype<page>(tail(head, 1));
  first.compound_dtor = <u8>COMPOUND_PAGE_DTOR;
  first.compound_order = <u8>order;
  first.compound_mapcount.counter = -1;
  first.compound_pincount.counter = 0;
}

function destroy_compound_page(head: usize, order: u32): void {
  changetype<page>(head).flags = changetype<page>(head).flags & ~FLAG_HEAD;
  const first = changetype<page>(tail(head, 1));
  first.compound_dtor = 0;
  first.compound_order = 0;
  for (let i: u32 = 1; i < 1 << order; i++) {
    const p = tail(head, i);
    if (changetype<page>(p).compound_head != (head | 1)) bad_page(p, cstr("the tail of a compound page lost its head"));
    changetype<page>(p).compound_head = 0;
  }
}

/** Frees 2^order pages whose reference count has reached 0. */
function free_block(p: usize, order: u32): void {
  check_freeable(p);
  if (changetype<page>(p).flags & FLAG_HEAD) {
    if (compound_order(p) != order) bad_page(p, cstr("free of a compound page by another order than it has"));
    destroy_compound_page(p, order);
  } else if (compound_head(p) != p) {
    bad_page(p, cstr("free of the tail of a compound page"));
  }
  for (let i: u32 = 1; i < 1 << order; i++) {
    check_freeable(tail(p, i));
    if (page_count(tail(p, i)))
      bad_page(tail(p, i), cstr("free of a block by a larger order than it was allocated with"));
  }
  if (DEBUG) pages_freed(page_to_pfn(p), 1 << order);
  mm_lock(zone_lock);
  buddy_give(page_to_pfn(p), order);
  mm_unlock(zone_lock);
  if (DEBUG) guard_free(page_to_pfn(p) + (1 << order));
}

/** Frees a page or compound page by its head, whose last reference is gone. */
export function free_unreferenced(head: usize): void {
  free_block(head, compound_order(head));
}

/** Debug: a block with a guard page behind it, cut from one of twice the size. */
function take_guarded(order: u32, limit: u32): usize {
  if (order + 1 >= MAX_ORDER) return 0;
  mm_lock(zone_lock);
  const p = limit < load<u32>(max_mapnr) ? buddy_take_below(order + 1, limit) : buddy_take(order + 1);
  const guard = page_to_pfn(p) + (1 << order);
  if (p) buddy_give_range(guard + 1, guard + (1 << order));
  mm_unlock(zone_lock);
  if (p) guard_set(guard);
  return p;
}

function take(order: u32, limit: u32): usize {
  if (DEBUG && guards()) {
    const guarded = take_guarded(order, limit);
    if (guarded) return guarded;
  }
  mm_lock(zone_lock);
  const p = limit < load<u32>(max_mapnr) ? buddy_take_below(order, limit) : buddy_take(order);
  mm_unlock(zone_lock);
  return p;
}

/** Gets pages back: those of empty slabs; for a caller that may sleep, also what only waits for a grace period. */
function reclaim(gfp: u32): bool {
  if (slub_reclaim()) return true;
  if (!(gfp & __GFP_DIRECT_RECLAIM) || in_atomic() || irqs_disabled()) return false;
  rcu_barrier();
  return slub_reclaim();
}

/** alloc_pages among the pages below page number `limit`. */
export function alloc_pages_below(gfp: u32, order: u32, limit: u32): usize {
  if (order >= MAX_ORDER) {
    if (!(gfp & __GFP_NOWARN)) WARN(cstr("an allocation of an order that the page allocator does not have"));
    return 0;
  }
  if (DEBUG) might_alloc(gfp, cstr("alloc_pages"));
  let p = take(order, limit);
  if (!p && reclaim(gfp)) p = take(order, limit);
  if (!p) {
    if (!(gfp & __GFP_NOWARN)) warn_alloc(gfp, order);
    if (gfp & __GFP_NOFAIL) BUG(cstr("out of memory in an allocation that must not fail (__GFP_NOFAIL)"));
    return 0;
  }
  set_page_count(p, 1);
  if (DEBUG) pages_allocated(p, 1 << order);
  if (order && gfp & __GFP_COMP) prep_compound_page(p, order);
  if (gfp & __GFP_ZERO) memory.fill(page_address(p), 0, PAGE_BYTES << order);
  return p;
}

/** 2^order contiguous pages, aligned to their size; returns the first struct page, or NULL. */
export function alloc_pages(gfp: u32, order: u32): usize {
  return alloc_pages_below(gfp, order, u32.MAX_VALUE);
}

/** linux/gfp.h. Allocates 2^order contiguous pages (__GFP_COMP, __GFP_ZERO, __GFP_NOWARN, __GFP_NOFAIL count; there is one
 *  node, `nid` and `nodemask` do not). Returns the first struct page, or NULL. Context: any. */
export function __alloc_pages(gfp: u32, order: u32, nid: i32, nodemask: usize): usize {
  return alloc_pages(gfp, order);
}

/** linux/gfp.h. Allocates 2^order pages as one compound page. Returns the struct folio, or NULL. Context: any. */
export function __folio_alloc(gfp: u32, order: u32, nid: i32, nodemask: usize): usize {
  return alloc_pages(gfp | __GFP_COMP, order);
}

/** linux/gfp.h. Fills the NULL entries of `pages[nr]` (or adds to the list) with single pages; returns how many entries
 *  hold a page now. Context: any. */
export function __alloc_pages_bulk(gfp: u32, nid: i32, nodemask: usize, nr: i32, list: usize, pages: usize): u32 {
  let have: i32 = 0;
  for (; have < nr; have++) {
    const slot = pages + ((<usize>have) << 2);
    if (!list && load<usize>(slot)) continue;
    const p = alloc_pages(gfp, 0);
    if (!p) break;
    if (list) list_add(p + offsetof_page_lru, list);
    else store<usize>(slot, p);
  }
  return have;
}

/** linux/gfp.h. Allocates 2^order contiguous pages. Returns their address, or 0. Context: any. */
export function __get_free_pages(gfp: u32, order: u32): usize {
  const p = alloc_pages(gfp, order);
  return p ? page_address(p) : 0;
}

/** linux/gfp.h. Allocates one page of zeros. Returns its address, or 0. Context: any. */
export function get_zeroed_page(gfp: u32): usize {
  return __get_free_pages(gfp | __GFP_ZERO, 0);
}

/** linux/gfp.h. Drops a reference on the block of 2^order pages at `p` and frees it with the last one. A page that is free
 *  or in use otherwise is a BUG. Context: any. */
export function __free_pages(p: usize, order: u32): void {
  if (!is_page(p)) bad_page(p, cstr("free of what is no page"));
  if (page_count(p) <= 0) bad_page(p, cstr("free of a page that is free already"));
  if (page_ref_sub_and_test(p, 1)) {
    free_block(p, order);
  } else if (!(changetype<page>(p).flags & FLAG_HEAD)) {
    // Somebody took a reference on the first page only: it stays, the rest goes.
    while (order-- > 0) free_block(tail(p, 1 << order), order);
  }
}

/** linux/gfp.h. Frees what __get_free_pages returned; 0 is ignored. Context: any. */
export function free_pages(address: usize, order: u32): void {
  if (!address) return;
  if (<u32>(address >> PAGE_SHIFT) >= load<u32>(max_mapnr))
    bad_page(address, cstr("free_pages of an address outside RAM"));
  __free_pages(virt_to_page(address), order);
}

/** linux/mm.h. What put_page() and folio_put() call for the last reference. Context: any. */
export function __folio_put(folio: usize): void {
  free_unreferenced(folio);
}

/** linux/mm.h. Makes a block of 2^order pages single pages, each with a reference of its own. Context: any. */
export function split_page(p: usize, order: u32): void {
  if (changetype<page>(p).flags & FLAG_HEAD) bad_page(p, cstr("split_page of a compound page"));
  for (let i: u32 = 1; i < 1 << order; i++) set_page_count(tail(p, i), 1);
}
