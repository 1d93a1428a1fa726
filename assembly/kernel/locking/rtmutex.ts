// kernel/locking/rtmutex_api.c. A mutex whose waiters lend their priority to its owner in Linux; tasks here have none that
// would matter, so it is a mutex of another layout: the wait list lies where Linux has its tree.

import {
  MAX_SCHEDULE_TIMEOUT,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_UNINTERRUPTIBLE,
  offsetof_rt_mutex_base_owner,
  offsetof_rt_mutex_base_wait_lock,
  offsetof_rt_mutex_base_waiters,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { DEBUG } from "../../flavour";
import { INIT_LIST_HEAD, list_empty, list_next } from "../../lib/list";
import { BUG, WARN } from "../panic";
import { check_wait_cycle } from "./deadlock";
import { HELD_TRYLOCK, HELD_WAITING } from "./held";
import { LD_WAIT_SLEEP } from "./lockdep/classes";
import { acquire, acquired, lock_init, release } from "./lockdep/lockdep";
import { nest_of } from "./lockdep/maps";
import { might_sleep } from "./might_sleep";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "./spinlock";
import { WAITER_BYTES, Waiter, waiter_add, waiter_grant, waiter_sleep } from "./waiter";

/** Set in the owner word while tasks wait (RT_MUTEX_HAS_WAITERS). */
const WAITERS: usize = 1;

@inline
function lock_of(lock: usize): usize {
  return lock + offsetof_rt_mutex_base_wait_lock;
}

/** The wait list; zeros, as the static initialiser leaves them, are an empty one. */
function list_of(lock: usize): usize {
  const list = lock + offsetof_rt_mutex_base_waiters;
  if (!load<usize>(list)) INIT_LIST_HEAD(list);
  return list;
}

@inline
function owner_of(lock: usize): usize {
  return load<usize>(lock, offsetof_rt_mutex_base_owner) & ~WAITERS;
}

function set_owner(lock: usize, task: usize): void {
  store<usize>(lock, task | (list_empty(list_of(lock)) ? 0 : WAITERS), offsetof_rt_mutex_base_owner);
}

function take(lock: usize, state: u32, subclass: u32, nest: usize): i32 {
  const task = this_cpu().current;
  if (DEBUG) {
    might_sleep(cstr("rt_mutex_lock"));
    acquire(lock, subclass, 0, HELD_WAITING, nest, LD_WAIT_SLEEP);
    if (owner_of(lock)) check_wait_cycle(lock);
  }
  if (owner_of(lock) == task) BUG(cstr("a task that waits for an rt_mutex of its own would never run again"));
  let error: i32 = 0;
  const flags = _raw_spin_lock_irqsave(lock_of(lock));
  if (!owner_of(lock)) {
    set_owner(lock, task);
  } else {
    const waiter = changetype<Waiter>(stack_alloc(WAITER_BYTES));
    waiter_add(waiter, list_of(lock), 0);
    set_owner(lock, owner_of(lock));
    error = waiter_sleep(waiter, lock_of(lock), state, MAX_SCHEDULE_TIMEOUT);
    if (error) set_owner(lock, owner_of(lock));
    stack_free(WAITER_BYTES);
  }
  _raw_spin_unlock_irqrestore(lock_of(lock), flags);
  if (DEBUG) {
    if (error) release(lock);
    else acquired(lock);
  }
  return error;
}

/** linux/rtmutex.h. Makes the lock free; `name` and `key` say of which class it is. Context: any. */
export function __rt_mutex_init(lock: usize, name: usize, key: usize): void {
  rt_mutex_base_init(lock);
  if (DEBUG) lock_init(lock, name, key, false, LD_WAIT_SLEEP);
}

/** linux/rtmutex.h. Makes the lock proper free. Context: any. */
export function rt_mutex_base_init(lock: usize): void {
  store<u32>(lock_of(lock), 0);
  INIT_LIST_HEAD(lock + offsetof_rt_mutex_base_waiters);
  store<usize>(lock, 0, offsetof_rt_mutex_base_owner);
}

/** linux/rtmutex.h. Takes the lock; sleeps until it is free, behind those who came before. Context: process.
 *  (Differs: there is no priority to inherit; locking one's own is a BUG.) */
export function rt_mutex_lock(lock: usize): void {
  take(lock, TASK_UNINTERRUPTIBLE, 0, 0);
}

/** linux/rtmutex.h. rt_mutex_lock of a lock that may be taken while others of its class are held. Context: process. */
export function rt_mutex_lock_nested(lock: usize, subclass: u32): void {
  take(lock, TASK_UNINTERRUPTIBLE, subclass, 0);
}

/** linux/rtmutex.h. rt_mutex_lock of one of several locks whose order that of lockdep_map `nest` guards. Context:
 *  process. */
export function _rt_mutex_lock_nest_lock(lock: usize, nest: usize): void {
  take(lock, TASK_UNINTERRUPTIBLE, 0, DEBUG ? nest_of(nest) : 0);
}

/** linux/rtmutex.h. rt_mutex_lock that a signal ends: 0 or -EINTR. Context: process. */
export function rt_mutex_lock_interruptible(lock: usize): i32 {
  return take(lock, TASK_INTERRUPTIBLE, 0, 0);
}

/** linux/rtmutex.h. rt_mutex_lock that a fatal signal ends: 0 or -EINTR. Context: process. */
export function rt_mutex_lock_killable(lock: usize): i32 {
  return take(lock, TASK_KILLABLE, 0, 0);
}

/** linux/rtmutex.h. Takes the lock if it is free: 1, else 0. Context: process. */
export function rt_mutex_trylock(lock: usize): i32 {
  const flags = _raw_spin_lock_irqsave(lock_of(lock));
  const free = !owner_of(lock);
  if (free) set_owner(lock, this_cpu().current);
  _raw_spin_unlock_irqrestore(lock_of(lock), flags);
  if (DEBUG && free) acquire(lock, 0, 0, HELD_TRYLOCK, 0, LD_WAIT_SLEEP);
  return free ? 1 : 0;
}

/** linux/rtmutex.h. Releases the lock, to the task that has waited longest. Unlocking one that is not the task's own is
 *  reported. Context: process. */
export function rt_mutex_unlock(lock: usize): void {
  if (DEBUG) release(lock);
  else if (owner_of(lock) != this_cpu().current) WARN(cstr("rt_mutex_unlock by a task that does not own it"));
  const flags = _raw_spin_lock_irqsave(lock_of(lock));
  let next: usize = 0;
  if (!list_empty(list_of(lock))) {
    const first = changetype<Waiter>(list_next(list_of(lock)));
    next = first.task;
    waiter_grant(first);
  }
  set_owner(lock, next);
  _raw_spin_unlock_irqrestore(lock_of(lock), flags);
}
