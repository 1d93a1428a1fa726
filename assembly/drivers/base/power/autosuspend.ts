// Sleeping after a while of not being used (drivers/base/power/runtime.c): a timer per device, set when the device
// could sleep and was used a moment ago.

import {
  CLOCK_MONOTONIC,
  HRTIMER_MODE_ABS,
  HRTIMER_NORESTART,
  NSEC_PER_MSEC,
  offsetof_dev_pm_info_suspend_timer,
  offsetof_device_power,
  RPM_ASYNC,
  RPM_AUTO,
  RPM_REQ_NONE,
} from "../../../abi";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../../../kernel/locking/spinlock";
import { hrtimer_init, hrtimer_start_range_ns, hrtimer_try_to_cancel } from "../../../kernel/time/hrtimer";
import { ktime_get_mono_fast_ns } from "../../../kernel/time/timekeeping";
import {
  cancel_pending,
  drop_usage,
  power,
  power_lock,
  rpm_idle,
  rpm_resume,
  rpm_suspend,
  suspend_allowed,
  usage_count,
} from "./runtime";

const TIMER: usize = offsetof_device_power + offsetof_dev_pm_info_suspend_timer;

export function suspend_timer_init(dev: usize): void {
  hrtimer_init(dev + TIMER, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
  power(dev).suspend_timer.function_ = suspend_timer_fn.index;
}

export function cancel_timer(dev: usize): void {
  if (!power(dev).timer_expires) return;
  hrtimer_try_to_cancel(dev + TIMER);
  power(dev).timer_expires = 0;
}

function set_timer(dev: usize, expires: u64, slack: u64): void {
  power(dev).timer_expires = expires;
  hrtimer_start_range_ns(dev + TIMER, expires, slack, HRTIMER_MODE_ABS);
}

function suspend_timer_fn(timer: usize): i32 {
  const dev = timer - TIMER;
  const p = power(dev);
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  if (p.timer_expires && p.timer_expires <= ktime_get_mono_fast_ns()) {
    p.timer_expires = 0;
    rpm_suspend(dev, p.timer_autosuspends ? RPM_ASYNC | RPM_AUTO : RPM_ASYNC);
  }
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
  return HRTIMER_NORESTART;
}

/** linux/pm_runtime.h. When the device may sleep, ns; 0: at once, or autosuspend is off. Context: any. */
export function pm_runtime_autosuspend_expiration(dev: usize): u64 {
  const p = power(dev);
  if (!p.use_autosuspend || p.autosuspend_delay < 0) return 0;
  const expires = p.last_busy + <u64>p.autosuspend_delay * NSEC_PER_MSEC;
  return expires > ktime_get_mono_fast_ns() ? expires : 0;
}

/** Whether it is too early to sleep; then the timer is set. Locked. */
export function defer_suspend(dev: usize): bool {
  const expires = pm_runtime_autosuspend_expiration(dev);
  if (!expires) return false;
  const p = power(dev);
  p.request = RPM_REQ_NONE;
  if (!p.timer_expires || p.timer_expires > expires) {
    set_timer(dev, expires, <u64>p.autosuspend_delay * (NSEC_PER_MSEC >> 2));
  }
  p.timer_autosuspends = 1;
  return true;
}

/** linux/pm_runtime.h. Puts the device to sleep in `delay` ms, if nobody uses it then. 0, 1 if it sleeps, or why it
 *  cannot. Context: any. */
export function pm_schedule_suspend(dev: usize, delay: u32): i32 {
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  let result: i32;
  if (!delay) {
    result = rpm_suspend(dev, RPM_ASYNC);
  } else {
    result = suspend_allowed(dev);
    if (!result) {
      cancel_pending(dev);
      power(dev).timer_autosuspends = 0;
      set_timer(dev, ktime_get_mono_fast_ns() + <u64>delay * NSEC_PER_MSEC, 0);
    }
  }
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
  return result;
}

/** A negative delay holds the device awake, as a use does. Locked. */
function settle(dev: usize, held: bool): void {
  const p = power(dev);
  const hold = p.use_autosuspend != 0 && p.autosuspend_delay < 0;
  if (hold && !held) {
    atomic.add<i32>(usage_count(dev), 1);
    rpm_resume(dev, 0);
  } else if (!hold) {
    if (held) drop_usage(dev);
    rpm_idle(dev, RPM_AUTO);
  }
}

/** linux/pm_runtime.h. Sets after how many ms without use the device sleeps; negative: never. Context: process. */
export function pm_runtime_set_autosuspend_delay(dev: usize, delay: i32): void {
  const p = power(dev);
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  const held = p.use_autosuspend != 0 && p.autosuspend_delay < 0;
  p.autosuspend_delay = delay;
  settle(dev, held);
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
}

/** linux/pm_runtime.h. Lets the device sleep only after its delay, or at once. Context: process. */
export function __pm_runtime_use_autosuspend(dev: usize, use: bool): void {
  const p = power(dev);
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  const held = p.use_autosuspend != 0 && p.autosuspend_delay < 0;
  p.use_autosuspend = use ? 1 : 0;
  settle(dev, held);
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
}
