// linux/pm_runtime.h: what drivers and the driver core call. The state machine is in runtime.ts.

import {
  EAGAIN,
  EBUSY,
  EINVAL,
  RPM_ACTIVE,
  RPM_ASYNC,
  RPM_AUTO,
  RPM_GET_PUT,
  RPM_INVALID,
  RPM_REQ_RESUME,
  RPM_SUSPENDED,
} from "../../../abi";
import {
  _raw_spin_lock,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock,
  _raw_spin_unlock_irqrestore,
} from "../../../kernel/locking/spinlock";
import { to_device } from "../base";
import { devm_add_action } from "../devres_mem";
import { dev_name } from "../name";
import { dev_warn } from "../printk";
import {
  barrier,
  child_count,
  dec_unless_zero,
  drop_usage,
  power,
  power_lock,
  rpm_idle,
  rpm_resume,
  rpm_suspend,
  set_status,
  usage_count,
} from "./runtime";

/** linux/pm_runtime.h. Lets the device go to sleep if nobody uses it; RPM_GET_PUT drops a use first. 0, or why it does
 *  not. Context: any with RPM_ASYNC, else process. */
export function __pm_runtime_idle(dev: usize, rpmflags: i32): i32 {
  if (rpmflags & RPM_GET_PUT) {
    const left = drop_usage(dev);
    if (left) return left < 0 ? left : 0;
  }
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  const result = rpm_idle(dev, rpmflags);
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
  return result;
}

/** linux/pm_runtime.h. Puts the device to sleep if nobody uses it; RPM_GET_PUT drops a use first. 0, 1 if it slept, or
 *  why it does not. Context: any with RPM_ASYNC, else process. */
export function __pm_runtime_suspend(dev: usize, rpmflags: i32): i32 {
  if (rpmflags & RPM_GET_PUT) {
    const left = drop_usage(dev);
    if (left) return left < 0 ? left : 0;
  }
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  const result = rpm_suspend(dev, rpmflags);
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
  return result;
}

/** linux/pm_runtime.h. Wakes the device; RPM_GET_PUT adds a use first. 0, 1 if it was awake, or why it does not wake.
 *  Context: any with RPM_ASYNC, else process. */
export function __pm_runtime_resume(dev: usize, rpmflags: i32): i32 {
  if (rpmflags & RPM_GET_PUT) atomic.add<i32>(usage_count(dev), 1);
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  const result = rpm_resume(dev, rpmflags);
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
  return result;
}

/** linux/pm_runtime.h. Adds a use if the device is awake, and used already unless `ign_usage_count`. 1 if it did, 0,
 *  -EINVAL if runtime power management is off. Context: any. */
export function pm_runtime_get_if_active(dev: usize, ign_usage_count: bool): i32 {
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  let result: i32 = 0;
  if (power(dev).disable_depth) {
    result = -EINVAL;
  } else if (power(dev).runtime_status == RPM_ACTIVE && (ign_usage_count || load<i32>(usage_count(dev)))) {
    atomic.add<i32>(usage_count(dev), 1);
    result = 1;
  }
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
  return result;
}

/** linux/pm_runtime.h. Waits for requests and transitions; 1 if the device was woken on the way. Context: process. */
export function pm_runtime_barrier(dev: usize): i32 {
  atomic.add<i32>(usage_count(dev), 1);
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  let result: i32 = 0;
  if (power(dev).request_pending && power(dev).request == RPM_REQ_RESUME) {
    rpm_resume(dev, 0);
    result = 1;
  }
  barrier(dev);
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
  dec_unless_zero(usage_count(dev));
  return result;
}

/** linux/pm_runtime.h. Says how the device is, RPM_ACTIVE or RPM_SUSPENDED, while its management is off. 0, -EAGAIN if
 *  it is on, -EBUSY if the parent sleeps, -EINVAL. Context: process. */
export function __pm_runtime_set_status(dev: usize, status: u32): i32 {
  if (status != RPM_ACTIVE && status != RPM_SUSPENDED) return -EINVAL;
  const p = power(dev);
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  let error: i32 = 0;
  if (!p.runtime_error && !p.disable_depth) error = -EAGAIN;
  else if (p.runtime_status != <i32>status) error = move_status(dev, status);
  if (!error) {
    set_status(dev, status);
    p.runtime_error = 0;
  }
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
  return error;
}

/** A change of status as the parent sees it. Locked. */
function move_status(dev: usize, status: u32): i32 {
  const parent = to_device(dev).parent;
  if (!parent) return 0;
  if (status == RPM_SUSPENDED) {
    dec_unless_zero(child_count(parent));
    return 0;
  }
  _raw_spin_lock(power_lock(parent));
  const p = power(parent);
  const asleep = !p.disable_depth && !p.ignore_children && p.runtime_status != RPM_ACTIVE;
  if (!asleep && power(dev).runtime_status == RPM_SUSPENDED) atomic.add<i32>(child_count(parent), 1);
  _raw_spin_unlock(power_lock(parent));
  if (asleep) {
    dev_warn(
      dev,
      cstr("runtime PM trying to activate child device %s but parent (%s) is not active"),
      dev_name(dev),
      dev_name(parent),
    );
  }
  return asleep ? -EBUSY : 0;
}

