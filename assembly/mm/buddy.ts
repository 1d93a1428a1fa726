// The buddy system of mm/page_alloc.c: free blocks of 2^order pages, aligned to their size, on one list an order.
// A free block is marked in its first page only: PageBuddy in page_type, the order in `private`, the list in `lru`.
//
//   order 2  [0 1 2 3]            freeing a block looks at its buddy (pfn ^ 1 << order): if that is free and of the
//   order 1  [0 1] [2 3]          same order the two become one block of the next order, and so on upwards
//   order 0  [0] [1] [2] [3]
//
// Callers hold `zone_lock`.

import { MAX_ORDER, PG_buddy, offsetof_page_lru, page } from "../abi";
import { list_add, list_add_tail, list_del, list_empty, list_next, INIT_LIST_HEAD } from "../lib/list";
import { PAGE_TYPE_NONE, max_mapnr, page_to_pfn, pfn_to_page } from "./page";

@unmanaged
class Zone {
  lock: u32;
  free_pages: u32;
}

@unmanaged
class FreeArea {
  next: usize;
  prev: usize;
  nr_free: u32;
  pad: u32;
}

const zone = changetype<Zone>(memory.data(offsetof<Zone>(), 8));
const areas = memory.data(offsetof<FreeArea>() * MAX_ORDER, 8); // FreeArea[MAX_ORDER]

export const zone_lock: usize = changetype<usize>(zone);

@inline
function area_of(order: u32): FreeArea {
  return changetype<FreeArea>(areas + <usize>order * offsetof<FreeArea>());
}

export function buddy_init(): void {
  for (let order: u32 = 0; order < MAX_ORDER; order++) {
    INIT_LIST_HEAD(changetype<usize>(area_of(order)));
    area_of(order).nr_free = 0;
  }
  zone.free_pages = 0;
}

@inline
export function page_is_buddy(p: usize): bool {
  return changetype<page>(p).page_type == ~(<u32>PG_buddy);
}

@inline
export function buddy_order(p: usize): u32 {
  return <u32>changetype<page>(p).private_;
}

@inline
function lru_of(p: usize): usize {
  return p + offsetof_page_lru;
}

/** Puts a block on its list: `last`, where it is taken after the others. */
function insert(pfn: u32, order: u32, last: bool): void {
  const p = pfn_to_page(pfn);
  changetype<page>(p).page_type = ~(<u32>PG_buddy);
  changetype<page>(p).private_ = order;
  const area = area_of(order);
  if (last) list_add_tail(lru_of(p), changetype<usize>(area));
  else list_add(lru_of(p), changetype<usize>(area));
  area.nr_free++;
}

function remove(p: usize, order: u32): void {
  list_del(lru_of(p));
  area_of(order).nr_free--;
  changetype<page>(p).page_type = PAGE_TYPE_NONE;
  changetype<page>(p).private_ = 0;
}

/** Puts the block of 2^order pages at `pfn` back and merges it with its buddies as far as they are free. */
export function buddy_give(pfn: u32, order: u32): void {
  zone.free_pages += 1 << order;
  const end = load<u32>(max_mapnr);
  while (order < MAX_ORDER - 1) {
    const buddy = pfn ^ (1 << order);
    if (buddy + (1 << order) > end) break;
    const p = pfn_to_page(buddy);
    if (!page_is_buddy(p) || buddy_order(p) != order) break;
    remove(p, order);
    pfn &= buddy;
    order++;
  }
  insert(pfn, order, false);
}

/** Cuts the free block `p` down to 2^order pages from its start; the rest stays free. */
function cut(p: usize, order: u32, last: bool): usize {
  let have = buddy_order(p);
  const pfn = page_to_pfn(p);
  remove(p, have);
  while (have > order) {
    have--;
    insert(pfn + (1 << have), have, last);
  }
  zone.free_pages -= 1 << order;
  return p;
}

/** Takes a block of 2^order pages off the free lists; 0 if there is none. */
export function buddy_take(order: u32): usize {
  for (let have = order; have < MAX_ORDER; have++) {
    const area = changetype<usize>(area_of(have));
    if (!list_empty(area)) return cut(page_of_lru(list_next(area)), order, false);
  }
  return 0;
}

/** The same among blocks that start below page `limit` by at least their wanted size. Who asks for such pages will do so
 *  again: what is left of their block is for others last. */
export function buddy_take_below(order: u32, limit: u32): usize {
  for (let have = order; have < MAX_ORDER; have++) {
    const area = changetype<usize>(area_of(have));
    for (let entry = list_next(area); entry != area; entry = list_next(entry)) {
      const p = page_of_lru(entry);
      if (page_to_pfn(p) + (1 << order) <= limit) return cut(p, order, true);
    }
  }
  return 0;
}

/** Takes the free block that begins at `p` as a whole; returns its order. */
export function buddy_take_block(p: usize): u32 {
  const order = buddy_order(p);
  remove(p, order);
  zone.free_pages -= 1 << order;
  return order;
}

@inline
function page_of_lru(entry: usize): usize {
  return entry - offsetof_page_lru;
}

/** Gives back [pfn, end) in the largest aligned blocks. */
export function buddy_give_range(pfn: u32, end: u32): void {
  while (pfn < end) {
    let order: u32 = pfn ? <u32>min(ctz(pfn), MAX_ORDER - 1) : MAX_ORDER - 1;
    while (pfn + (1 << order) > end) order--;
    buddy_give(pfn, order);
    pfn += 1 << order;
  }
}

/** linux/swap.h. Pages that are free now. Context: any. */
export function nr_free_pages(): u32 {
  return zone.free_pages;
}

/** Free blocks of 2^order pages (/proc/buddyinfo). */
export function buddy_nr_free(order: u32): u32 {
  return area_of(order).nr_free;
}
