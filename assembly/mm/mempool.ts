// mm/mempool.c: elements kept in reserve, so that an allocation that may sleep always succeeds in the end.

import {
  ENOMEM,
  GFP_KERNEL,
  HZ,
  TASK_UNINTERRUPTIBLE,
  TASK_NORMAL,
  __GFP_DIRECT_RECLAIM,
  __GFP_IO,
  __GFP_NOMEMALLOC,
  __GFP_NORETRY,
  __GFP_NOWARN,
  __GFP_ZERO,
  mempool_s,
  offsetof_mempool_s_lock,
  offsetof_mempool_s_wait,
  sizeof_mempool_s,
} from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { DEBUG } from "../flavour";
import { might_alloc } from "../kernel/locking/might_sleep";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../kernel/locking/spinlock";
import { BUG, WARN } from "../kernel/panic";
import {
  WAIT_ENTRY_BYTES,
  __wake_up,
  finish_wait,
  init_wait_entry,
  init_waitqueue_head,
  prepare_to_wait,
} from "../kernel/sched/wait";
import { schedule_timeout } from "../kernel/time/sleep";
import { __kmalloc, kzalloc } from "./kmalloc";
import { __free_pages, alloc_pages } from "./page_alloc";
import { kfree, kmem_cache_alloc, kmem_cache_free } from "./slub";

@inline
function mp(pool: usize): mempool_s {
  return changetype<mempool_s>(pool);
}

@inline
function lock(pool: usize): u32 {
  return _raw_spin_lock_irqsave(pool + offsetof_mempool_s_lock);
}

@inline
function unlock(pool: usize, flags: u32): void {
  _raw_spin_unlock_irqrestore(pool + offsetof_mempool_s_lock, flags);
}

@inline
function element_slot(pool: usize, index: u32): usize {
  return mp(pool).elements + index * sizeof<usize>();
}

/** Pool locked, and the reserve not full. */
function add_element(pool: usize, element: usize): void {
  store<usize>(element_slot(pool, mp(pool).curr_nr), element);
  mp(pool).curr_nr = mp(pool).curr_nr + 1;
}

/** Pool locked, and the reserve not empty. */
function remove_element(pool: usize): usize {
  mp(pool).curr_nr = mp(pool).curr_nr - 1;
  return load<usize>(element_slot(pool, mp(pool).curr_nr));
}

@inline
function alloc_element(pool: usize, gfp: u32): usize {
  return call_indirect<usize>(<u32>mp(pool).alloc, gfp, mp(pool).pool_data);
}

@inline
function free_element(pool: usize, element: usize): void {
  call_indirect<void>(<u32>mp(pool).free, element, mp(pool).pool_data);
}

// ── Making and ending pools ──

/** linux/mempool.h. Empties a pool that mempool_init() made ready. Context: process. */
export function mempool_exit(pool: usize): void {
  while (mp(pool).curr_nr) free_element(pool, remove_element(pool));
  kfree(mp(pool).elements);
  mp(pool).elements = 0;
}

/** linux/mempool.h. mempool_exit(), and frees the pool itself; NULL is ignored. Context: process. */
export function mempool_destroy(pool: usize): void {
  if (!pool) return;
  mempool_exit(pool);
  kfree(pool);
}

/** linux/mempool.h. Readies a pool that keeps `min_nr` elements of `void *alloc_fn(gfp, pool_data)` in reserve; there is one
 *  node. 0 or -ENOMEM. Context: as `gfp` says. */
export function mempool_init_node(
  pool: usize,
  min_nr: i32,
  alloc_fn: usize,
  free_fn: usize,
  pool_data: usize,
  gfp: u32,
  node_id: i32,
): i32 {
  memory.fill(pool, 0, sizeof_mempool_s);
  mp(pool).min_nr = min_nr;
  mp(pool).alloc = alloc_fn;
  mp(pool).free = free_fn;
  mp(pool).pool_data = pool_data;
  init_waitqueue_head(pool + offsetof_mempool_s_wait);
  mp(pool).elements = __kmalloc(<usize>min_nr * sizeof<usize>(), gfp);
  if (!mp(pool).elements) return -ENOMEM;
  while (mp(pool).curr_nr < min_nr) {
    const element = alloc_element(pool, gfp);
    if (!element) {
      mempool_exit(pool);
      return -ENOMEM;
    }
    add_element(pool, element);
  }
  return 0;
}

/** linux/mempool.h. mempool_init_node() with GFP_KERNEL. Context: process. */
export function mempool_init(pool: usize, min_nr: i32, alloc_fn: usize, free_fn: usize, pool_data: usize): i32 {
  return mempool_init_node(pool, min_nr, alloc_fn, free_fn, pool_data, GFP_KERNEL, 0);
}

/** linux/mempool.h. A pool that mempool_init_node() has made ready, or NULL. Context: as `gfp` says. */
export function mempool_create_node(
  min_nr: i32,
  alloc_fn: usize,
  free_fn: usize,
  pool_data: usize,
  gfp: u32,
  node_id: i32,
): usize {
  const pool = kzalloc(sizeof_mempool_s, gfp);
  if (!pool) return 0;
  if (!mempool_init_node(pool, min_nr, alloc_fn, free_fn, pool_data, gfp, node_id)) return pool;
  kfree(pool);
  return 0;
}

