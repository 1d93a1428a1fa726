// mm/slub.c: the allocation and freeing of objects. The hot path takes a slot off this CPU's loaded magazine and writes one
// state byte; it holds no lock, and needs none against interrupts either: they are taken at windows and none lies in here.

import { PAGE_SHIFT, ZERO_SIZE_PTR, __GFP_ZERO, page, sizeof_page } from "../abi";
import { smp_processor_id } from "../arch/wasm/cpu";
import { DEBUG } from "../flavour";
import { might_alloc } from "../kernel/locking/might_sleep";
import { bad_free, wrong_cache } from "./bad_free";
import { object_allocated, object_freed } from "./debug/poison";
import { quarantine_put } from "./debug/quarantine";
import { large_free } from "./kmalloc_large";
import { Depot, Rounds, depot_of, kmem_cache, rounds_of } from "./kmem_cache";
import { SLOT_BYTES, magazine_get, magazine_put, pop, push, used } from "./magazine";
import { FLAG_SLAB, max_mapnr, mem_map } from "./page";
import { CACHED, LIVE, Slab, slab_flush, slab_grow, slab_refill } from "./slab";

export { __kmalloc, kcalloc, kmalloc, kmalloc_array, krealloc, ksize, kzalloc } from "./kmalloc";
export { kmem_cache_alloc_bulk, kmem_cache_create, kmem_cache_destroy, kmem_cache_free_bulk } from "./slab_common";

/** One past the last byte that kfree looks up, less ZERO_SIZE_PTR + 1. Zero until the allocator is up. */
const span = memory.data(4, 4);

export function slub_set_ram_end(end: usize): void {
  store<usize>(span, end - ZERO_SIZE_PTR - 1);
}

@inline
function depot_head(s: kmem_cache): usize {
  return changetype<usize>(depot_of(s)) + offsetof<Depot>("head");
}

@inline
function depot_count(s: kmem_cache): usize {
  return changetype<usize>(depot_of(s)) + offsetof<Depot>("count");
}

@inline
function zero(object: usize, bytes: usize): void {
  if (bytes > 128) {
    memory.fill(object, 0, bytes);
    return;
  }
  // Objects are whole words; the engine's fill is a call, which costs more than these stores.
  const end = object + bytes;
  for (; object < end; object += 8) store<u64>(object, 0);
}

/** The hot path, in line in each of the functions that drivers call. `size` is what was asked for. */
@inline
export function slab_alloc(s: kmem_cache, gfp: u32, size: usize): usize {
  if (DEBUG) might_alloc(gfp, cstr("kmalloc"));
  const rounds = rounds_of(s, smp_processor_id());
  let top = rounds.loaded;
  if (!used(top)) {
    top = alloc_slow(s, rounds, gfp);
    if (!top) return 0;
  }
  rounds.loaded = top - SLOT_BYTES;
  const object = load<usize>(top);
  store<u8>(load<usize>(top, 4), LIVE);
  if (DEBUG) object_allocated(s, object, load<usize>(top, 4), size, gfp);
  else if (gfp & __GFP_ZERO) zero(object, s.object_size);
  return object;
}

/** linux/slab.h. An object of cache `s`, zeroed with __GFP_ZERO. Returns NULL if there is no memory. Context: any. */
export function kmem_cache_alloc(s: usize, gfp: u32): usize {
  return slab_alloc(changetype<kmem_cache>(s), gfp, changetype<kmem_cache>(s).object_size);
}

/** The loaded magazine is empty: exchanges or fills it, and returns its top, or 0 if there is no memory. */
function alloc_slow(s: kmem_cache, rounds: Rounds, gfp: u32): usize {
  const previous = rounds.previous;
  if (previous && used(previous)) {
    rounds.previous = rounds.loaded;
    rounds.loaded = previous;
    return previous;
  }
  const full = pop(depot_head(s));
  if (full) {
    atomic.sub<u32>(depot_count(s), 1);
    if (previous) magazine_put(previous);
    rounds.previous = rounds.loaded;
    rounds.loaded = full;
    return full;
  }
  return fill(s, rounds, gfp) ? rounds.loaded : 0;
}

/** Half a magazine: what is taken back at once leaves room for what is freed at once. */
function fill(s: kmem_cache, rounds: Rounds, gfp: u32): bool {
  const limit = max<u32>((s.magazine_bytes >> 1) & ~7, <u32>SLOT_BYTES);
  while (true) {
    rounds.loaded = slab_refill(s, rounds.loaded, limit, false);
    if (used(rounds.loaded)) return true;
    if (slab_grow(s, gfp)) continue;
    rounds.loaded = slab_refill(s, rounds.loaded, limit, true);
    return used(rounds.loaded) != 0;
  }
}

/** Puts a free object of another CPU's slab aside. */
function release_remote(s: kmem_cache, rounds: Rounds, object: usize, state: usize): bool {
  if (!rounds.remote) {
    const empty = magazine_get();
    if (!empty) return false;
    // Short of memory, the page allocator had objects freed, which may have begun one.
    if (rounds.remote) magazine_put(empty);
    else rounds.remote = empty;
  }
  let top = rounds.remote;
  if (used(top) == s.magazine_bytes) top = slab_flush(s, top, true);
  top += SLOT_BYTES;
  rounds.remote = top;
  store<usize>(top, object);
  store<usize>(top, state, 4);
  return true;
}

