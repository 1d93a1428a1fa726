// kernel/time/timer.c, sleeping: schedule_timeout and what stands on it.

import {
  HRTIMER_MODE_ABS,
  MAX_SCHEDULE_TIMEOUT,
  NSEC_PER_USEC,
  TASK_IDLE,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
  sizeof_timer_list,
  timer_list,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { dump_stack } from "../panic";
import { pr } from "../printk/printk";
import { schedule, set_current_state, wake_up_process } from "../sched/core";
import { signal_pending } from "../sched/signal";
import { schedule_hrtimeout_range } from "./hrtimer_sleep";
import { jiffies } from "./jiffies";
import { __msecs_to_jiffies, jiffies_to_msecs } from "./time";
import { mono_now } from "./timekeeping";
import { add_timer, init_timer_key, timer_delete_sync } from "./timer";

/** A timer and, behind it, the task that it wakes. */
const SLEEP_BYTES: usize = 32;

function process_timeout(timer: usize): void {
  wake_up_process(load<usize>(timer + sizeof_timer_list));
}

function sleep_until(expire: u32): void {
  const timer = stack_alloc(SLEEP_BYTES);
  init_timer_key(timer, process_timeout.index, 0, 0, 0);
  store<usize>(timer + sizeof_timer_list, this_cpu().current);
  changetype<timer_list>(timer).expires = expire;
  add_timer(timer);
  schedule();
  timer_delete_sync(timer);
  stack_free(SLEEP_BYTES);
}

/** linux/sched.h. Sleeps in the state that the task has set, for `timeout` jiffies or MAX_SCHEDULE_TIMEOUT; the jiffies
 *  left, 0 if all passed. The task is TASK_RUNNING afterwards. Context: process. */
export function schedule_timeout(timeout: i32): i32 {
  if (timeout == MAX_SCHEDULE_TIMEOUT) {
    schedule();
    return timeout;
  }
  if (timeout < 0) {
    pr(cstr("\x013schedule_timeout: wrong timeout value %x"), timeout);
    dump_stack();
    set_current_state(TASK_RUNNING);
    return 0;
  }
  const expire = jiffies() + timeout;
  sleep_until(expire);
  return max<i32>(<i32>(expire - jiffies()), 0);
}

/** linux/sched.h. schedule_timeout in TASK_INTERRUPTIBLE. Context: process. */
export function schedule_timeout_interruptible(timeout: i32): i32 {
  set_current_state(TASK_INTERRUPTIBLE);
  return schedule_timeout(timeout);
}

/** linux/sched.h. schedule_timeout in TASK_KILLABLE. Context: process. */
export function schedule_timeout_killable(timeout: i32): i32 {
  set_current_state(TASK_KILLABLE);
  return schedule_timeout(timeout);
}

/** linux/sched.h. schedule_timeout in TASK_UNINTERRUPTIBLE. Context: process. */
export function schedule_timeout_uninterruptible(timeout: i32): i32 {
  set_current_state(TASK_UNINTERRUPTIBLE);
  return schedule_timeout(timeout);
}

/** linux/sched.h. schedule_timeout in TASK_IDLE. Context: process. */
export function schedule_timeout_idle(timeout: i32): i32 {
  set_current_state(TASK_IDLE);
  return schedule_timeout(timeout);
}

/** linux/delay.h. Sleeps for at least `msecs` milliseconds, whatever wakes the task. Context: process. */
export function msleep(msecs: u32): void {
  let timeout: i32 = __msecs_to_jiffies(msecs) + 1;
  while (timeout) timeout = schedule_timeout_uninterruptible(timeout);
}

/** linux/delay.h. As msleep, until a signal comes; the milliseconds left. Context: process. */
export function msleep_interruptible(msecs: u32): u32 {
  let timeout: i32 = __msecs_to_jiffies(msecs) + 1;
  while (timeout && !signal_pending(this_cpu().current)) timeout = schedule_timeout_interruptible(timeout);
  return jiffies_to_msecs(timeout);
}

/** linux/delay.h. Sleeps in `state` for `min_us` to `max_us` microseconds, whatever wakes the task. Context:
 *  process. */
export function usleep_range_state(min_us: u32, max_us: u32, state: u32): void {
  const expires = stack_alloc(16);
  store<i64>(expires, mono_now() + <i64>min_us * NSEC_PER_USEC);
  do {
    set_current_state(state);
  } while (schedule_hrtimeout_range(expires, <u64>(max_us - min_us) * NSEC_PER_USEC, HRTIMER_MODE_ABS));
  stack_free(16);
}
