// drivers/base/dd.c: binding drivers to devices and taking them off again.

import {
  BUS_NOTIFY_BIND_DRIVER,
  BUS_NOTIFY_BOUND_DRIVER,
  BUS_NOTIFY_DRIVER_NOT_BOUND,
  BUS_NOTIFY_UNBIND_DRIVER,
  BUS_NOTIFY_UNBOUND_DRIVER,
  dev_pm_domain,
  EAGAIN,
  EBUSY,
  ENODEV,
  ENXIO,
  EPROBE_DEFER,
  KOBJ_BIND,
  KOBJ_UNBIND,
} from "../../abi";
import { own_affair, set_call_site } from "../../arch/wasm/cpu";
import { DEBUG } from "../../flavour";
import { sysfs_create_link, sysfs_remove_link } from "../../fs/sysfs/symlink";
import { debug_dma_released } from "../../kernel/dma/debug/leak";
import { mutex_lock, mutex_unlock } from "../../kernel/locking/mutex";
import { blocking_notifier_call_chain } from "../../kernel/notifier";
import { WARN } from "../../kernel/panic";
import { pr } from "../../kernel/printk/printk";
import {
  klist_add_tail,
  klist_iter_exit,
  klist_iter_init,
  klist_node_attached,
  klist_prev,
  klist_remove,
} from "../../lib/klist";
import { kobject_name } from "../../lib/kobject";
import { kobject_uevent } from "../../lib/kobject_uevent";
import { list_empty } from "../../lib/list";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { kfree } from "../../mm/slub";
import { device_add_groups, device_remove_groups } from "./attr";
import {
  dev_kobj,
  dev_mutex,
  dev_of_driver,
  drv_devices,
  drv_kobj,
  knode_driver,
  private_dead,
  sp_notifier,
  to_bus,
  to_device,
  to_driver,
} from "./base";
import { bus_for_each_dev, bus_for_each_drv } from "./bus_iter";
import { DEV_FLAG_READY_TO_PROBE, get_device, put_device } from "./core";
import {
  deferred_probe_flush,
  deferred_trigger_count,
  driver_deferred_probe_add,
  driver_deferred_probe_del,
  driver_deferred_probe_trigger,
} from "./dd_deferred";
import { devres_head, devres_release_all } from "./devres";
import { dev_name } from "./name";
import {
  pm_request_idle,
  pm_runtime_barrier,
  pm_runtime_get_sync,
  pm_runtime_put_sync,
  pm_runtime_reinit,
} from "./power/runtime_api";
import { pm_runtime_put } from "./power/runtime";
import { dev_err, dev_pr } from "./printk";

function notify(dev: usize, event: u32): void {
  const bus = to_device(dev).bus;
  if (bus) blocking_notifier_call_chain(sp_notifier(to_bus(bus).p), event, dev);
}

function bus_wants_parent_lock(dev: usize): bool {
  const d = to_device(dev);
  return d.parent != 0 && d.bus != 0 && to_bus(d.bus).need_parent_lock;
}

function lock_for_driver(dev: usize): void {
  if (bus_wants_parent_lock(dev)) mutex_lock(dev_mutex(to_device(dev).parent));
  mutex_lock(dev_mutex(dev));
}

function unlock_for_driver(dev: usize): void {
  mutex_unlock(dev_mutex(dev));
  if (bus_wants_parent_lock(dev)) mutex_unlock(dev_mutex(to_device(dev).parent));
}

/** device_add() is through: probes that others start may go on. */
export function device_set_ready_to_probe(dev: usize): void {
  mutex_lock(dev_mutex(dev));
  atomic.or<u32>(to_device(dev).flags, DEV_FLAG_READY_TO_PROBE);
  mutex_unlock(dev_mutex(dev));
}

/** linux/device.h. Whether a driver is bound to the device. The device is locked. Context: process. */
export function device_is_bound(dev: usize): bool {
  return to_device(dev).p != 0 && klist_node_attached(knode_driver(dev)) != 0;
}

// ── Binding ──

function driver_sysfs_add(dev: usize): i32 {
  notify(dev, BUS_NOTIFY_BIND_DRIVER);
  const drv = to_device(dev).driver;
  let error = sysfs_create_link(drv_kobj(drv), dev_kobj(dev), kobject_name(dev_kobj(dev)));
  if (error) return error;
  error = sysfs_create_link(dev_kobj(dev), drv_kobj(drv), cstr("driver"));
  if (error) sysfs_remove_link(drv_kobj(drv), kobject_name(dev_kobj(dev)));
  return error;
}

function driver_sysfs_remove(dev: usize): void {
  const drv = to_device(dev).driver;
  if (!drv) return;
  sysfs_remove_link(drv_kobj(drv), kobject_name(dev_kobj(dev)));
  sysfs_remove_link(dev_kobj(dev), cstr("driver"));
}

function driver_bound(dev: usize): void {
  if (device_is_bound(dev)) {
    WARN(cstr("driver_bound: the device is already bound"));
    return;
  }
  klist_add_tail(knode_driver(dev), drv_devices(to_device(dev).driver));
  driver_deferred_probe_del(dev);
  driver_deferred_probe_trigger();
  notify(dev, BUS_NOTIFY_BOUND_DRIVER);
  kobject_uevent(dev_kobj(dev), KOBJ_BIND);
}

