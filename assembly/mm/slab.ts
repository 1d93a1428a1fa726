// Slabs: blocks of pages cut into objects of one cache. Nothing is ever stored in a free object: the state of each lies in
// a byte of its own, so a second free, or a pointer into the middle, is seen, and a late write to freed memory harms nobody.
//
//   struct page ──private──► Slab { cache, base, map, … }
//   map[i]: state of the object at base + i * size, one byte more than there are objects (it stays FREE)
//   few objects: the map is inside the descriptor. Many: it is behind the last object of the slab.

import { SLAB_TYPESAFE_BY_RCU, __GFP_COMP, __GFP_NOWARN, __GFP_ZERO, page, sizeof_page } from "../abi";
import { own_affair, set_call_site, smp_processor_id } from "../arch/wasm/cpu";
import { DEBUG } from "../flavour";
import { list_add, list_del, list_empty, list_next } from "../lib/list";
import { get_order } from "./contig";
import { slab_created } from "./debug/poison";
import { TRACKS, Track, tracks_of } from "./debug/track";
import { CACHE_LINES, kmem_cache } from "./kmem_cache";
import { mm_lock, mm_unlock } from "./lock";
import { SLOT_BYTES, magazine_of, used } from "./magazine";
import { FLAG_SLAB, PAGE_BYTES, page_address, virt_to_page } from "./page";
import { __free_pages, alloc_pages } from "./page_alloc";
import { small_board } from "./small_board";

export const FREE: u32 = 0;
export const LIVE: u32 = 1;
/** In a magazine: free for whoever allocates, but not in its slab. */
export const CACHED: u32 = 2;

/** Objects whose state fits the descriptor. */
export const INLINE_OBJECTS: u32 = 31;

@unmanaged
export class Slab {
  cache: kmem_cache;
  base: usize;
  map: usize;
  /** Objects that are LIVE or CACHED. */
  inuse: u32;
  next: usize;
  prev: usize;
  /** No object before this one is FREE. */
  hint: u16;
  /** The CPU that takes objects from here. What two CPUs take from one slab has its state bytes in one cache line. */
  owner: u16;
  page: usize;
}

/** A descriptor: a Slab and its inline map; in the debug flavour the address of the objects' records behind them. What a
 *  CPU writes into the map shares no lines with another CPU's. */
const DESCRIPTOR_BYTES: usize = CACHE_LINES;

@unmanaged
class Descriptors {
  lock: u32;
  free: usize;
  pages: u32;
}
const descriptors = changetype<Descriptors>(memory.data(offsetof<Descriptors>(), 4));

export function descriptors_init(): void {
  memory.fill(changetype<usize>(descriptors), 0, offsetof<Descriptors>());
}

/** Descriptors stay for good, so they come in large lots: strewn page by page they would keep large blocks from merging. */
const LOT_ORDER: u32 = 3;
const SMALL_LOT_ORDER: u32 = 0;

function descriptors_add(order: u32): bool {
  const site = own_affair();
  const p = alloc_pages(__GFP_NOWARN, order);
  set_call_site(site);
  if (!p) return false;
  const base = page_address(p);
  mm_lock(changetype<usize>(descriptors));
  descriptors.pages += 1 << order;
  for (let offset: usize = 0; offset < PAGE_BYTES << order; offset += DESCRIPTOR_BYTES) descriptor_link(base + offset);
  mm_unlock(changetype<usize>(descriptors));
  return true;
}

function descriptor_get(): usize {
  if (!descriptors.free && !descriptors_add(small_board() ? SMALL_LOT_ORDER : LOT_ORDER) && !descriptors_add(0))
    return 0;
  mm_lock(changetype<usize>(descriptors));
  const d = descriptors.free;
  if (d) descriptors.free = load<usize>(d);
  mm_unlock(changetype<usize>(descriptors));
  return d;
}

function descriptor_link(d: usize): void {
  store<usize>(d, descriptors.free);
  descriptors.free = d;
}

function descriptor_put(d: usize): void {
  mm_lock(changetype<usize>(descriptors));
  descriptor_link(d);
  mm_unlock(changetype<usize>(descriptors));
}

