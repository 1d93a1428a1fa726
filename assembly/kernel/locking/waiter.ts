// Tasks that wait for a sleeping lock: a list in order of arrival, each entry on the waiting task's shadow stack.
// Whoever releases the lock hands it to the first waiter that may have it (`waiter_grant`), so the order is kept and
// nobody who comes later gets in between. Mutexes, semaphores and rwsems share this.

import { EINTR, ETIME, TASK_RUNNING } from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { list_add_tail, list_del } from "../../lib/list";
import { set_current_state, wake_up_process } from "../sched/core";
import { signal_pending_state } from "../sched/signal";
import { schedule_timeout } from "../time/sleep";
import { _raw_spin_lock_irq, _raw_spin_unlock_irq } from "./spinlock";

@unmanaged
export class Waiter {
  /** The list node; first, so that a node is its waiter. */
  next: usize;
  prev: usize;
  task: usize;
  /** What the lock wants to know about the waiter. */
  kind: u32;
  granted: u32;
}

/** What a Waiter takes from the shadow stack. */
export const WAITER_BYTES: usize = 32;

/** Puts the running task at the end of `list`. */
export function waiter_add(waiter: Waiter, list: usize, kind: u32): void {
  waiter.task = this_cpu().current;
  waiter.kind = kind;
  waiter.granted = 0;
  list_add_tail(changetype<usize>(waiter), list);
}

/** Sleeps until the waiter has the lock. `lock` is the raw spinlock over the list, held on entry and exit with
 *  interrupts disabled. 0; -EINTR if a signal ends a sleep in `state`; -ETIME after `timeout` jiffies: then it is
 *  off the list. */
export function waiter_sleep(waiter: Waiter, lock: usize, state: u32, timeout: i32): i32 {
  let error: i32 = 0;
  while (!load<u32>(changetype<usize>(waiter), offsetof<Waiter>("granted"))) {
    if (signal_pending_state(state, waiter.task)) error = -EINTR;
    else if (timeout <= 0) error = -ETIME;
    if (error) {
      list_del(changetype<usize>(waiter));
      break;
    }
    set_current_state(state);
    _raw_spin_unlock_irq(lock);
    timeout = schedule_timeout(timeout);
    _raw_spin_lock_irq(lock);
  }
  set_current_state(TASK_RUNNING);
  return error;
}

/** Gives the lock to a waiter: takes it off the list and wakes its task. The waiter is gone afterwards. */
export function waiter_grant(waiter: Waiter): void {
  const task = waiter.task;
  list_del(changetype<usize>(waiter));
  waiter.granted = 1;
  wake_up_process(task);
}
