// mm/slab_common.c: making and ending caches, arrays of objects, and what the allocator has given out.

import { ARCH_SLAB_MINALIGN, KMALLOC_MAX_SIZE, L1_CACHE_BYTES, SLAB_HWCACHE_ALIGN, SLAB_PANIC } from "../abi";
import { smp_processor_id } from "../arch/wasm/cpu";
import { BOOT_NR_CPUS } from "../arch/wasm/memory";
import { DEBUG } from "../flavour";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_next } from "../lib/list";
import { WARN, panic_ } from "../kernel/panic";
import { pr } from "../kernel/printk/printk";
import { quarantine_drain, quarantine_init } from "./debug/quarantine";
import { SLAB_KMALLOC, kmalloc_init } from "./kmalloc";
import { large_init, large_live_bytes, large_live_objects } from "./kmalloc_large";
import { CACHE_BYTES, CACHE_LINES, CPU_BLOCKS, KMALLOC_CLASSES, kmem_cache, rounds_of } from "./kmem_cache";
import { mm_lock, mm_unlock } from "./lock";
import { SLOTS, SLOT_BYTES, magazine_get, magazine_init, magazine_put } from "./magazine";
import { descriptors_init, full_of, partial_of, slab_layout, slab_live_objects, slab_release_empty } from "./slab";
import { kfree, kmem_cache_alloc, kmem_cache_free, slub_drain, slub_set_ram_end } from "./slub";
import { kstrdup } from "./util";

/** A magazine holds no more than this, unless that were less than two objects. */
const MAGAZINE_OBJECT_BYTES: u32 = 0x8000;
/** A depot holds no more than this, unless that were less than two magazines. */
const DEPOT_OBJECT_BYTES: u32 = 0x20000;

/** Bytes behind each object of a cache that nobody may write, debug. */
const RED_ZONE: u32 = 8;

@unmanaged
class Caches {
  /** list_head of all caches. */
  next: usize;
  prev: usize;
  lock: u32;
}
const caches = changetype<Caches>(memory.data(offsetof<Caches>(), 4));

const STRIDE: usize = (CACHE_BYTES + CACHE_LINES - 1) & ~(CACHE_LINES - 1);
/** The size classes, and the cache of caches. */
const boot_caches = memory.data(STRIDE * (KMALLOC_CLASSES + 1), 128);

@inline
function caches_lock(): usize {
  return changetype<usize>(caches) + offsetof<Caches>("lock");
}

@inline
function link_of(s: kmem_cache): usize {
  return changetype<usize>(s) + offsetof<kmem_cache>("next");
}

/** The cache after `s` in the list of all, the first for NULL; NULL at the end. */
export function next_cache(s: kmem_cache): kmem_cache {
  const entry = list_next(changetype<usize>(s) ? link_of(s) : changetype<usize>(caches));
  return changetype<kmem_cache>(entry == changetype<usize>(caches) ? 0 : entry - offsetof<kmem_cache>("next"));
}

/** Makes the CACHE_BYTES at `block` an empty cache; NULL if there is no memory for its magazines. */
export function kmem_cache_init(block: usize, name: usize, size: u32, align: u32, flags: u32, ctor: usize): kmem_cache {
  memory.fill(block, 0, CACHE_BYTES);
  const s = changetype<kmem_cache>(block + CPU_BLOCKS);
  s.object_size = size;
  s.align = align;
  // Size classes have their red zone inside (mm/kmalloc).
  const room = DEBUG && !(flags & SLAB_KMALLOC) ? size + RED_ZONE : size;
  s.size = (room + align - 1) & ~(align - 1);
  s.reciprocal = <u32>((0x100000000 + <u64>s.size - 1) / <u64>s.size);
  const rounds = max<u32>(2, min<u32>(SLOTS, MAGAZINE_OBJECT_BYTES / s.size));
  s.magazine_bytes = rounds * <u32>SLOT_BYTES;
  s.depot_max = max<u32>(2, DEPOT_OBJECT_BYTES / (rounds * s.size));
  s.flags = flags;
  s.ctor = ctor;
  s.name = name;
  slab_layout(s);
  INIT_LIST_HEAD(partial_of(s));
  INIT_LIST_HEAD(full_of(s));
  for (let cpu: u32 = 0; cpu < load<u32>(BOOT_NR_CPUS); cpu++) {
    const magazine = magazine_get();
    if (!magazine) {
      free_magazines(s);
      return changetype<kmem_cache>(0);
    }
    rounds_of(s, cpu).loaded = magazine;
  }
  list(s);
  return s;
}

