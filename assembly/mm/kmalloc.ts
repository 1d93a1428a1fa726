// kmalloc (mm/slab_common.c): the size classes of Linux over the caches of mm/slub. All memory is alike here, so the four
// rows of kmalloc_caches, normal, cgroup, reclaimable and DMA, name the same caches.

import { KMALLOC_MAX_CACHE_SIZE, KMALLOC_SHIFT_HIGH, NR_KMALLOC_TYPES, ZERO_SIZE_PTR, __GFP_ZERO } from "../abi";
import { DEBUG } from "../flavour";
import { object_track } from "./debug/track";
import { kmalloc_large, large_size } from "./kmalloc_large";
import { kmem_cache } from "./kmem_cache";
import { virt_to_page } from "./page";
import { kmem_cache_init } from "./slab_common";
import { kfree, slab_alloc, slab_of } from "./slub";

/** mm/slab.h. The cache is a size class of kmalloc. */
export const SLAB_KMALLOC: u32 = 0x1000;

const COLUMNS: u32 = KMALLOC_SHIFT_HIGH + 1;
const ROW_BYTES: usize = <usize>COLUMNS * sizeof<usize>();

/** linux/slab.h. `struct kmem_cache *kmalloc_caches[type][index]`: index 1 is 96 bytes, 2 is 192, n is 2^n. */
export const kmalloc_caches: usize = memory.data(56 * 4, 4);

/** The index for sizes 1..192, by (size - 1) / 8. */
const size_index = memory.data<u8>([3, 4, 5, 5, 6, 6, 6, 6, 1, 1, 1, 1, 7, 7, 7, 7, 2, 2, 2, 2, 2, 2, 2, 2]);

function add_class(index: u32, size: u32, name: usize, memory_: usize): void {
  const s = kmem_cache_init(memory_, name, size, size & (size - 1) ? 8 : size, SLAB_KMALLOC, 0);
  for (let type: u32 = 0; type < NR_KMALLOC_TYPES; type++) {
    store<usize>(kmalloc_caches + type * ROW_BYTES + ((<usize>index) << 2), changetype<usize>(s));
  }
}

/** Makes the size classes, each in `stride` bytes from `memory_` on. */
export function kmalloc_init(memory_: usize, stride: usize): void {
  add_class(3, 8, cstr("kmalloc-8"), memory_);
  add_class(4, 16, cstr("kmalloc-16"), memory_ + stride);
  add_class(5, 32, cstr("kmalloc-32"), memory_ + stride * 2);
  add_class(6, 64, cstr("kmalloc-64"), memory_ + stride * 3);
  add_class(1, 96, cstr("kmalloc-96"), memory_ + stride * 4);
  add_class(7, 128, cstr("kmalloc-128"), memory_ + stride * 5);
  add_class(2, 192, cstr("kmalloc-192"), memory_ + stride * 6);
  add_class(8, 256, cstr("kmalloc-256"), memory_ + stride * 7);
  add_class(9, 512, cstr("kmalloc-512"), memory_ + stride * 8);
  add_class(10, 1024, cstr("kmalloc-1k"), memory_ + stride * 9);
  add_class(11, 2048, cstr("kmalloc-2k"), memory_ + stride * 10);
  add_class(12, 4096, cstr("kmalloc-4k"), memory_ + stride * 11);
  add_class(13, 8192, cstr("kmalloc-8k"), memory_ + stride * 12);
}

@inline
function class_of(size: usize): usize {
  const index = size <= 192 ? <u32>load<u8>(size_index + ((size - 1) >> 3)) : 32 - <u32>clz(<u32>(size - 1));
  return load<usize>(kmalloc_caches + ((<usize>index) << 2));
}

/** Debug: no class whose objects have exactly `size` bytes, so that there is room for a red zone. A power of two goes to
 *  the next one, since its address is to be a multiple of it. */
@inline
function with_red_zone(size: usize): usize {
  return size & (size - 1) ? size + 1 : size << 1;
}

/** linux/slab.h. `size` bytes, aligned to 8, or to `size` if that is a power of two; zeroed with __GFP_ZERO. kmalloc(0) is
 *  ZERO_SIZE_PTR. Returns NULL if there is no memory. Context: any. */
