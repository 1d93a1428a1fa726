// kernel/locking/mutex.c. The owner word holds the owning task, and bit 0 while tasks wait. Unlocking hands the mutex
// to the task that has waited longest. A task that locks a mutex twice, or one whose owner died, would sleep for ever:
// that is a BUG, with the mutex's name.

import {
  MAX_SCHEDULE_TIMEOUT,
  TASK_DEAD,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_UNINTERRUPTIBLE,
  offsetof_mutex_owner,
  offsetof_mutex_wait_list,
  offsetof_mutex_wait_lock,
  task_struct,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { current } from "../../arch/wasm/current";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { INIT_LIST_HEAD, list_del, list_empty, list_next } from "../../lib/list";
import { DEBUG } from "../../flavour";
import { BUG, WARN } from "../panic";
import { pr } from "../printk/printk";
import { check_wait_cycle } from "./deadlock";
import { HELD_TRYLOCK, HELD_WAITING } from "./held";
import { LD_WAIT_SLEEP, lock_name } from "./lockdep/classes";
import { acquire, acquired, lock_init, release } from "./lockdep/lockdep";
import { nest_of } from "./lockdep/maps";
import { might_sleep } from "./might_sleep";
import {
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "./spinlock";
import { WAITER_BYTES, Waiter, waiter_add, waiter_grant, waiter_sleep } from "./waiter";

/** Set in the owner word while the wait list is not empty. */
const WAITERS: usize = 1;

@inline
export function mutex_wait_lock(mutex: usize): usize {
  return mutex + offsetof_mutex_wait_lock;
}

@inline
export function mutex_wait_list(mutex: usize): usize {
  return mutex + offsetof_mutex_wait_list;
}

@inline
function owner_word(mutex: usize): usize {
  return atomic.load<usize>(mutex, offsetof_mutex_owner);
}

@inline
export function mutex_set_owner(mutex: usize, task: usize): void {
  atomic.store<usize>(mutex, task | (list_empty(mutex_wait_list(mutex)) ? 0 : WAITERS), offsetof_mutex_owner);
}

/** The task that holds the mutex, or 0. */
@inline
function owner_of(mutex: usize): usize {
  return owner_word(mutex) & ~WAITERS;
}

@inline
export function mutex_try(mutex: usize): bool {
  return atomic.cmpxchg<usize>(mutex, 0, this_cpu().current, offsetof_mutex_owner) == 0;
}

/** A mutex that this task, or one that a trap killed, holds would be waited for for ever. */
export function mutex_check_owner(mutex: usize): void {
  const task = current();
  const owner = changetype<task_struct>(owner_of(mutex));
  if (changetype<usize>(owner) == changetype<usize>(task)) {
    if (DEBUG)
      pr(
        cstr("\x010BUG: %s/%d locks mutex 0x%px (%s), which it already holds"),
        task.comm,
        task.pid,
        mutex,
        lock_name(mutex),
      );
    BUG(cstr("a task that waits for a mutex of its own would never run again"));
  }
  if (changetype<usize>(owner) == 0 || <u32>owner.__state != TASK_DEAD) return;
  if (DEBUG)
    pr(
      cstr("\x010BUG: %s/%d locks mutex 0x%px (%s), which %s/%d held when it died"),
      task.comm,
      task.pid,
      mutex,
      lock_name(mutex),
      owner.comm,
      owner.pid,
    );
  BUG(cstr("a task that waits for a mutex of a dead one would never run again"));
}

/** Takes the mutex for a task on the wait list, if its owner left before it saw that somebody waits. */
export function mutex_owner_left(mutex: usize, waiter: Waiter): bool {
  if (atomic.or<usize>(mutex, WAITERS, offsetof_mutex_owner) & ~WAITERS) return false;
  list_del(changetype<usize>(waiter));
  mutex_set_owner(mutex, this_cpu().current);
  return true;
}

function lock_slow(mutex: usize, state: u32): i32 {
  const waiter = changetype<Waiter>(stack_alloc(WAITER_BYTES));
  let error: i32 = 0;
  _raw_spin_lock_irq(mutex_wait_lock(mutex));
  if (!mutex_try(mutex)) {
    waiter_add(waiter, mutex_wait_list(mutex), 0);
    if (!mutex_owner_left(mutex, waiter))
      error = waiter_sleep(waiter, mutex_wait_lock(mutex), state, MAX_SCHEDULE_TIMEOUT);
    if (error && list_empty(mutex_wait_list(mutex))) atomic.and<usize>(mutex, ~WAITERS, offsetof_mutex_owner);
  }
  _raw_spin_unlock_irq(mutex_wait_lock(mutex));
  stack_free(WAITER_BYTES);
  return error;
}

export function mutex_lock_state(mutex: usize, state: u32, subclass: u32, nest: usize): i32 {
  if (DEBUG) {
    might_sleep(cstr("mutex_lock"));
    acquire(mutex, subclass, 0, HELD_WAITING, nest, LD_WAIT_SLEEP);
  }
  if (!mutex_try(mutex)) {
    mutex_check_owner(mutex);
    if (DEBUG) check_wait_cycle(mutex);
    const error = lock_slow(mutex, state);
    if (error) {
      if (DEBUG) release(mutex);
      return error;
    }
  }
  if (DEBUG) acquired(mutex);
  return 0;
}

/** Says what is wrong with an unlock; false if the mutex is not locked at all. Debug has said it before. */
function check_unlock(mutex: usize): bool {
  const owner = owner_of(mutex);
  if (!DEBUG) WARN(cstr("mutex_unlock by a task that does not own the mutex"));
  return owner != 0;
}

function unlock_slow(mutex: usize): void {
  const flags = _raw_spin_lock_irqsave(mutex_wait_lock(mutex));
  if (list_empty(mutex_wait_list(mutex))) {
    mutex_set_owner(mutex, 0);
  } else {
    const first = changetype<Waiter>(list_next(mutex_wait_list(mutex)));
    const task = first.task;
    waiter_grant(first);
    mutex_set_owner(mutex, task);
  }
  _raw_spin_unlock_irqrestore(mutex_wait_lock(mutex), flags);
}

/** linux/mutex.h. Makes the mutex free; `name` and `key`, here the text "file:line" (shadow), say of which class it is.
 *  Context: any. */
export function __mutex_init(mutex: usize, name: usize, key: usize): void {
  store<usize>(mutex, 0, offsetof_mutex_owner);
  store<u32>(mutex_wait_lock(mutex), 0);
  INIT_LIST_HEAD(mutex_wait_list(mutex));
  if (DEBUG) lock_init(mutex, name, key, true, LD_WAIT_SLEEP);
}

/** linux/mutex.h. Makes the mutex free. A macro in Linux, of __mutex_init. Context: any. */
export function mutex_init(mutex: usize): void {
  __mutex_init(mutex, 0, 0);
}

/** linux/mutex.h. Takes the mutex; sleeps until it is free. Context: process.
 *  (Differs: locking a mutex that the task already holds, or a dead one, is a BUG instead of a silent deadlock.) */
export function mutex_lock(mutex: usize): void {
  mutex_lock_state(mutex, TASK_UNINTERRUPTIBLE, 0, 0);
}

/** linux/mutex.h. mutex_lock that a signal ends: 0 or -EINTR. Context: process. */
export function mutex_lock_interruptible(mutex: usize): i32 {
  return mutex_lock_state(mutex, TASK_INTERRUPTIBLE, 0, 0);
}

/** linux/mutex.h. mutex_lock that a fatal signal ends: 0 or -EINTR. Context: process. */
export function mutex_lock_killable(mutex: usize): i32 {
  return mutex_lock_state(mutex, TASK_KILLABLE, 0, 0);
}

/** linux/mutex.h. mutex_lock, accounted as I/O in Linux. Context: process. */
export function mutex_lock_io(mutex: usize): void {
  mutex_lock(mutex);
}

/** linux/mutex.h. mutex_lock of a mutex that may be taken while others of its class are held: `subclass` 0..7 says at
 *  which level. Context: process. */
export function mutex_lock_nested(mutex: usize, subclass: u32): void {
  mutex_lock_state(mutex, TASK_UNINTERRUPTIBLE, subclass, 0);
}

/** linux/mutex.h. mutex_lock_nested that a signal ends: 0 or -EINTR. Context: process. */
export function mutex_lock_interruptible_nested(mutex: usize, subclass: u32): i32 {
  return mutex_lock_state(mutex, TASK_INTERRUPTIBLE, subclass, 0);
}

/** linux/mutex.h. mutex_lock_nested that a fatal signal ends: 0 or -EINTR. Context: process. */
export function mutex_lock_killable_nested(mutex: usize, subclass: u32): i32 {
  return mutex_lock_state(mutex, TASK_KILLABLE, subclass, 0);
}

/** linux/mutex.h. mutex_lock_nested, accounted as I/O in Linux. Context: process. */
export function mutex_lock_io_nested(mutex: usize, subclass: u32): void {
  mutex_lock_nested(mutex, subclass);
}

/** linux/mutex.h. mutex_lock of one of several mutexes of a class, whose order the lock of lockdep_map `nest` guards.
 *  Context: process. */
export function _mutex_lock_nest_lock(mutex: usize, nest: usize): void {
  mutex_lock_state(mutex, TASK_UNINTERRUPTIBLE, 0, DEBUG ? nest_of(nest) : 0);
}

/** linux/mutex.h. Takes the mutex if it is free: 1, else 0. Context: process. */
export function mutex_trylock(mutex: usize): i32 {
  if (!mutex_try(mutex)) return 0;
  if (DEBUG) acquire(mutex, 0, 0, HELD_TRYLOCK, 0, LD_WAIT_SLEEP);
  return 1;
}

/** linux/mutex.h. Releases the mutex, to the task that has waited longest. Unlocking a mutex that is free or another
 *  task's is reported. Context: process. */
export function mutex_unlock(mutex: usize): void {
  const task = this_cpu().current;
  const owner = owner_of(mutex);
  if (DEBUG) release(mutex);
  if (owner != task && !check_unlock(mutex)) return;
  if (atomic.cmpxchg<usize>(mutex, owner, 0, offsetof_mutex_owner) != owner) unlock_slow(mutex);
}

/** linux/mutex.h. Whether anybody holds the mutex. Context: any. */
export function mutex_is_locked(mutex: usize): bool {
  return owner_of(mutex) != 0;
}

/** linux/mutex.h. Decrements the atomic_t at `counter`; if it reaches 0, returns 1 with the mutex held. Context:
 *  process. */
export function atomic_dec_and_mutex_lock(counter: usize, mutex: usize): i32 {
  let value = atomic.load<i32>(counter);
  while (value != 1) {
    const seen = atomic.cmpxchg<i32>(counter, value, value - 1);
    if (seen == value) return 0;
    value = seen;
  }
  mutex_lock(mutex);
  if (atomic.sub<i32>(counter, 1) == 1) return 1;
  mutex_unlock(mutex);
  return 0;
}
