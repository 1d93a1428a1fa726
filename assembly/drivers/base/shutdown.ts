// The way down (drivers/base/core.c): every device is told, the youngest first, so that a bus outlives what is on it.

import { kset } from "../../abi";
import { mutex_lock, mutex_unlock } from "../../kernel/locking/mutex";
import { _raw_spin_lock, _raw_spin_unlock } from "../../kernel/locking/spinlock";
import { to_kobject } from "../../lib/kobject";
import { list_del_init, list_empty, list_prev } from "../../lib/list";
import { dev_mutex, kobj_to_dev, to_bus, to_class, to_device, to_driver } from "./base";
import { devices_kset, get_device, put_device } from "./core";
import { pm_runtime_barrier, pm_runtime_get_noresume } from "./power/runtime_api";

function shut_down(dev: usize): void {
  const d = to_device(dev);
  pm_runtime_get_noresume(dev); // nothing puts it to sleep any more
  pm_runtime_barrier(dev);
  if (d.class_ && to_class(d.class_).shutdown_pre) call_indirect<i32>(<u32>to_class(d.class_).shutdown_pre, dev);
  if (d.bus && to_bus(d.bus).shutdown) call_indirect<void>(<u32>to_bus(d.bus).shutdown, dev);
  else if (d.driver && to_driver(d.driver).shutdown) call_indirect<void>(<u32>to_driver(d.driver).shutdown, dev);
}

/** linux/device.h. Calls shutdown() of every device's bus or driver. Afterwards the system may only be switched off.
 *  Context: process. */
export function device_shutdown(): void {
  const set = changetype<kset>(devices_kset());
  const lock = changetype<usize>(set.list_lock);
  const head = changetype<usize>(set.list);
  _raw_spin_lock(lock);
  while (!list_empty(head)) {
    const entry = list_prev(head);
    const dev = kobj_to_dev(entry - changetype<usize>(to_kobject(0).entry));
    get_device(dev);
    const parent = get_device(to_device(dev).parent);
    list_del_init(entry);
    _raw_spin_unlock(lock);
    if (parent) mutex_lock(dev_mutex(parent));
    mutex_lock(dev_mutex(dev));
    shut_down(dev);
    mutex_unlock(dev_mutex(dev));
    if (parent) mutex_unlock(dev_mutex(parent));
    put_device(dev);
    put_device(parent);
    _raw_spin_lock(lock);
  }
  _raw_spin_unlock(lock);
}
