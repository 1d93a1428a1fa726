// kernel/time/hrtimer.c, struct hrtimer_sleeper: tasks that sleep until a time that is finer than a jiffy.

import { CLOCK_MONOTONIC, EINTR, HRTIMER_NORESTART, TASK_RUNNING, hrtimer_sleeper } from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { schedule, set_current_state, wake_up_process } from "../sched/core";
import { expiry, hrt, hrtimer_cancel, hrtimer_init, hrtimer_start_range_ns } from "./hrtimer";

const SLEEPER_BYTES: usize = 64;

function hrtimer_wakeup(timer: usize): i32 {
  const sleeper = changetype<hrtimer_sleeper>(timer); // the timer is its first member
  const task = sleeper.task;
  sleeper.task = 0;
  if (task) wake_up_process(task);
  return HRTIMER_NORESTART;
}

/** linux/hrtimer.h. Readies a timer that wakes the running task and clears `task`. Context: process. */
export function hrtimer_init_sleeper(sleeper: usize, clock_id: i32, mode: u32): void {
  hrtimer_init(sleeper, clock_id, mode);
  hrt(sleeper).function_ = hrtimer_wakeup.index;
  changetype<hrtimer_sleeper>(sleeper).task = this_cpu().current;
}

/** linux/hrtimer.h. Starts a sleeper at the expiry that it holds. Context: process. */
export function hrtimer_sleeper_start_expires(sleeper: usize, mode: u32): void {
  const first = hrt(sleeper)._softexpires;
  hrtimer_start_range_ns(sleeper, first, <u64>(expiry(sleeper) - first), mode);
}

/** linux/hrtimer.h. Sleeps in the state that the task has set until *`expires` (ktime_t; NULL: for ever) on
 *  `clock_id`, at most `delta` ns longer: 0, or -EINTR if woken before. Context: process. */
export function schedule_hrtimeout_range_clock(expires: usize, delta: u64, mode: u32, clock_id: i32): i32 {
  if (!expires) {
    schedule();
    return -EINTR;
  }
  if (load<i64>(expires) == 0) {
    set_current_state(TASK_RUNNING);
    return 0;
  }
  const sleeper = stack_alloc(SLEEPER_BYTES);
  hrtimer_init_sleeper(sleeper, clock_id, mode);
  hrtimer_start_range_ns(sleeper, load<i64>(expires), delta, mode);
  if (changetype<hrtimer_sleeper>(sleeper).task) schedule();
  hrtimer_cancel(sleeper);
  set_current_state(TASK_RUNNING);
  const woken = changetype<hrtimer_sleeper>(sleeper).task != 0;
  stack_free(SLEEPER_BYTES);
  return woken ? -EINTR : 0;
}

/** linux/hrtimer.h. schedule_hrtimeout_range_clock on the monotonic clock. Context: process. */
export function schedule_hrtimeout_range(expires: usize, delta: u64, mode: u32): i32 {
  return schedule_hrtimeout_range_clock(expires, delta, mode, CLOCK_MONOTONIC);
}

/** linux/hrtimer.h. schedule_hrtimeout_range without slack. Context: process. */
export function schedule_hrtimeout(expires: usize, mode: u32): i32 {
  return schedule_hrtimeout_range_clock(expires, 0, mode, CLOCK_MONOTONIC);
}