export function __kmalloc(size: usize, gfp: u32): usize {
  if (size - 1 >= <usize>KMALLOC_MAX_CACHE_SIZE) return size ? kmalloc_large(size, gfp) : ZERO_SIZE_PTR;
  if (!DEBUG) return slab_alloc(changetype<kmem_cache>(class_of(size)), gfp, size);
  const room = with_red_zone(size);
  if (room > <usize>KMALLOC_MAX_CACHE_SIZE) return kmalloc_large(size, gfp);
  return slab_alloc(changetype<kmem_cache>(class_of(room)), gfp, size);
}

/** linux/slab.h. As __kmalloc, so NULL without memory. Inline in Linux, where it becomes kmalloc_trace or
 *  __kmalloc. Context: any that `gfp` allows. */
export function kmalloc(size: usize, gfp: u32): usize {
  return __kmalloc(size, gfp);
}

/** linux/slab.h. What kmalloc() of a constant size becomes: an object of size class `s`. Context: any. */
export function kmalloc_trace(s: usize, gfp: u32, size: usize): usize {
  return DEBUG ? __kmalloc(size, gfp) : slab_alloc(changetype<kmem_cache>(s), gfp, size);
}

/** linux/slab.h. kmalloc_trace; there is one node. Context: any. */
export function kmalloc_node_trace(s: usize, gfp: u32, node: i32, size: usize): usize {
  return kmalloc_trace(s, gfp, size);
}

/** linux/slab.h. __kmalloc; there is one node. Context: any. */
export function __kmalloc_node(size: usize, gfp: u32, node: i32): usize {
  return __kmalloc(size, gfp);
}

/** linux/slab.h. __kmalloc; there is one node, and callers are not recorded. Context: any. */
export function __kmalloc_node_track_caller(size: usize, gfp: u32, node: i32, caller: usize): usize {
  return __kmalloc(size, gfp);
}

/** linux/slab.h. __kmalloc of zeroed memory: NULL if there is none. Inline in Linux. Context: any that `gfp`
 *  allows. */
export function kzalloc(size: usize, gfp: u32): usize {
  return __kmalloc(size, gfp | __GFP_ZERO);
}

/** linux/slab.h. An array of `n` elements of `size` bytes; NULL if their product overflows. Inline in Linux. Context: any. */
export function kmalloc_array(n: usize, size: usize, gfp: u32): usize {
  const bytes = <u64>n * <u64>size;
  return bytes > <u64>usize.MAX_VALUE ? 0 : __kmalloc(<usize>bytes, gfp);
}

/** linux/slab.h. A zeroed array of `n` elements of `size` bytes; NULL if their product overflows. Inline in Linux. Context: any. */
export function kcalloc(n: usize, size: usize, gfp: u32): usize {
  return kmalloc_array(n, size, gfp | __GFP_ZERO);
}

/** linux/slab.h. How many bytes kmalloc of `size` bytes really gives. Context: any. */
export function kmalloc_size_roundup(size: usize): usize {
  if (!size) return 0;
  if (size <= <usize>KMALLOC_MAX_CACHE_SIZE) return changetype<kmem_cache>(class_of(size)).object_size;
  return size > 0x80000000 ? size : (<usize>1) << (32 - <u32>clz(<u32>(size - 1)));
}

/** linux/slab.h. The bytes that belong to the allocation at `object`, at least those asked for; 0 for NULL and ZERO_SIZE_PTR.
 *  Context: any. */
export function ksize(object: usize): usize {
  if (object <= ZERO_SIZE_PTR) return 0;
  const slab = slab_of(object);
  if (DEBUG && changetype<usize>(slab)) return object_track(slab, <u32>(object - slab.base) / slab.cache.size).size;
  return changetype<usize>(slab) ? slab.cache.object_size : large_size(object, virt_to_page(object));
}

/** linux/slab.h. Makes the allocation `object` at least `size` bytes large, moving it if it must; NULL allocates, size 0
 *  frees. Returns the new address, or NULL if there is no memory (the old allocation stays). Context: any. */
export function krealloc(object: usize, size: usize, gfp: u32): usize {
  if (!size) {
    kfree(object);
    return ZERO_SIZE_PTR;
  }
  const have = ksize(object);
  if (have >= size) return object;
  const moved = __kmalloc(size, gfp);
  if (!moved) return 0;
  memory.copy(moved, object, have);
  kfree(object);
  return moved;
}

/** linux/slab.h. Overwrites an allocation with zeros and frees it. Context: any. */
export function kfree_sensitive(object: usize): void {
  const size = ksize(object);
  if (size) memory.fill(object, 0, size);
  kfree(object);
}