/** linux/mempool.h. mempool_create_node() with GFP_KERNEL. Context: process. */
export function mempool_create(min_nr: i32, alloc_fn: usize, free_fn: usize, pool_data: usize): usize {
  return mempool_create_node(min_nr, alloc_fn, free_fn, pool_data, GFP_KERNEL, 0);
}

/** Fills the reserve up, as far as there is memory: an element that finds no room goes again. */
function fill(pool: usize): void {
  while (mp(pool).curr_nr < mp(pool).min_nr) {
    const element = alloc_element(pool, GFP_KERNEL);
    if (!element) return;
    const flags = lock(pool);
    const room = mp(pool).curr_nr < mp(pool).min_nr;
    if (room) add_element(pool, element);
    unlock(pool, flags);
    if (!room) free_element(pool, element);
  }
}

/** linux/mempool.h. Has a pool keep `min_nr` elements in reserve. 0 or -ENOMEM. Context: process. */
export function mempool_resize(pool: usize, min_nr: i32): i32 {
  if (min_nr <= 0) BUG(cstr("mempool_resize to nothing"));
  const elements = __kmalloc(<usize>min_nr * sizeof<usize>(), GFP_KERNEL);
  if (!elements) return -ENOMEM;
  let flags = lock(pool);
  while (mp(pool).curr_nr > min_nr) {
    const element = remove_element(pool);
    unlock(pool, flags);
    free_element(pool, element);
    flags = lock(pool);
  }
  const old = mp(pool).elements;
  memory.copy(elements, old, <usize>mp(pool).curr_nr * sizeof<usize>());
  mp(pool).elements = elements;
  mp(pool).min_nr = min_nr;
  unlock(pool, flags);
  kfree(old);
  fill(pool);
  return 0;
}

// ── Elements ──

/** Sleeps until an element comes back, or for five seconds: memory may have been freed elsewhere. Pool locked; unlocked
 *  then. */
function wait_for_element(pool: usize, flags: u32): void {
  const queue = pool + offsetof_mempool_s_wait;
  const wait = stack_alloc(WAIT_ENTRY_BYTES);
  init_wait_entry(wait, 0);
  prepare_to_wait(queue, wait, TASK_UNINTERRUPTIBLE);
  unlock(pool, flags);
  schedule_timeout(5 * HZ);
  finish_wait(queue, wait);
  stack_free(WAIT_ENTRY_BYTES);
}

/** linux/mempool.h. An element: a new one, else one of the reserve, else, if `gfp` lets it sleep, the first to come back;
 *  else NULL. Context: as `gfp` says. */
export function mempool_alloc(pool: usize, gfp: u32): usize {
  if (gfp & __GFP_ZERO) WARN(cstr("mempool_alloc with __GFP_ZERO: what comes from the reserve has been used"));
  if (DEBUG) might_alloc(gfp, cstr("mempool_alloc"));
  gfp |= __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
  let now = gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_IO);
  while (true) {
    const fresh = alloc_element(pool, now);
    if (fresh) return fresh;
    const flags = lock(pool);
    if (mp(pool).curr_nr) {
      const element = remove_element(pool);
      unlock(pool, flags);
      return element;
    }
    if (now != gfp) {
      unlock(pool, flags);
      now = gfp;
    } else if (gfp & __GFP_DIRECT_RECLAIM) {
      wait_for_element(pool, flags);
    } else {
      unlock(pool, flags);
      return 0;
    }
  }
}

/** linux/mempool.h. Gives an element back: to the reserve, and to who waits for it, if that is not full, else to where it
 *  came from. NULL is ignored. Context: any. */
export function mempool_free(element: usize, pool: usize): void {
  if (!element) return;
  if (mp(pool).curr_nr < mp(pool).min_nr) {
    const flags = lock(pool);
    const room = mp(pool).curr_nr < mp(pool).min_nr;
    if (room) add_element(pool, element);
    unlock(pool, flags);
    if (room) {
      __wake_up(pool + offsetof_mempool_s_wait, TASK_NORMAL, 1, 0);
      return;
    }
  }
  free_element(pool, element);
}

// ── Where elements come from ──

/** linux/mempool.h. Elements of a kmem_cache, `pool_data`. Context: as `gfp` says. */
export function mempool_alloc_slab(gfp: u32, pool_data: usize): usize {
  return kmem_cache_alloc(pool_data, gfp);
}

/** linux/mempool.h. Frees one of mempool_alloc_slab(). Context: any. */
export function mempool_free_slab(element: usize, pool_data: usize): void {
  kmem_cache_free(pool_data, element);
}

/** linux/mempool.h. Elements of `pool_data` bytes. Context: as `gfp` says. */
export function mempool_kmalloc(gfp: u32, pool_data: usize): usize {
  return __kmalloc(pool_data, gfp);
}

/** linux/mempool.h. Frees one of mempool_kmalloc(). Context: any. */
export function mempool_kfree(element: usize, pool_data: usize): void {
  kfree(element);
}

/** linux/mempool.h. Elements that are 2^pool_data pages, as struct page *. Context: as `gfp` says. */
export function mempool_alloc_pages(gfp: u32, pool_data: usize): usize {
  return alloc_pages(gfp, <u32>pool_data);
}

/** linux/mempool.h. Frees one of mempool_alloc_pages(). Context: any. */
export function mempool_free_pages(element: usize, pool_data: usize): void {
  __free_pages(element, <u32>pool_data);
}