function list(s: kmem_cache): void {
  mm_lock(caches_lock());
  list_add_tail(link_of(s), changetype<usize>(caches));
  mm_unlock(caches_lock());
}

function unlist(s: kmem_cache): void {
  mm_lock(caches_lock());
  list_del(link_of(s));
  mm_unlock(caches_lock());
}

function free_magazines(s: kmem_cache): void {
  for (let cpu: u32 = 0; cpu < load<u32>(BOOT_NR_CPUS); cpu++) {
    const rounds = rounds_of(s, cpu);
    if (rounds.loaded) magazine_put(rounds.loaded);
    if (rounds.previous) magazine_put(rounds.previous);
    if (rounds.remote) magazine_put(rounds.remote);
  }
}

/** Makes the size classes of kmalloc; from now on everything allocates. */
export function slab_init(ram_end: usize): void {
  INIT_LIST_HEAD(changetype<usize>(caches));
  if (DEBUG) quarantine_init();
  magazine_init();
  descriptors_init();
  large_init();
  kmem_cache_init(boot_caches, cstr("kmem_cache"), <u32>CACHE_BYTES, <u32>CACHE_LINES, 0, 0);
  kmalloc_init(boot_caches + STRIDE, STRIDE);
  slub_set_ram_end(ram_end);
}

@inline
function cache_of_caches(): usize {
  return boot_caches + CPU_BLOCKS;
}

/** As much as the flags ask for, no less than a cache line for large objects that ask for cache lines. */
function alignment(flags: u32, align: u32, size: u32): u32 {
  let wanted = align;
  if (flags & SLAB_HWCACHE_ALIGN) {
    let line = L1_CACHE_BYTES;
    while (size <= line / 2) line /= 2;
    wanted = max(wanted, line);
  }
  wanted = max(wanted, ARCH_SLAB_MINALIGN);
  return wanted & (wanted - 1) ? 1 << (32 - <u32>clz(wanted)) : wanted;
}

function create(name: usize, size: u32, align: u32, flags: u32, ctor: usize): kmem_cache {
  if (!name || !size || size > KMALLOC_MAX_SIZE) return changetype<kmem_cache>(0);
  const block = kmem_cache_alloc(cache_of_caches(), 0);
  if (!block) return changetype<kmem_cache>(0);
  const copy = kstrdup(name, 0);
  const s = copy
    ? kmem_cache_init(block, copy, size, alignment(flags, align, size), flags, ctor)
    : changetype<kmem_cache>(0);
  if (!changetype<usize>(s)) {
    kfree(copy);
    kmem_cache_free(cache_of_caches(), block);
  }
  return s;
}

/** linux/slab.h. A cache of objects of `size` bytes, aligned to `align` (0: 8) and, if `ctor` is a function, constructed once
 *  when their slab is made. Returns it, or NULL (a panic with SLAB_PANIC). Context: process.
 *  Differs: caches are never merged, and objects are not checked against user copies. */
export function kmem_cache_create(name: usize, size: u32, align: u32, flags: u32, ctor: usize): usize {
  const s = create(name, size, align, flags, ctor);
  if (!changetype<usize>(s)) {
    pr(cstr("\x014kmem_cache_create(%s) failed"), name ? name : cstr("(null)"));
    if (flags & SLAB_PANIC) panic_(cstr("kmem_cache_create failed for a cache that the caller cannot do without"));
  }
  return changetype<usize>(s);
}