/** linux/pm_runtime.h. Turns runtime power management on, one level. Context: any. */
export function pm_runtime_enable(dev: usize): void {
  const p = power(dev);
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  if (!p.disable_depth) {
    dev_warn(dev, cstr("Unbalanced pm_runtime_enable!"));
  } else {
    p.disable_depth = p.disable_depth - 1;
    if (!p.disable_depth) p.last_status = RPM_INVALID;
  }
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
}

/** linux/pm_runtime.h. Turns runtime power management off, one level, and waits for what is under way; with
 *  `check_resume` a requested wake-up happens first. Context: process. */
export function __pm_runtime_disable(dev: usize, check_resume: bool): void {
  const p = power(dev);
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  if (p.disable_depth) {
    p.disable_depth = p.disable_depth + 1;
  } else {
    if (check_resume && p.request_pending && p.request == RPM_REQ_RESUME) {
      atomic.add<i32>(usage_count(dev), 1);
      rpm_resume(dev, 0);
      dec_unless_zero(usage_count(dev));
    }
    if (!p.disable_depth) {
      p.disable_depth = 1;
      barrier(dev);
      p.last_status = p.runtime_status;
    } else {
      p.disable_depth = p.disable_depth + 1;
    }
  }
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
}

/** linux/pm_runtime.h. Keeps the device awake until pm_runtime_allow(). Context: process. */
export function pm_runtime_forbid(dev: usize): void {
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  if (power(dev).runtime_auto) {
    power(dev).runtime_auto = 0;
    atomic.add<i32>(usage_count(dev), 1);
    rpm_resume(dev, 0);
  }
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
}

/** linux/pm_runtime.h. Takes back pm_runtime_forbid(). Context: any. */
export function pm_runtime_allow(dev: usize): void {
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  if (!power(dev).runtime_auto) {
    power(dev).runtime_auto = 1;
    if (!drop_usage(dev)) rpm_idle(dev, RPM_AUTO | RPM_ASYNC);
  }
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
}

/** linux/pm_runtime.h. The device has nothing to do when it sleeps or wakes. Context: any. */
export function pm_runtime_no_callbacks(dev: usize): void {
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  power(dev).no_callbacks = 1;
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
}

/** linux/pm_runtime.h. The device's callbacks run with interrupts off; its parent stays awake for good. Context:
 *  process. */
export function pm_runtime_irq_safe(dev: usize): void {
  if (to_device(dev).parent) pm_runtime_get_sync(to_device(dev).parent);
  const flags = _raw_spin_lock_irqsave(power_lock(dev));
  power(dev).irq_safe = 1;
  _raw_spin_unlock_irqrestore(power_lock(dev), flags);
}

// ── For the driver core (inlines of linux/pm_runtime.h) ──

export function pm_runtime_get_noresume(dev: usize): void {
  atomic.add<i32>(usage_count(dev), 1);
}

export function pm_runtime_get_sync(dev: usize): i32 {
  return __pm_runtime_resume(dev, RPM_GET_PUT);
}

export function pm_runtime_put_noidle(dev: usize): void {
  dec_unless_zero(usage_count(dev));
}

export function pm_runtime_put_sync(dev: usize): i32 {
  return __pm_runtime_idle(dev, RPM_GET_PUT);
}

export function pm_request_idle(dev: usize): i32 {
  return __pm_runtime_idle(dev, RPM_ASYNC);
}

export function pm_runtime_set_active(dev: usize): i32 {
  return __pm_runtime_set_status(dev, RPM_ACTIVE);
}

/** A driver went: the device sleeps, unless its management is on. */
export function pm_runtime_reinit(dev: usize): void {
  const p = power(dev);
  if (!p.disable_depth) return;
  if (p.runtime_status == RPM_ACTIVE) __pm_runtime_set_status(dev, RPM_SUSPENDED);
  if (!p.irq_safe) return;
  p.irq_safe = 0;
  if (to_device(dev).parent) __pm_runtime_idle(to_device(dev).parent, RPM_GET_PUT | RPM_ASYNC);
}

/** A device goes. */
export function pm_runtime_remove(dev: usize): void {
  __pm_runtime_disable(dev, false);
  pm_runtime_reinit(dev);
}

function disable_action(dev: usize): void {
  __pm_runtime_disable(dev, true);
}

/** linux/pm_runtime.h. pm_runtime_enable() that is undone when the driver goes. 0, or -ENOMEM. Context: process. */
export function devm_pm_runtime_enable(dev: usize): i32 {
  pm_runtime_enable(dev);
  const error = devm_add_action(dev, disable_action.index, dev);
  if (error) disable_action(dev);
  return error;
}
