// kernel/locking/semaphore.c: a counter; up() gives to the task that has waited longest, else it counts.

import {
  MAX_SCHEDULE_TIMEOUT,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_UNINTERRUPTIBLE,
  offsetof_semaphore_wait_list,
  semaphore,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { list_empty, list_next } from "../../lib/list";
import { this_cpu } from "../../arch/wasm/cpu";
import { DEBUG } from "../../flavour";
import { check_wait_cycle } from "./deadlock";
import {
  HELD_NOCHECK,
  HELD_SEMAPHORE,
  HELD_WAITING,
  held_index,
  held_push,
  held_remove,
  lock_holder,
  next_holder,
} from "./held";
import { acquired } from "./lockdep/lockdep";
import { might_sleep } from "./might_sleep";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "./spinlock";
import { WAITER_BYTES, Waiter, waiter_add, waiter_grant, waiter_sleep } from "./waiter";

/** The wait list; the lock is the first member. */
@inline
function list_of(sem: usize): usize {
  return sem + offsetof_semaphore_wait_list;
}

/** Debug. Notes who took it, or waits for it: for reports. Its order is not checked, since anybody may give it back. */
function note(sem: usize, waiting: bool): void {
  held_push(sem, 0, 0, HELD_NOCHECK | HELD_SEMAPHORE | (waiting ? HELD_WAITING : 0));
}

/** Debug. Takes the note back: the task's own, else that of the first who has one. */
function unnote(sem: usize): void {
  let task = this_cpu().current;
  if (!held_index(task, sem)) {
    if (!changetype<usize>(next_holder(sem, 0))) return;
    task = lock_holder();
  }
  held_remove(task, held_index(task, sem) - 1);
}

function down_state(sem: usize, state: u32, timeout: i32): i32 {
  if (DEBUG) {
    might_sleep(cstr("down"));
    note(sem, true);
    if (changetype<semaphore>(sem).count <= 0 && timeout == MAX_SCHEDULE_TIMEOUT) check_wait_cycle(sem);
  }
  let error: i32 = 0;
  const flags = _raw_spin_lock_irqsave(sem);
  if (changetype<semaphore>(sem).count > 0) {
    changetype<semaphore>(sem).count--;
  } else {
    const waiter = changetype<Waiter>(stack_alloc(WAITER_BYTES));
    waiter_add(waiter, list_of(sem), 0);
    error = waiter_sleep(waiter, sem, state, timeout);
    stack_free(WAITER_BYTES);
  }
  _raw_spin_unlock_irqrestore(sem, flags);
  if (DEBUG) {
    if (error) unnote(sem);
    else acquired(sem);
  }
  return error;
}

/** linux/semaphore.h. Takes one; sleeps until there is one. Context: process. */
export function down(sem: usize): void {
  down_state(sem, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
}

/** linux/semaphore.h. down that a signal ends: 0 or -EINTR. Context: process. */
export function down_interruptible(sem: usize): i32 {
  return down_state(sem, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
}

/** linux/semaphore.h. down that a fatal signal ends: 0 or -EINTR. Context: process. */
export function down_killable(sem: usize): i32 {
  return down_state(sem, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT);
}

/** linux/semaphore.h. down that gives up after `timeout` jiffies: 0 or -ETIME. Context: process. */
export function down_timeout(sem: usize, timeout: i32): i32 {
  return down_state(sem, TASK_UNINTERRUPTIBLE, timeout);
}

/** linux/semaphore.h. Takes one if there is one: 0, else 1. Context: any. */
export function down_trylock(sem: usize): i32 {
  const flags = _raw_spin_lock_irqsave(sem);
  const count = changetype<semaphore>(sem).count;
  if (count > 0) changetype<semaphore>(sem).count = count - 1;
  _raw_spin_unlock_irqrestore(sem, flags);
  if (DEBUG && count > 0) note(sem, false);
  return count > 0 ? 0 : 1;
}

/** linux/semaphore.h. Gives one back; anybody may. Context: any. */
export function up(sem: usize): void {
  if (DEBUG) unnote(sem);
  const flags = _raw_spin_lock_irqsave(sem);
  if (list_empty(list_of(sem))) changetype<semaphore>(sem).count++;
  else waiter_grant(changetype<Waiter>(list_next(list_of(sem))));
  _raw_spin_unlock_irqrestore(sem, flags);
}
