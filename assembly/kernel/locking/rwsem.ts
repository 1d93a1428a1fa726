// kernel/locking/rwsem.c: many readers or one writer, in order of arrival. `count` is Linux's: inline code tests it for
// 0.
//
//   31                    8  7      2 1   0
//   ┌──────────────────────┬─────────┬───┬───┐   W: tasks wait, so newcomers queue behind them
//   │ readers              │         │ W │ X │   X: a writer holds it
//   └──────────────────────┴─────────┴───┴───┘

import {
  MAX_SCHEDULE_TIMEOUT,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_UNINTERRUPTIBLE,
  offsetof_rw_semaphore_count,
  offsetof_rw_semaphore_owner,
  offsetof_rw_semaphore_wait_list,
  offsetof_rw_semaphore_wait_lock,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { current } from "../../arch/wasm/current";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { INIT_LIST_HEAD, list_empty, list_next } from "../../lib/list";
import { DEBUG } from "../../flavour";
import { BUG, WARN } from "../panic";
import { pr } from "../printk/printk";
import { check_wait_cycle } from "./deadlock";
import { HELD_TRYLOCK, HELD_WAITING } from "./held";
import { LD_WAIT_SLEEP, lock_name } from "./lockdep/classes";
import { acquire, acquired, downgrade, lock_init, release } from "./lockdep/lockdep";
import { nest_of } from "./lockdep/maps";
import { might_sleep } from "./might_sleep";
import {
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "./spinlock";
import { WAITER_BYTES, Waiter, waiter_add, waiter_grant, waiter_sleep } from "./waiter";

const WRITER: u32 = 1;
const WAITERS: u32 = 2;
const READER: u32 = 256;

/** Kinds of waiter. */
const FOR_READING: u32 = 0;
const FOR_WRITING: u32 = 1;

@inline
function lock_of(sem: usize): usize {
  return sem + offsetof_rw_semaphore_wait_lock;
}

@inline
function list_of(sem: usize): usize {
  return sem + offsetof_rw_semaphore_wait_list;
}

@inline
function count_of(sem: usize): u32 {
  return load<u32>(sem, offsetof_rw_semaphore_count);
}

@inline
function set_count(sem: usize, count: u32): void {
  store<u32>(sem, count, offsetof_rw_semaphore_count);
}

@inline
function writer_of(sem: usize): usize {
  return load<usize>(sem, offsetof_rw_semaphore_owner);
}

@inline
function set_writer(sem: usize, task: usize): void {
  store<usize>(sem, task, offsetof_rw_semaphore_owner);
}

/** Takes the semaphore if nobody is in the way. Lock held. */
function try_take(sem: usize, kind: u32): bool {
  const count = count_of(sem);
  if (kind == FOR_READING) {
    if (count & (WRITER | WAITERS)) return false;
    set_count(sem, count + READER);
    return true;
  }
  if (count) return false;
  set_count(sem, WRITER);
  set_writer(sem, this_cpu().current);
  return true;
}

/** Hands the semaphore to the first waiter and, if that reads, to the readers right behind it. Lock held. */
function grant(sem: usize): void {
  while (!list_empty(list_of(sem))) {
    const waiter = changetype<Waiter>(list_next(list_of(sem)));
    const count = count_of(sem);
    if (waiter.kind == FOR_READING) {
      if (count & WRITER) break;
      set_count(sem, count + READER);
    } else {
      if (count & ~WAITERS) break;
      set_count(sem, count | WRITER);
      set_writer(sem, waiter.task);
    }
    waiter_grant(waiter);
  }
  if (list_empty(list_of(sem))) set_count(sem, count_of(sem) & ~WAITERS);
}

/** A task waits for itself. Never returns; the wait lock is released first, or the trap would pass for one in atomic
 *  context. */
function self_deadlock(sem: usize): void {
  const task = current();
  _raw_spin_unlock_irq(lock_of(sem));
  if (DEBUG)
    pr(
      cstr("\x010BUG: %s/%d waits for rwsem 0x%px (%s), which it holds for writing"),
      task.comm,
      task.pid,
      sem,
      lock_name(sem),
    );
  BUG(cstr("a task that waits for an rwsem of its own would never run again"));
}

function wait(sem: usize, kind: u32, state: u32): i32 {
  if (count_of(sem) & WRITER && writer_of(sem) == this_cpu().current) self_deadlock(sem);
  if (DEBUG) {
    _raw_spin_unlock_irq(lock_of(sem));
    check_wait_cycle(sem);
    _raw_spin_lock_irq(lock_of(sem));
    if (try_take(sem, kind)) return 0;
  }
  const waiter = changetype<Waiter>(stack_alloc(WAITER_BYTES));
  waiter_add(waiter, list_of(sem), kind);
  set_count(sem, count_of(sem) | WAITERS);
  const error = waiter_sleep(waiter, lock_of(sem), state, MAX_SCHEDULE_TIMEOUT);
  if (error) grant(sem); // whoever waited behind this one may go now
  stack_free(WAITER_BYTES);
  return error;
}

function take(sem: usize, kind: u32, state: u32, subclass: u32, nest: usize): i32 {
  if (DEBUG) {
    might_sleep(kind == FOR_READING ? cstr("down_read") : cstr("down_write"));
    acquire(sem, subclass, kind == FOR_READING ? 1 : 0, HELD_WAITING, nest, LD_WAIT_SLEEP);
  }
  const flags = _raw_spin_lock_irqsave(lock_of(sem));
  const error = try_take(sem, kind) ? 0 : wait(sem, kind, state);
  _raw_spin_unlock_irqrestore(lock_of(sem), flags);
  if (DEBUG) {
    if (error) release(sem);
    else acquired(sem);
  }
  return error;
}

function trylock(sem: usize, kind: u32): i32 {
  const flags = _raw_spin_lock_irqsave(lock_of(sem));
  const taken = try_take(sem, kind);
  _raw_spin_unlock_irqrestore(lock_of(sem), flags);
  if (DEBUG && taken) acquire(sem, 0, kind == FOR_READING ? 1 : 0, HELD_TRYLOCK, 0, LD_WAIT_SLEEP);
  return taken ? 1 : 0;
}

/** Debug has said it before, in lockdep's words. */
function not_held(): void {
  if (!DEBUG) WARN(cstr("an rwsem was released that was not held"));
}

/** linux/rwsem.h. Makes the semaphore free; `name` and `key`, here the text "file:line" (shadow), say of which class it
 *  is. Context: any. */
export function __init_rwsem(sem: usize, name: usize, key: usize): void {
  set_count(sem, 0);
  set_writer(sem, 0);
  store<u32>(lock_of(sem), 0);
  INIT_LIST_HEAD(list_of(sem));
  if (DEBUG) lock_init(sem, name, key, true, LD_WAIT_SLEEP);
}

/** linux/rwsem.h. Takes the semaphore for reading. Context: process. */
export function down_read(sem: usize): void {
  take(sem, FOR_READING, TASK_UNINTERRUPTIBLE, 0, 0);
}

/** linux/rwsem.h. down_read that a signal ends: 0 or -EINTR. Context: process. */
export function down_read_interruptible(sem: usize): i32 {
  return take(sem, FOR_READING, TASK_INTERRUPTIBLE, 0, 0);
}

/** linux/rwsem.h. down_read that a fatal signal ends: 0 or -EINTR. Context: process. */
export function down_read_killable(sem: usize): i32 {
  return take(sem, FOR_READING, TASK_KILLABLE, 0, 0);
}

/** linux/rwsem.h. down_read of a semaphore that may be taken while others of its class are held: `subclass` 0..7 says
 *  at which level. Context: process. */
export function down_read_nested(sem: usize, subclass: i32): void {
  take(sem, FOR_READING, TASK_UNINTERRUPTIBLE, subclass, 0);
}

/** linux/rwsem.h. down_read_nested that a fatal signal ends: 0 or -EINTR. Context: process. */
export function down_read_killable_nested(sem: usize, subclass: i32): i32 {
  return take(sem, FOR_READING, TASK_KILLABLE, subclass, 0);
}

/** linux/rwsem.h. Takes the semaphore for reading if nobody writes or waits: 1, else 0. Context: any. */
export function down_read_trylock(sem: usize): i32 {
  return trylock(sem, FOR_READING);
}

/** linux/rwsem.h. Takes the semaphore for writing. Context: process.
 *  (Differs: taking a semaphore that the task holds for writing is a BUG instead of a silent deadlock.) */
export function down_write(sem: usize): void {
  take(sem, FOR_WRITING, TASK_UNINTERRUPTIBLE, 0, 0);
}

/** linux/rwsem.h. down_write that a fatal signal ends: 0 or -EINTR. Context: process. */
export function down_write_killable(sem: usize): i32 {
  return take(sem, FOR_WRITING, TASK_KILLABLE, 0, 0);
}

/** linux/rwsem.h. down_write of a semaphore that may be taken while others of its class are held: `subclass` 0..7 says
 *  at which level. Context: process. */
export function down_write_nested(sem: usize, subclass: i32): void {
  take(sem, FOR_WRITING, TASK_UNINTERRUPTIBLE, subclass, 0);
}

/** linux/rwsem.h. down_write_nested that a fatal signal ends: 0 or -EINTR. Context: process. */
export function down_write_killable_nested(sem: usize, subclass: i32): i32 {
  return take(sem, FOR_WRITING, TASK_KILLABLE, subclass, 0);
}

/** linux/rwsem.h. down_write of one of several semaphores of a class, whose order the lock of lockdep_map `nest` guards.
 *  Context: process. */
export function _down_write_nest_lock(sem: usize, nest: usize): void {
  take(sem, FOR_WRITING, TASK_UNINTERRUPTIBLE, 0, DEBUG ? nest_of(nest) : 0);
}

/** linux/rwsem.h. down_read by who need not be the one that calls up_read_non_owner. Context: process. */
export function down_read_non_owner(sem: usize): void {
  down_read(sem);
  if (DEBUG) release(sem);
}

/** linux/rwsem.h. Releases what down_read_non_owner took; any task may. Context: any. */
export function up_read_non_owner(sem: usize): void {
  read_release(sem);
}

/** linux/rwsem.h. Takes the semaphore for writing if it is free: 1, else 0. Context: any. */
export function down_write_trylock(sem: usize): i32 {
  return trylock(sem, FOR_WRITING);
}

function read_release(sem: usize): void {
  const flags = _raw_spin_lock_irqsave(lock_of(sem));
  const held = count_of(sem) >= READER;
  if (held) {
    set_count(sem, count_of(sem) - READER);
    grant(sem);
  }
  _raw_spin_unlock_irqrestore(lock_of(sem), flags);
  if (!held) not_held();
}

/** linux/rwsem.h. Releases a read lock. Context: any. */
export function up_read(sem: usize): void {
  if (DEBUG) release(sem);
  read_release(sem);
}

/** linux/rwsem.h. Releases a write lock. Context: any. */
export function up_write(sem: usize): void {
  if (DEBUG) release(sem);
  const flags = _raw_spin_lock_irqsave(lock_of(sem));
  const held = (count_of(sem) & WRITER) != 0;
  if (held) {
    set_writer(sem, 0);
    set_count(sem, count_of(sem) & ~WRITER);
    grant(sem);
  }
  _raw_spin_unlock_irqrestore(lock_of(sem), flags);
  if (!held) not_held();
}

/** linux/rwsem.h. Turns a write lock into a read lock; waiting readers come in. Context: any. */
export function downgrade_write(sem: usize): void {
  if (DEBUG) downgrade(sem);
  const flags = _raw_spin_lock_irqsave(lock_of(sem));
  const held = (count_of(sem) & WRITER) != 0;
  if (held) {
    set_writer(sem, 0);
    set_count(sem, (count_of(sem) & ~WRITER) + READER);
    grant(sem);
  }
  _raw_spin_unlock_irqrestore(lock_of(sem), flags);
  if (!held) not_held();
}
