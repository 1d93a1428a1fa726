// kernel/sched/completion.c: a counter that one side raises and the other waits for. UINT_MAX means complete for ever.

import {
  ERESTARTSYS,
  MAX_SCHEDULE_TIMEOUT,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_UNINTERRUPTIBLE,
  completion,
  offsetof_completion_wait,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { DEBUG } from "../../flavour";
import { might_sleep } from "../locking/might_sleep";
import {
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "../locking/spinlock";
import { schedule_timeout } from "../time/sleep";
import { set_current_state } from "./core";
import { signal_pending_state } from "./signal";
import {
  SWAIT_BYTES,
  __finish_swait,
  __init_swait_queue_head,
  __prepare_to_swait,
  init_swait,
  swake_up_all_locked,
  swake_up_locked,
} from "./swait";
import { WAITS_COMPLETION, task_of } from "./task";

/** complete_all() was called. */
const FOR_EVER: u32 = u32.MAX_VALUE;

/** The wait queue; its first member is the lock. */
@inline
function queue_of(x: usize): usize {
  return x + offsetof_completion_wait;
}

/** linux/completion.h. A completion that nobody has completed. */
export function init_completion(x: usize): void {
  changetype<completion>(x).done = 0;
  __init_swait_queue_head(queue_of(x), 0, 0);
}

/** linux/completion.h. Lets one waiter go on, now or later. Context: any. */
export function complete(x: usize): void {
  const flags = _raw_spin_lock_irqsave(queue_of(x));
  const done = changetype<completion>(x).done;
  if (done != FOR_EVER) changetype<completion>(x).done = done + 1;
  swake_up_locked(queue_of(x));
  _raw_spin_unlock_irqrestore(queue_of(x), flags);
}

/** linux/completion.h. Lets every waiter go on, until reinit_completion(). Context: any. */
export function complete_all(x: usize): void {
  const flags = _raw_spin_lock_irqsave(queue_of(x));
  changetype<completion>(x).done = FOR_EVER;
  swake_up_all_locked(queue_of(x));
  _raw_spin_unlock_irqrestore(queue_of(x), flags);
}

/** Sleeps until done, with the lock held on entry and exit. The jiffies left, 0 on timeout, or -ERESTARTSYS. */
function wait_locked(x: usize, timeout: i32, state: u32): i32 {
  const wait = stack_alloc(SWAIT_BYTES);
  init_swait(wait);
  if (DEBUG) task_of(this_cpu().current).waits_at = x | WAITS_COMPLETION;
  let error: i32 = 0;
  do {
    if (signal_pending_state(state, this_cpu().current)) {
      error = -ERESTARTSYS;
      break;
    }
    __prepare_to_swait(queue_of(x), wait);
    set_current_state(state);
    _raw_spin_unlock_irq(queue_of(x));
    timeout = schedule_timeout(timeout);
    _raw_spin_lock_irq(queue_of(x));
  } while (!changetype<completion>(x).done && timeout);
  __finish_swait(queue_of(x), wait);
  if (DEBUG) task_of(this_cpu().current).waits_at = 0;
  stack_free(SWAIT_BYTES);
  return error ? error : timeout;
}

function wait_common(x: usize, timeout: i32, state: u32): i32 {
  if (DEBUG) might_sleep(cstr("wait_for_completion"));
  _raw_spin_lock_irq(queue_of(x));
  let left = changetype<completion>(x).done ? timeout : wait_locked(x, timeout, state);
  const done = changetype<completion>(x).done;
  if (done && done != FOR_EVER) changetype<completion>(x).done = done - 1;
  if (done && !left) left = 1;
  _raw_spin_unlock_irq(queue_of(x));
  return left;
}

/** 0 for a wait that ended well, else its error. */
@inline
function error_of(left: i32): i32 {
  return left == -ERESTARTSYS ? left : 0;
}

/** linux/completion.h. Sleeps until completed. Context: process. */
export function wait_for_completion(x: usize): void {
  wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_UNINTERRUPTIBLE);
}

/** linux/completion.h. Sleeps until completed or `timeout` jiffies passed: the jiffies left, at least 1, or 0. Context:
 *  process. */
export function wait_for_completion_timeout(x: usize, timeout: u32): u32 {
  return wait_common(x, timeout, TASK_UNINTERRUPTIBLE);
}

/** linux/completion.h. wait_for_completion, accounted as I/O in Linux. Context: process. */
export function wait_for_completion_io(x: usize): void {
  wait_for_completion(x);
}

/** linux/completion.h. wait_for_completion_timeout, accounted as I/O in Linux. Context: process. */
export function wait_for_completion_io_timeout(x: usize, timeout: u32): u32 {
  return wait_for_completion_timeout(x, timeout);
}

/** linux/completion.h. Sleeps until completed: 0, or -ERESTARTSYS on a signal. Context: process. */
export function wait_for_completion_interruptible(x: usize): i32 {
  return error_of(wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_INTERRUPTIBLE));
}

/** linux/completion.h. The jiffies left, at least 1; 0 on timeout; -ERESTARTSYS on a signal. Context: process. */
export function wait_for_completion_interruptible_timeout(x: usize, timeout: u32): i32 {
  return wait_common(x, timeout, TASK_INTERRUPTIBLE);
}

/** linux/completion.h. Sleeps until completed: 0, or -ERESTARTSYS on a fatal signal. Context: process. */
export function wait_for_completion_killable(x: usize): i32 {
  return error_of(wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_KILLABLE));
}

/** linux/completion.h. Sleeps in `state` until completed: 0, or -ERESTARTSYS if a signal ends such a sleep. Context:
 *  process. */
export function wait_for_completion_state(x: usize, state: u32): i32 {
  return error_of(wait_common(x, MAX_SCHEDULE_TIMEOUT, state));
}

/** linux/completion.h. The jiffies left, at least 1; 0 on timeout; -ERESTARTSYS on a fatal signal. Context: process. */
export function wait_for_completion_killable_timeout(x: usize, timeout: u32): i32 {
  return wait_common(x, timeout, TASK_KILLABLE);
}

/** linux/completion.h. Takes one completion if there is one; whether it did. Context: any. */
export function try_wait_for_completion(x: usize): bool {
  if (!changetype<completion>(x).done) return false;
  const flags = _raw_spin_lock_irqsave(queue_of(x));
  const done = changetype<completion>(x).done;
  if (done && done != FOR_EVER) changetype<completion>(x).done = done - 1;
  _raw_spin_unlock_irqrestore(queue_of(x), flags);
  return done != 0;
}

/** linux/completion.h. Whether a wait would not sleep. Context: any. */
export function completion_done(x: usize): bool {
  if (!changetype<completion>(x).done) return false;
  const flags = _raw_spin_lock_irqsave(queue_of(x)); // complete() may still be inside
  _raw_spin_unlock_irqrestore(queue_of(x), flags);
  return true;
}