/** Pages taken for descriptors; they are never given back. */
export function descriptor_pages(): u32 {
  return descriptors.pages;
}

@inline
function list_of(slab: Slab): usize {
  return changetype<usize>(slab) + offsetof<Slab>("next");
}

@inline
export function slab_of_list(entry: usize): Slab {
  return changetype<Slab>(entry - offsetof<Slab>("next"));
}

@inline
export function partial_of(s: kmem_cache): usize {
  return changetype<usize>(s) + offsetof<kmem_cache>("partial");
}

@inline
export function full_of(s: kmem_cache): usize {
  return changetype<usize>(s) + offsetof<kmem_cache>("full");
}

@inline
export function cache_lock(s: kmem_cache): usize {
  return changetype<usize>(s) + offsetof<kmem_cache>("lock");
}

/** Sets the order and the number of objects of a slab of `s`. */
export function slab_layout(s: kmem_cache): void {
  let order: u32 = 0;
  while (!small_board() && order < 3 && ((<u32>PAGE_BYTES) << order) / s.size < 8) order++;
  while ((<u32>PAGE_BYTES) << order < s.size) order++;
  const bytes = (<u32>PAGE_BYTES) << order;
  s.order = order;
  s.map_behind = <u32>(bytes / s.size > INLINE_OBJECTS);
  s.objects = s.map_behind ? (bytes - 1) / (s.size + 1) : bytes / s.size;
}

function mark_pages(first: usize, order: u32, slab: usize): void {
  for (let i: u32 = 0; i < 1 << order; i++) {
    const p = changetype<page>(first + <usize>i * <usize>sizeof_page);
    p.private_ = <u32>slab;
    p.flags = slab ? p.flags | FLAG_SLAB : p.flags & ~FLAG_SLAB;
  }
}

/** Debug. Pages for the records of a slab's objects; 0 if there is no memory. */
function tracks_alloc(s: kmem_cache, gfp: u32): usize {
  return alloc_pages(gfp | __GFP_ZERO, tracks_order(s));
}

@inline
function tracks_order(s: kmem_cache): u32 {
  return get_order(s.objects * offsetof<Track>());
}

/** Adds a slab of free objects to `s`; false if there is no memory. Its objects are constructed. */
export function slab_grow(s: kmem_cache, gfp: u32): bool {
  const site = own_affair();
  const grown = grow(s, gfp & ~__GFP_ZERO);
  set_call_site(site);
  return grown;
}

function grow(s: kmem_cache, gfp: u32): bool {
  const p = alloc_pages(gfp | __GFP_COMP, s.order);
  if (!p) return false;
  const slab = changetype<Slab>(descriptor_get());
  const tracks = DEBUG && changetype<usize>(slab) ? tracks_alloc(s, gfp) : 0;
  if (DEBUG && changetype<usize>(slab) && !tracks) {
    descriptor_put(changetype<usize>(slab));
    __free_pages(p, s.order);
    return false;
  }
  if (!changetype<usize>(slab)) {
    __free_pages(p, s.order);
    return false;
  }
  slab.cache = s;
  slab.base = page_address(p);
  slab.map = s.map_behind ? slab.base + s.objects * s.size : changetype<usize>(slab) + offsetof<Slab>();
  slab.inuse = 0;
  slab.hint = 0;
  slab.owner = <u16>smp_processor_id();
  slab.page = p;
  memory.fill(slab.map, 0, s.objects + 1);
  if (DEBUG) {
    store<usize>(changetype<usize>(slab), page_address(tracks), TRACKS);
    slab_created(s, slab.base);
  }
  mark_pages(p, s.order, changetype<usize>(slab));
  if (s.ctor) {
    for (let i: u32 = 0; i < s.objects; i++) call_indirect<void>(<u32>s.ctor, slab.base + i * s.size);
  }
  mm_lock(cache_lock(s));
  s.nr_slabs++;
  list_add(list_of(slab), partial_of(s));
  mm_unlock(cache_lock(s));
  return true;
}

