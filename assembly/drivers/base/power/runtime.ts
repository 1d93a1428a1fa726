// drivers/base/power/runtime.c: devices that sleep while nobody uses them. A usage count holds a device awake, its
// awake children hold it too; the callbacks of bus and driver do the rest.
//
//   ACTIVE ──rpm_suspend──▶ SUSPENDING ──callback──▶ SUSPENDED
//      ▲───callback── RESUMING ◀──rpm_resume───────────┘

import {
  bus_type,
  class_,
  dev_pm_domain,
  dev_pm_info,
  device_driver,
  device_type,
  EACCES,
  EAGAIN,
  EBUSY,
  EINPROGRESS,
  EINVAL,
  ENOSYS,
  offsetof_dev_pm_ops_runtime_idle,
  offsetof_dev_pm_ops_runtime_resume,
  offsetof_dev_pm_ops_runtime_suspend,
  RPM_ACTIVE,
  RPM_ASYNC,
  RPM_AUTO,
  RPM_INVALID,
  RPM_NOWAIT,
  RPM_REQ_AUTOSUSPEND,
  RPM_REQ_IDLE,
  RPM_REQ_NONE,
  RPM_REQ_RESUME,
  RPM_REQ_SUSPEND,
  RPM_RESUMING,
  RPM_SUSPENDED,
  RPM_SUSPENDING,
  TASK_NORMAL,
  TASK_UNINTERRUPTIBLE,
} from "../../../abi";
import { stack_alloc, stack_free } from "../../../arch/wasm/stack";
import {
  _raw_spin_lock,
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "../../../kernel/locking/spinlock";
import { schedule } from "../../../kernel/sched/core";
import {
  __wake_up,
  finish_wait,
  init_wait_entry,
  init_waitqueue_head,
  prepare_to_wait,
  WAIT_ENTRY_BYTES,
} from "../../../kernel/sched/wait";
import { INIT_WORK, schedule_work } from "../../../kernel/workqueue";
import { ktime_get_mono_fast_ns } from "../../../kernel/time/timekeeping";
import { cancel_work_sync } from "../../../kernel/workqueue/cancel";
import { to_device } from "../base";
import { cancel_timer, defer_suspend, suspend_timer_init } from "./autosuspend";
import { dev_warn } from "../printk";

@inline
export function power(dev: usize): dev_pm_info {
  return to_device(dev).power;
}

@inline
export function usage_count(dev: usize): usize {
  return changetype<usize>(power(dev).usage_count);
}

@inline
export function child_count(dev: usize): usize {
  return changetype<usize>(power(dev).child_count);
}

@inline
export function power_lock(dev: usize): usize {
  return changetype<usize>(power(dev).lock);
}

@inline
function queue_of(dev: usize): usize {
  return changetype<usize>(power(dev).wait_queue);
}

@inline
function work_of(dev: usize): usize {
  return changetype<usize>(power(dev).work);
}

/** Counts down unless the count is 0. */
export function dec_unless_zero(count: usize): void {
  if (load<i32>(count) > 0) atomic.sub<i32>(count, 1);
}

/** A new device: suspended, and runtime power management off until pm_runtime_enable(). */
export function pm_runtime_init(dev: usize): void {
  const p = power(dev);
  p.runtime_status = RPM_SUSPENDED;
  p.last_status = RPM_INVALID;
  p.disable_depth = 1;
  p.runtime_auto = 1;
  p.request = RPM_REQ_NONE;
  INIT_WORK(work_of(dev), pm_runtime_work.index);
  init_waitqueue_head(queue_of(dev));
  suspend_timer_init(dev);
}

/** The callback at `offset` of struct dev_pm_ops: of the domain, type, class or bus, else of the driver; 0 if none. */
function callback_of(dev: usize, offset: usize): u32 {
  const d = to_device(dev);
  let ops: usize = 0;
  if (d.pm_domain) ops = changetype<usize>(changetype<dev_pm_domain>(d.pm_domain).ops);
  else if (d.type && changetype<device_type>(d.type).pm) ops = changetype<device_type>(d.type).pm;
  else if (d.class_ && changetype<class_>(d.class_).pm) ops = changetype<class_>(d.class_).pm;
  else if (d.bus && changetype<bus_type>(d.bus).pm) ops = changetype<bus_type>(d.bus).pm;
  let callback = ops ? load<u32>(ops + offset) : 0;
  if (!callback && d.driver && changetype<device_driver>(d.driver).pm) {
    callback = load<u32>(changetype<device_driver>(d.driver).pm + offset);
  }
  return callback;
}

/** Calls it with the lock dropped; interrupts stay off for a device that promises to be safe then. */
function call(dev: usize, callback: u32): i32 {
  const safe = power(dev).irq_safe;
  if (safe) _raw_spin_unlock(power_lock(dev));
  else _raw_spin_unlock_irq(power_lock(dev));
  const result = call_indirect<i32>(callback, dev);
  if (safe) _raw_spin_lock(power_lock(dev));
  else _raw_spin_lock_irq(power_lock(dev));
  return result;
}

function changing(dev: usize): bool {
  const status = power(dev).runtime_status;
  return status == RPM_SUSPENDING || status == RPM_RESUMING;
}

/** Waits until a transition that another task makes is through. */
function wait_change(dev: usize): void {
  const wait = stack_alloc(WAIT_ENTRY_BYTES);
  init_wait_entry(wait, 0);
  while (true) {
    prepare_to_wait(queue_of(dev), wait, TASK_UNINTERRUPTIBLE);
    if (!changing(dev)) break;
    _raw_spin_unlock_irq(power_lock(dev));
    schedule();
    _raw_spin_lock_irq(power_lock(dev));
  }
  finish_wait(queue_of(dev), wait);
  stack_free(WAIT_ENTRY_BYTES);
}

function wake_waiters(dev: usize): void {
  __wake_up(queue_of(dev), TASK_NORMAL, 0, 0);
}

export function set_status(dev: usize, status: i32): void {
  power(dev).runtime_status = status;
}

/** Leaves the rest to a worker. */
function request(dev: usize, what: u32): void {
  power(dev).request = what;
  if (power(dev).request_pending) return;
  power(dev).request_pending = 1;
  schedule_work(work_of(dev));
}

/** Forgets what a worker was asked to do, and the timer. */
export function cancel_pending(dev: usize): void {
  cancel_timer(dev);
  power(dev).request = RPM_REQ_NONE;
}

/** 0 if the device may be suspended, 1 if it is, or why not. */
export function suspend_allowed(dev: usize): i32 {
  const p = power(dev);
  if (p.runtime_error) return -EINVAL;
  if (p.disable_depth) return -EACCES;
  if (load<i32>(usage_count(dev))) return -EAGAIN;
  if (!p.ignore_children && load<i32>(child_count(dev))) return -EBUSY;
  if (p.deferred_resume && p.runtime_status == RPM_SUSPENDING) return -EAGAIN;
  if (p.request_pending && p.request == RPM_REQ_RESUME) return -EAGAIN;
  return <i32>(p.runtime_status == RPM_SUSPENDED);
}

/** Nobody uses the device: asks its callback, then suspends it. Locked. */
export function rpm_idle(dev: usize, flags: u32): i32 {
  const p = power(dev);
  let error = suspend_allowed(dev);
  if (error >= 0) {
    if (p.runtime_status != RPM_ACTIVE) error = -EAGAIN;
    else if (p.request_pending && p.request > RPM_REQ_IDLE) error = -EAGAIN;
    else if (p.idle_notification) error = -EINPROGRESS;
  }
  if (error < 0) return error;
  p.request = RPM_REQ_NONE;
  const callback = callback_of(dev, offsetof_dev_pm_ops_runtime_idle);
  if (callback && !p.no_callbacks) {
    if (flags & RPM_ASYNC) {
      request(dev, RPM_REQ_IDLE);
      return 0;
    }
    p.idle_notification = 1;
    error = call(dev, callback);
    p.idle_notification = 0;
    wake_waiters(dev);
    if (error) return error;
  }
  return rpm_suspend(dev, flags | RPM_AUTO);
}

/** The device sleeps: its parent may too. Locked. */
function suspended(dev: usize): i32 {
  const p = power(dev);
  set_status(dev, RPM_SUSPENDED);
  const parent = to_device(dev).parent;
  if (parent) dec_unless_zero(child_count(parent));
  wake_waiters(dev);
  if (p.deferred_resume) {
    p.deferred_resume = 0;
    rpm_resume(dev, 0);
    return -EAGAIN;
  }
  if (!parent || power(parent).ignore_children || p.irq_safe) return 0;
  _raw_spin_unlock(power_lock(dev));
  _raw_spin_lock(power_lock(parent));
  rpm_idle(parent, RPM_ASYNC);
  _raw_spin_unlock(power_lock(parent));
  _raw_spin_lock(power_lock(dev));
  return 0;
}

/** 0, 1 if it slept already, or why it does not. Locked. */
export function rpm_suspend(dev: usize, flags: u32): i32 {
  const p = power(dev);
  while (true) {
    const error = suspend_allowed(dev);
    if (error) return error;
    if (p.runtime_status == RPM_RESUMING && !(flags & RPM_ASYNC)) return -EAGAIN;
    if (flags & RPM_AUTO && p.runtime_status != RPM_SUSPENDING && defer_suspend(dev)) return 0; // it was used just now
    cancel_pending(dev);
    if (p.runtime_status != RPM_SUSPENDING) break;
    if (flags & (RPM_ASYNC | RPM_NOWAIT)) return -EINPROGRESS;
    wait_change(dev);
  }
  if (p.no_callbacks) return suspended(dev);
  if (flags & RPM_ASYNC) {
    request(dev, flags & RPM_AUTO ? RPM_REQ_AUTOSUSPEND : RPM_REQ_SUSPEND);
    return 0;
  }
  set_status(dev, RPM_SUSPENDING);
  const callback = callback_of(dev, offsetof_dev_pm_ops_runtime_suspend);
  const error = callback ? call(dev, callback) : -ENOSYS;
  if (!error) return suspended(dev);
  set_status(dev, RPM_ACTIVE);
  p.deferred_resume = 0;
  wake_waiters(dev);
  if (error != -EAGAIN && error != -EBUSY) p.runtime_error = error;
  return error;
}

/** Holds the parent awake for a child that resumes; false if it will not wake. The child's lock is held. */
function resume_parent(dev: usize, parent: usize): bool {
  _raw_spin_unlock(power_lock(dev));
  atomic.add<i32>(usage_count(parent), 1);
  _raw_spin_lock(power_lock(parent));
  let awake = true;
  if (!power(parent).disable_depth && !power(parent).ignore_children) {
    rpm_resume(parent, 0);
    awake = power(parent).runtime_status == RPM_ACTIVE;
  }
  _raw_spin_unlock(power_lock(parent));
  _raw_spin_lock(power_lock(dev));
  return awake;
}

function release_parent(dev: usize, parent: usize): void {
  if (!parent) return;
  _raw_spin_unlock_irq(power_lock(dev));
  pm_runtime_put(parent);
  _raw_spin_lock_irq(power_lock(dev));
}

/** 0, 1 if it was awake already, or why it does not wake. Locked. */
export function rpm_resume(dev: usize, flags: u32): i32 {
  const p = power(dev);
  let parent: usize = 0;
  let result: i32 = 0;
  while (true) {
    if (p.runtime_error) result = -EINVAL;
    else if (p.disable_depth) result = p.runtime_status == RPM_ACTIVE && p.last_status == RPM_ACTIVE ? 1 : -EACCES;
    if (result) break;
    p.request = RPM_REQ_NONE;
    if (!p.timer_autosuspends) cancel_timer(dev); // that one would only be set again soon
    if (p.runtime_status == RPM_ACTIVE) {
      result = 1;
      break;
    }
    if (changing(dev)) {
      if (flags & (RPM_ASYNC | RPM_NOWAIT)) {
        const suspending = p.runtime_status == RPM_SUSPENDING;
        if (suspending) p.deferred_resume = 1;
        result = suspending && !(flags & RPM_NOWAIT) ? 0 : -EINPROGRESS;
        break;
      }
      wait_change(dev);
      continue;
    }
    if (flags & RPM_ASYNC) {
      request(dev, RPM_REQ_RESUME);
      break;
    }
    if (!parent && to_device(dev).parent && !p.irq_safe) {
      parent = to_device(dev).parent;
      if (resume_parent(dev, parent)) continue; // much may have happened meanwhile
      result = -EBUSY;
      break;
    }
    result = resume_now(dev);
    break;
  }
  release_parent(dev, parent);
  return result;
}

function resume_now(dev: usize): i32 {
  let error: i32 = 0;
  if (!power(dev).no_callbacks) {
    set_status(dev, RPM_RESUMING);
    const callback = callback_of(dev, offsetof_dev_pm_ops_runtime_resume);
    error = callback ? call(dev, callback) : -ENOSYS;
  }
  set_status(dev, error ? RPM_SUSPENDED : RPM_ACTIVE);
  const parent = to_device(dev).parent;
  if (error) {
    if (error != -EAGAIN && error != -EBUSY) power(dev).runtime_error = error;
    cancel_pending(dev);
  } else {
    power(dev).last_busy = ktime_get_mono_fast_ns();
    if (parent) atomic.add<i32>(child_count(parent), 1);
  }
  wake_waiters(dev);
  if (error >= 0) rpm_idle(dev, RPM_ASYNC);
  return error;
}

/** The worker: does what was requested last. */
function pm_runtime_work(work: usize): void {
  const dev = work - work_of(0);
  _raw_spin_lock_irq(power_lock(dev));
  const p = power(dev);
  if (p.request_pending) {
    const what = p.request;
    p.request = RPM_REQ_NONE;
    p.request_pending = 0;
    if (what == RPM_REQ_IDLE) rpm_idle(dev, RPM_NOWAIT);
    else if (what == RPM_REQ_SUSPEND) rpm_suspend(dev, RPM_NOWAIT);
    else if (what == RPM_REQ_AUTOSUSPEND) rpm_suspend(dev, RPM_NOWAIT | RPM_AUTO);
    else if (what == RPM_REQ_RESUME) rpm_resume(dev, RPM_NOWAIT);
  }
  _raw_spin_unlock_irq(power_lock(dev));
}

/** Ends what is requested and waits for what is under way. Locked. */
export function barrier(dev: usize): void {
  const p = power(dev);
  cancel_timer(dev);
  if (p.request_pending) {
    p.request = RPM_REQ_NONE;
    _raw_spin_unlock_irq(power_lock(dev));
    cancel_work_sync(work_of(dev));
    _raw_spin_lock_irq(power_lock(dev));
    p.request_pending = 0;
  }
  if (!changing(dev) && !p.idle_notification) return;
  const wait = stack_alloc(WAIT_ENTRY_BYTES);
  init_wait_entry(wait, 0);
  while (true) {
    prepare_to_wait(queue_of(dev), wait, TASK_UNINTERRUPTIBLE);
    if (!changing(dev) && !p.idle_notification) break;
    _raw_spin_unlock_irq(power_lock(dev));
    schedule();
    _raw_spin_lock_irq(power_lock(dev));
  }
  finish_wait(queue_of(dev), wait);
  stack_free(WAIT_ENTRY_BYTES);
}

/** Counts one user less; the users left, or -EINVAL if there was none. */
export function drop_usage(dev: usize): i32 {
  const left = atomic.sub<i32>(usage_count(dev), 1) - 1;
  if (left >= 0) return left;
  atomic.add<i32>(usage_count(dev), 1);
  dev_warn(dev, cstr("Runtime PM usage count underflow!"));
  return -EINVAL;
}

/** Drops a use; the device may go to sleep later. */
export function pm_runtime_put(dev: usize): i32 {
  const left = drop_usage(dev);
  if (left) return left < 0 ? left : 0;
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  const result = rpm_idle(dev, RPM_ASYNC);
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
  return result;
}
