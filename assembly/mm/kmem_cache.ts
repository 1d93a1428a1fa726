// struct kmem_cache: a class of objects of one size. Drivers only hold pointers to it, so the layout is the core's own.
//
//   CPU's Rounds ──► loaded magazine ◄─► previous magazine     no lock, no atomic operation
//        │                 │ full / empty
//        │ remote: what other CPUs' slabs get back, a magazine at a time
//                       depot: full magazines (lock-free stack, `depot`)
//                          │ too many / none
//                       slabs: pages cut into objects (under `lock`, mm/slab)

import { CPU_MAX } from "../arch/wasm/memory";

/** A CPU's magazines, each as a pointer to its topmost used slot (mm/magazine). CACHE_LINES a CPU. */
@unmanaged
export class Rounds {
  loaded: usize;
  previous: usize;
  /** Objects of slabs that other CPUs take from. Reused here, their state bytes would travel between the CPUs' caches with
   *  each allocation; 0: no magazine yet. */
  remote: usize;
}
export const ROUNDS_SHIFT: usize = 7;
/** What CPUs write must lie so many bytes apart: processors fetch a cache line together with its neighbour, and two CPUs
 *  on the two lines of a pair were half as fast. */
export const CACHE_LINES: usize = 1 << ROUNDS_SHIFT;

@unmanaged
export class kmem_cache {
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

/** The depot, which any CPU writes: in lines of its own, since all read the rest. */
@unmanaged
export class Depot {
  /** A tagged pointer to a stack of full magazines. */
  head: u64;
  count: u32;
}

/** The CPU blocks lie in front: their address is what the hot path computes. Then the depot's, and the kmem_cache. */
export const CPU_BLOCKS: usize = (<usize>CPU_MAX + 1) << ROUNDS_SHIFT;
export const CACHE_BYTES: usize = CPU_BLOCKS + offsetof<kmem_cache>();

@inline
export function rounds_of(s: kmem_cache, cpu: u32): Rounds {
  return changetype<Rounds>(changetype<usize>(s) - CPU_BLOCKS + ((<usize>cpu) << ROUNDS_SHIFT));
}

@inline
export function depot_of(s: kmem_cache): Depot {
  return changetype<Depot>(changetype<usize>(s) - CACHE_LINES);
}

/** The number of kmalloc's size classes. */
export const KMALLOC_CLASSES: u32 = 13;
