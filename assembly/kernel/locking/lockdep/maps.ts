// linux/lockdep.h as modules see it that annotate their locks themselves. A lock's lockdep_map takes no space, so its
// address is that of the byte behind the lock, or behind the part of it that its kind has in front of the map; a map that
// belongs to no lock stands for itself.

import { sizeof_mutex, sizeof_rw_semaphore, sizeof_rwlock_t } from "../../../abi";
import { this_cpu } from "../../../arch/wasm/cpu";
import { DEBUG } from "../../../flavour";
import { HELD_NOCHECK, HELD_TRYLOCK, held_index } from "../held";
import { LD_WAIT_CONFIG, LD_WAIT_INV, class_at, class_of, known_class } from "./classes";
import { acquire, lock_init, lockdep_forget, lockdep_free_range, release } from "./lockdep";

/** The lock that a map belongs to: of those that its kind would have it behind, one that is known. */
function lock_of(map: usize): usize {
  if (known_class(map)) return map;
  if (known_class(map - sizeof_mutex)) return map - sizeof_mutex;
  if (known_class(map - sizeof_rw_semaphore)) return map - sizeof_rw_semaphore;
  if (known_class(map - sizeof_rwlock_t)) return map - sizeof_rwlock_t;
  if (known_class(map - 4)) return map - 4;
  return map;
}

/** The lock of a nest_lock's map: what the running task holds comes first. */
export function nest_of(map: usize): usize {
  const task = this_cpu().current;
  if (!map) return 0;
  for (let i: usize = 0; i < 4; i++) {
    const back: usize = i == 0 ? 0 : i == 1 ? 4 : i == 2 ? sizeof_mutex : sizeof_rw_semaphore;
    if (held_index(task, map - back)) return map - back;
  }
  return lock_of(map);
}

/** linux/lockdep.h. Tells the validator that `lock`, a lockdep_map, is taken: `read` 0..2, `check` 0: its order does not
 *  matter. Nothing in release. Context: any. */
export function lock_acquire(
  lock: usize,
  subclass: u32,
  trylock: i32,
  read: i32,
  check: i32,
  nest_lock: usize,
  ip: usize,
): void {
  if (DEBUG) {
    const flags: u32 = (trylock ? HELD_TRYLOCK : 0) | (check ? 0 : HELD_NOCHECK);
    acquire(lock_of(lock), subclass, read, flags, nest_of(nest_lock), LD_WAIT_INV);
  }
}

/** linux/lockdep.h. Tells the validator that `lock`, a lockdep_map, is released. Context: any. */
export function lock_release(lock: usize, ip: usize): void {
  if (DEBUG) release(nest_of(lock));
}

/** linux/lockdep.h. Says of which class the locks of a lockdep_map are, what they let one wait for (LD_WAIT_*), and
 *  whether they are a CPU's own (LD_LOCK_PERCPU). Context: any. */
export function lockdep_init_map_type(
  lock: usize,
  name: usize,
  key: usize,
  subclass: i32,
  inner: u32,
  outer: u32,
  type: u32,
): void {
  if (DEBUG) lock_init(lock, name, key, false, inner, outer, type);
}

/** linux/lockdep.h. Gives the lock at `lock` a class of its own key, with name. Context: any. */
export function __wasm_lockdep_set_class(lock: usize, name: usize, site: usize): void {
  if (DEBUG) {
    const number = class_of(lock, 0, LD_WAIT_CONFIG);
    lock_init(lock, name, site, true, number ? class_at(number).inner : LD_WAIT_CONFIG);
  }
}

/** linux/lockdep.h. Leaves the order of the lock, and of others of its class, out of all checks. Context: any. */
export function __wasm_lockdep_set_novalidate_class(lock: usize): void {
  if (DEBUG) {
    const number = known_class(lock);
    if (number) class_at(number).novalidate = 1;
  }
}

/** linux/lockdep.h. Forgets what was seen of all locks, and what the running task holds. Context: process. */
export function lockdep_reset(): void {
  if (DEBUG) lockdep_forget();
}

/** linux/lockdep.h. Forgets the classes whose keys lie in `size` bytes at `start`. Context: any. */
export function lockdep_free_key_range(start: usize, size: usize): void {
  if (DEBUG) lockdep_free_range(start, start + size);
}