/** linux/device.h. Binds dev->driver to `dev` without probing it. The device is locked. 0 or an error. Context:
 *  process. */
export function device_bind_driver(dev: usize): i32 {
  const error = driver_sysfs_add(dev);
  if (error) notify(dev, BUS_NOTIFY_DRIVER_NOT_BOUND);
  else driver_bound(dev);
  return error;
}

function unbind_cleanup(dev: usize): void {
  const d = to_device(dev);
  devres_release_all(dev);
  if (DEBUG) debug_dma_released(dev);
  kfree(d.dma_range_map);
  d.dma_range_map = 0;
  d.driver = 0;
  d.driver_data = 0;
  const domain = changetype<dev_pm_domain>(d.pm_domain);
  if (d.pm_domain && domain.dismiss) call_indirect<void>(<u32>domain.dismiss, dev);
  pm_runtime_reinit(dev);
  d.power.driver_flags = 0;
}

function call_remove(dev: usize): void {
  const d = to_device(dev);
  const drv = to_driver(d.driver);
  device_remove_groups(dev, drv.dev_groups);
  if (d.bus && to_bus(d.bus).remove) call_indirect<void>(<u32>to_bus(d.bus).remove, dev);
  else if (drv.remove) call_indirect<i32>(<u32>drv.remove, dev);
}

function call_probe(dev: usize, drv: usize): i32 {
  const bus_probe = to_bus(to_device(dev).bus).probe;
  const probe = bus_probe ? bus_probe : to_driver(drv).probe;
  const result = probe ? call_indirect<i32>(<u32>probe, dev) : 0;
  if (result && result != -EPROBE_DEFER && result != -ENODEV && result != -ENXIO) {
    pr(cstr("\x014%s: probe of %s failed with error %d"), to_driver(drv).name, dev_name(dev), result);
  }
  return result;
}

function dma_cleanup(dev: usize): void {
  const cleanup = to_bus(to_device(dev).bus).dma_cleanup;
  if (cleanup) call_indirect<void>(<u32>cleanup, dev);
}

/** Everything of a probe behind dma_configure. 0, a negative error of the core, or a positive one of the driver. */
function probe_configured(dev: usize, drv: usize): i32 {
  let error = driver_sysfs_add(dev);
  if (error) {
    pr(cstr("\x013really_probe: driver_sysfs_add(%s) failed"), dev_name(dev));
    return error;
  }
  const domain = changetype<dev_pm_domain>(to_device(dev).pm_domain);
  if (changetype<usize>(domain) && domain.activate) error = call_indirect<i32>(<u32>domain.activate, dev);
  if (!error) error = -call_probe(dev, drv);
  if (!error) {
    error = device_add_groups(dev, to_driver(drv).dev_groups);
    if (!error) {
      if (changetype<usize>(domain) && domain.sync) call_indirect<void>(<u32>domain.sync, dev);
      driver_bound(dev);
      return 0;
    }
    dev_err(dev, cstr("device_add_groups() failed"));
    call_remove(dev);
  }
  driver_sysfs_remove(dev);
  return error;
}

/** 0 if the driver took the device, a negative error of the core, or a positive one of the driver's probe. */
/** What the driver core keeps of a binding is its own, whoever brought device and driver together. */
function really_probe(dev: usize, drv: usize): i32 {
  const site = own_affair();
  const error = bind(dev, drv);
  set_call_site(site);
  return error;
}

function bind(dev: usize, drv: usize): i32 {
  const d = to_device(dev);
  if (!list_empty(devres_head(dev))) {
    dev_pr(cstr("\x012"), dev, cstr("Resources present before probing"));
    return -EBUSY;
  }
  d.driver = drv;
  const bus = to_bus(d.bus);
  let error = bus.dma_configure ? call_indirect<i32>(<u32>bus.dma_configure, dev) : 0;
  if (!error) {
    error = probe_configured(dev, drv);
    if (!error) return 0;
    notify(dev, BUS_NOTIFY_DRIVER_NOT_BOUND);
    dma_cleanup(dev);
  }
  unbind_cleanup(dev);
  return error;
}

function probe_awake(drv: usize, dev: usize): i32 {
  const d = to_device(dev);
  if (load<u32>(private_dead(dev)) || !d.kobj.state_in_sysfs) return -ENODEV;
  if (d.driver) return -EBUSY;
  if (!(load<u32>(d.flags) & DEV_FLAG_READY_TO_PROBE)) return -EPROBE_DEFER; // device_add() will try itself
  d.can_match = true;
  if (d.parent) pm_runtime_get_sync(d.parent);
  pm_runtime_barrier(dev);
  const error = really_probe(dev, drv);
  pm_request_idle(dev);
  if (d.parent) pm_runtime_put(d.parent);
  return error;
}