/** Puts a free object into this CPU's magazine. */
@inline
function release(s: kmem_cache, slab: Slab, object: usize, state: usize): void {
  const cpu = smp_processor_id();
  const rounds = rounds_of(s, cpu);
  if (slab.owner != <u16>cpu && release_remote(s, rounds, object, state)) return;
  let top = rounds.loaded;
  if (used(top) == s.magazine_bytes) top = free_slow(s, rounds);
  top += SLOT_BYTES;
  rounds.loaded = top;
  store<usize>(top, object);
  store<usize>(top, state, 4);
}

/** The loaded magazine is full: puts one with room in its place and returns its top. */
function free_slow(s: kmem_cache, rounds: Rounds): usize {
  let previous = rounds.previous;
  if (previous && used(previous) < s.magazine_bytes) {
    rounds.previous = rounds.loaded;
    rounds.loaded = previous;
    return previous;
  }
  const empty = previous && load<u32>(depot_count(s)) >= s.depot_max ? 0 : magazine_get();
  if (!empty) {
    rounds.loaded = slab_flush(s, rounds.loaded, true);
    return rounds.loaded;
  }
  if (used(rounds.loaded) < s.magazine_bytes) {
    // Short of memory, the page allocator had this CPU's magazines emptied.
    magazine_put(empty);
    return rounds.loaded;
  }
  previous = rounds.previous;
  if (previous) {
    atomic.add<u32>(depot_count(s), 1);
    push(depot_head(s), previous);
  }
  rounds.previous = rounds.loaded;
  rounds.loaded = empty;
  return empty;
}

/** Gives the magazines of CPU `cpu` and of the depot back to the slabs. Only for this CPU's own, or a cache at its end. */
export function slub_drain(s: kmem_cache, cpu: u32): void {
  const rounds = rounds_of(s, cpu);
  if (rounds.loaded) rounds.loaded = slab_flush(s, rounds.loaded, false);
  if (rounds.previous) rounds.previous = slab_flush(s, rounds.previous, false);
  if (rounds.remote) rounds.remote = slab_flush(s, rounds.remote, false);
  while (true) {
    const full = pop(depot_head(s));
    if (!full) return;
    atomic.sub<u32>(depot_count(s), 1);
    magazine_put(slab_flush(s, full, false));
  }
}

/** The state byte of a live object of any cache; 0, after a report, if `object` is none. */
@inline
function state_of(slab: Slab, object: usize): usize {
  const s = slab.cache;
  const offset = <u32>(object - slab.base);
  const index = <u32>((<u64>offset * <u64>s.reciprocal) >> 32);
  const state = slab.map + index;
  return index * s.size == offset && load<u8>(state) == LIVE ? state : 0;
}

/** linux/slab.h. Frees what kmalloc and its kin returned; NULL and ZERO_SIZE_PTR are ignored. A pointer that is not a live
 *  object is reported and left alone. Context: any. */
export function kfree(object: usize): void {
  if (object - ZERO_SIZE_PTR - 1 >= load<usize>(span)) {
    if (object > ZERO_SIZE_PTR) bad_free(object);
    return;
  }
  const p = load<usize>(mem_map) + (object >> PAGE_SHIFT) * <usize>sizeof_page;
  if (!(changetype<page>(p).flags & FLAG_SLAB)) {
    large_free(object, p);
    return;
  }
  const slab = changetype<Slab>(<usize>changetype<page>(p).private_);
  const state = state_of(slab, object);
  if (!state) {
    bad_free(object);
    return;
  }
  if (DEBUG) object_freed(slab.cache, object, state);
  store<u8>(state, CACHED);
  if (DEBUG && quarantine_put(slab.cache, object, state)) return;
  release(slab.cache, slab, object, state);
}

/** Debug: an object leaves the quarantine. */
export function object_released(s: kmem_cache, object: usize, state: usize): void {
  release(s, slab_of(object), object, state);
}

/** linux/slab.h. Frees an object of cache `s`. An object of another cache is reported, and freed to its own. Context: any. */
export function kmem_cache_free(s: usize, object: usize): void {
  const slab = slab_of(object);
  if (!changetype<usize>(slab)) {
    bad_free(object);
    return;
  }
  if (changetype<usize>(slab.cache) != s) wrong_cache(changetype<kmem_cache>(s), slab.cache, object);
  kfree(object);
}

/** The slab that `address` lies in, or NULL. */
export function slab_of(address: usize): Slab {
  const pfn = <u32>(address >> PAGE_SHIFT);
  if (pfn >= load<u32>(max_mapnr)) return changetype<Slab>(0);
  const p = changetype<page>(load<usize>(mem_map) + <usize>pfn * <usize>sizeof_page);
  return changetype<Slab>(p.flags & FLAG_SLAB ? <usize>p.private_ : 0);
}