function release(slab: Slab): void {
  const s = slab.cache;
  list_del(list_of(slab));
  s.nr_slabs--;
  const p = slab.page;
  if (DEBUG) __free_pages(virt_to_page(tracks_of(slab)), tracks_order(s));
  mark_pages(p, s.order, 0);
  descriptor_put(changetype<usize>(slab));
  __free_pages(p, s.order);
}

/** Moves free objects of one slab into the magazine at `top` until that holds `limit` bytes of slots. */
function take_from(slab: Slab, top: usize, limit: u32): usize {
  const s = slab.cache;
  let i: u32 = slab.hint;
  for (; i < s.objects && used(top) < limit; i++) {
    const state = slab.map + i;
    if (load<u8>(state) != FREE) continue;
    store<u8>(state, CACHED);
    slab.inuse++;
    top += SLOT_BYTES;
    store<usize>(top, slab.base + i * s.size);
    store<usize>(top, state, 4);
  }
  slab.hint = <u16>i;
  return top;
}

/** Fills the magazine at `top` to `limit` bytes of slots from the slabs of `s` that are this CPU's or nobody's, or from
 *  `any`, as far as they go; returns the new top. */
export function slab_refill(s: kmem_cache, top: usize, limit: u32, any: bool): usize {
  mm_lock(cache_lock(s));
  const cpu = <u16>smp_processor_id();
  let next = list_next(partial_of(s));
  while (used(top) < limit && next != partial_of(s)) {
    const slab = slab_of_list(next);
    next = list_next(next);
    if (!slab.inuse) slab.owner = cpu;
    if (slab.owner != cpu && !any) continue;
    top = take_from(slab, top, limit);
    if (slab.inuse < s.objects) continue;
    list_del(list_of(slab));
    list_add(list_of(slab), full_of(s));
  }
  mm_unlock(cache_lock(s));
  return top;
}

/** Gives the objects of the magazine at `top` back to their slabs and the pages of empty slabs to the page allocator;
 *  `keep` leaves a cache its last slab. Returns the top of the empty magazine. */
export function slab_flush(s: kmem_cache, top: usize, keep: bool): usize {
  mm_lock(cache_lock(s));
  for (; used(top); top -= SLOT_BYTES) {
    const state = load<usize>(top, 4);
    const slab = changetype<Slab>(<usize>changetype<page>(virt_to_page(load<usize>(top))).private_);
    store<u8>(state, FREE);
    slab.hint = <u16>min<u32>(slab.hint, <u32>(state - slab.map));
    if (slab.inuse-- == s.objects) {
      list_del(list_of(slab));
      list_add(list_of(slab), partial_of(s));
    }
    if (!slab.inuse && !(keep && s.nr_slabs == 1) && !(s.flags & SLAB_TYPESAFE_BY_RCU)) release(slab);
  }
  mm_unlock(cache_lock(s));
  return magazine_of(top);
}

/** Frees every slab without an object in use. The memory of SLAB_TYPESAFE_BY_RCU caches stays theirs until the `end`. */
export function slab_release_empty(s: kmem_cache, end: bool): void {
  if (s.flags & SLAB_TYPESAFE_BY_RCU && !end) return;
  mm_lock(cache_lock(s));
  let entry = list_next(partial_of(s));
  while (entry != partial_of(s)) {
    const slab = slab_of_list(entry);
    entry = list_next(entry);
    if (!slab.inuse) release(slab);
  }
  mm_unlock(cache_lock(s));
}

function live_in(list: usize): u32 {
  let count: u32 = 0;
  for (let entry = list_next(list); entry != list; entry = list_next(entry)) {
    const slab = slab_of_list(entry);
    for (let i: u32 = 0; i < slab.cache.objects; i++) count += <u32>(load<u8>(slab.map + i) == LIVE);
  }
  return count;
}

/** Objects of `s` that are allocated. Walks the slabs. */
export function slab_live_objects(s: kmem_cache): u32 {
  mm_lock(cache_lock(s));
  const count = live_in(partial_of(s)) + live_in(full_of(s));
  mm_unlock(cache_lock(s));
  return count;
}
