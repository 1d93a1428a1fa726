// struct kmem_cache: a class of objects of one size. Drivers only hold pointers to it, so the layout is the core's own.
//
//   CPU's Rounds ──► loaded magazine ◄─► previous magazine     no lock, no atomic operation
//                          │ full / empty
//                       depot: full magazines (lock-free stack, `depot`)
//                          │ too many / none
//                       slabs: pages cut into objects (under `lock`, mm/slab)

import { CPU_MAX } from "../arch/wasm/memory";

/** A CPU's two magazines, each as a pointer to its topmost used slot (mm/magazine). One cache line a CPU. */
@unmanaged
export class Rounds {
  loaded: usize;
  previous: usize;
}
export const ROUNDS_SHIFT: usize = 6;

@unmanaged
export class kmem_cache {
  /** Head of the depot: a tagged pointer to a stack of full magazines. */
  depot: u64;
  depot_count: u32;
  depot_max: u32;
  /** Bytes from one object to the next, and its reciprocal, 2^32 / size rounded up. */
  size: u32;
  reciprocal: u32;
  /** Bytes that belong to the user. */
  object_size: u32;
  align: u32;
  /** Bytes of slots that a magazine of this cache uses. */
  magazine_bytes: u32;
  /** Pages of a slab as a power of two, and objects in it. */
  order: u32;
  objects: u32;
  /** Whether the state bytes lie behind the objects instead of in the slab's descriptor. */
  map_behind: u32;
  flags: u32;
  /** Constructor, a table slot; 0: none. */
  ctor: usize;
  name: usize;
  /** Guards the lists below and the slabs on them. */
  lock: u32;
  nr_slabs: u32;
  /** list_head of slabs with a free object, and of those without. */
  partial: usize;
  partial_prev: usize;
  full: usize;
  full_prev: usize;
  /** list_head in the list of all caches. */
  next: usize;
  prev: usize;
}

/** The CPU blocks lie in front: their address is what the hot path computes. */
export const CPU_BLOCKS: usize = (<usize>CPU_MAX) << ROUNDS_SHIFT;
export const CACHE_BYTES: usize = CPU_BLOCKS + offsetof<kmem_cache>();

@inline
export function rounds_of(s: kmem_cache, cpu: u32): Rounds {
  return changetype<Rounds>(changetype<usize>(s) - CPU_BLOCKS + ((<usize>cpu) << ROUNDS_SHIFT));
}

/** The number of kmalloc's size classes. */
export const KMALLOC_CLASSES: u32 = 13;