/** linux/slab.h. kmem_cache_create; the region that user copies may touch is not checked. Context: process. */
export function kmem_cache_create_usercopy(
  name: usize,
  size: u32,
  align: u32,
  flags: u32,
  useroffset: u32,
  usersize: u32,
  ctor: usize,
): usize {
  return kmem_cache_create(name, size, align, flags, ctor);
}

/** linux/slab.h. Ends a cache. Objects that were not freed are reported, and the cache stays for them. Context: process. */
export function kmem_cache_destroy(s_: usize): void {
  if (!s_) return;
  const s = changetype<kmem_cache>(s_);
  if (DEBUG) quarantine_drain();
  // Off the list first: another CPU that is short of memory drains its magazines of each cache there.
  unlist(s);
  for (let cpu: u32 = 0; cpu < load<u32>(BOOT_NR_CPUS); cpu++) slub_drain(s, cpu);
  slab_release_empty(s, true);
  if (s.nr_slabs) {
    list(s);
    pr(cstr("\x013BUG %s: %u objects remaining on kmem_cache_destroy()"), s.name, slab_live_objects(s));
    WARN(cstr("kmem_cache_destroy: slab cache still has objects"));
    return;
  }
  free_magazines(s);
  kfree(s.name);
  kmem_cache_free(cache_of_caches(), s_ - CPU_BLOCKS);
}

/** linux/slab.h. Gives unused memory of a cache back to the page allocator. Returns 0. Context: any. */
export function kmem_cache_shrink(s_: usize): i32 {
  const s = changetype<kmem_cache>(s_);
  if (DEBUG) quarantine_drain();
  slub_drain(s, smp_processor_id());
  slab_release_empty(s, false);
  return 0;
}

/** linux/slab.h. The size of the objects of a cache, bytes. Context: any. */
export function kmem_cache_size(s: usize): u32 {
  return changetype<kmem_cache>(s).object_size;
}

/** linux/slab.h. kmem_cache_alloc; there is one node. Context: any. */
export function kmem_cache_alloc_node(s: usize, gfp: u32, node: i32): usize {
  return kmem_cache_alloc(s, gfp);
}

/** linux/slab.h. Fills `objects[n]`. Returns `n`, or 0 if there is not memory for all of them. Context: any. */
export function kmem_cache_alloc_bulk(s: usize, gfp: u32, n: usize, objects: usize): i32 {
  for (let i: usize = 0; i < n; i++) {
    const object = kmem_cache_alloc(s, gfp);
    if (!object) {
      kmem_cache_free_bulk(s, i, objects);
      return 0;
    }
    store<usize>(objects + (i << 2), object);
  }
  return <i32>n;
}

/** linux/slab.h. Frees the objects in `objects[n]`; `s` NULL: of any kmalloc (kfree_bulk). Context: any. */
export function kmem_cache_free_bulk(s: usize, n: usize, objects: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const object = load<usize>(objects + (i << 2));
    if (s) kmem_cache_free(s, object);
    else kfree(object);
  }
}

/** Objects given out and not freed, of all caches and of large kmallocs. Walks the slabs: for reports, not for hot paths. */
export function kmem_live_objects(): u32 {
  let count = large_live_objects();
  for (let s = next_cache(changetype<kmem_cache>(0)); changetype<usize>(s); s = next_cache(s))
    count += slab_live_objects(s);
  return count;
}

/** Bytes of those objects, as ksize counts them. */
export function kmem_live_bytes(): usize {
  let bytes = large_live_bytes();
  for (let s = next_cache(changetype<kmem_cache>(0)); changetype<usize>(s); s = next_cache(s)) {
    bytes += slab_live_objects(s) * s.object_size;
  }
  return bytes;
}