/** Binds `drv` to `dev`, both matched. As really_probe; -ENODEV if the device is gone, -EBUSY if it has a driver. */
function driver_probe_device(drv: usize, dev: usize): i32 {
  const triggers = deferred_trigger_count();
  const error = probe_awake(drv, dev);
  if (error != -EPROBE_DEFER && error != EPROBE_DEFER) return error;
  driver_deferred_probe_add(dev);
  if (triggers != deferred_trigger_count()) driver_deferred_probe_trigger(); // something was bound while it failed
  return error;
}

/** 1 if driver and device belong together, 0 if not, or an error. */
function match_(drv: usize, dev: usize): i32 {
  const match = to_bus(to_driver(drv).bus).match;
  const result = match ? call_indirect<i32>(<u32>match, dev, drv) : 1;
  if (result != -EPROBE_DEFER) return result;
  to_device(dev).can_match = true;
  driver_deferred_probe_add(dev);
  return 0;
}

/** For one driver of the bus: 1 ends the search, the device is bound. */
function try_driver(drv: usize, dev: usize): i32 {
  const matched = match_(drv, dev);
  if (matched <= 0) return matched;
  const error = driver_probe_device(drv, dev);
  return error < 0 ? error : <i32>(error == 0);
}

function attach_locked(dev: usize): i32 {
  const d = to_device(dev);
  if (load<u32>(private_dead(dev))) return 0;
  if (d.driver) {
    if (device_is_bound(dev)) return 1;
    if (!device_bind_driver(dev)) return 1;
    d.driver = 0;
    return 0;
  }
  if (d.parent) pm_runtime_get_sync(d.parent);
  const result = bus_for_each_drv(d.bus, 0, dev, try_driver.index);
  pm_request_idle(dev);
  if (d.parent) pm_runtime_put(d.parent);
  return result;
}

/** linux/device.h. Looks for a driver. 1 if one is bound, 0 if none matched or took it, -ENODEV if the device is not
 *  registered. Context: process. */
export function device_attach(dev: usize): i32 {
  mutex_lock(dev_mutex(dev));
  const result = attach_locked(dev);
  mutex_unlock(dev_mutex(dev));
  return result;
}

/** linux/device.h. device_attach() for a device that was just added.
 *  Context: process. (Differs: always synchronous.) */
export function device_initial_probe(dev: usize): void {
  device_attach(dev);
}

/** For one device of the bus: never ends the walk, other devices may do better. */
function try_device(dev: usize, drv: usize): i32 {
  if (match_(drv, dev) <= 0) return 0;
  lock_for_driver(dev);
  driver_probe_device(drv, dev);
  unlock_for_driver(dev);
  return 0;
}

/** linux/device.h. Offers the devices of the bus to `drv`; 0. Context: process. (Differs: PROBE_PREFER_ASYNCHRONOUS
 *  drivers are probed synchronously too, as modprobe would wait for them.) */
export function driver_attach(drv: usize): i32 {
  return bus_for_each_dev(to_driver(drv).bus, 0, drv, try_device.index);
}

/** linux/device.h. Binds exactly this driver to this device, if they match. 0 or an error. Context: process. */
export function device_driver_attach(drv: usize, dev: usize): i32 {
  const matched = match_(drv, dev);
  if (matched <= 0) return matched ? matched : -ENODEV;
  lock_for_driver(dev);
  const error = driver_probe_device(drv, dev);
  unlock_for_driver(dev);
  const result = error > 0 ? -error : error; // a probe's errors are positive
  return result == -EPROBE_DEFER ? -EAGAIN : result;
}

/** linux/device.h. Waits until no probe is under way or due. Context: process. */
export function wait_for_device_probe(): void {
  deferred_probe_flush();
}

// ── Unbinding ──

function release_locked(dev: usize): void {
  const d = to_device(dev);
  if (!d.driver) return;
  pm_runtime_get_sync(dev);
  driver_sysfs_remove(dev);
  notify(dev, BUS_NOTIFY_UNBIND_DRIVER);
  pm_runtime_put_sync(dev);
  call_remove(dev);
  if (d.bus) dma_cleanup(dev);
  unbind_cleanup(dev);
  klist_remove(knode_driver(dev));
  notify(dev, BUS_NOTIFY_UNBOUND_DRIVER);
  kobject_uevent(dev_kobj(dev), KOBJ_UNBIND);
}

/** Unbinds the device from `drv` (0: from whatever it is bound to). */
function release_driver(dev: usize, drv: usize): void {
  lock_for_driver(dev);
  if (!drv || drv == to_device(dev).driver) release_locked(dev);
  unlock_for_driver(dev);
}

/** linux/device.h. Unbinds the driver: remove(), then what devres holds. Context: process. */
export function device_release_driver(dev: usize): void {
  release_driver(dev, 0);
}

/** Unbinds a driver from all its devices, the latest first. */
export function driver_detach(drv: usize): void {
  const i = stack_alloc(16);
  while (true) {
    klist_iter_init(drv_devices(drv), i);
    const n = klist_prev(i);
    const dev = n ? get_device(dev_of_driver(n)) : 0;
    klist_iter_exit(i);
    if (!dev) break;
    release_driver(dev, drv);
    put_device(dev);
  }
  stack_free(16);
}
