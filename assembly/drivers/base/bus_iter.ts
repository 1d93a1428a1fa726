// Walks over the devices and drivers of a bus, of a driver, of a class, and over the children of a device
// (drivers/base/{bus,driver,class,core}.c). Each callback gets an entry that cannot go away under it.

import { class_dev_iter, EINVAL, subsys_dev_iter } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { klist_iter_exit, klist_iter_init, klist_iter_init_node, klist_next, klist_prev } from "../../lib/klist";
import { sysfs_streq } from "../../lib/string_helpers";
import {
  dev_of_bus,
  dev_of_class,
  dev_of_driver,
  dev_of_parent,
  drv_devices,
  drv_knode,
  drv_of_knode,
  klist_children,
  knode_bus,
  knode_class,
  knode_driver,
  sp_devices,
  sp_drivers,
  to_bus,
  to_class,
  to_device,
  to_driver,
} from "./base";
import { get_device } from "./core";
import { device_attach, device_release_driver } from "./dd";
import { dev_name } from "./name";

// ── Buses ──

/** linux/device/bus.h. Calls `fn(dev, data)` for the devices of `bus` behind `start` (0: all) until one returns
 *  non-zero; that value, or 0. Context: process. */
export function bus_for_each_dev(bus: usize, start: usize, data: usize, fn: u32): i32 {
  if (!bus || !to_bus(bus).p) return -EINVAL;
  const i = stack_alloc(16);
  let result: i32 = 0;
  klist_iter_init_node(sp_devices(to_bus(bus).p), i, start ? knode_bus(start) : 0);
  for (let n = klist_next(i); n && !result; n = klist_next(i)) {
    result = call_indirect<i32>(fn, dev_of_bus(n), data);
    if (result) break;
  }
  klist_iter_exit(i);
  stack_free(16);
  return result;
}

/** linux/device/bus.h. The first device of `bus` behind `start` that `match(dev, data)` accepts, referenced; 0 if none.
 *  Context: process. */
export function bus_find_device(bus: usize, start: usize, data: usize, match: u32): usize {
  if (!bus || !to_bus(bus).p) return 0;
  const i = stack_alloc(16);
  let found: usize = 0;
  klist_iter_init_node(sp_devices(to_bus(bus).p), i, start ? knode_bus(start) : 0);
  for (let n = klist_next(i); n; n = klist_next(i)) {
    if (!call_indirect<i32>(match, dev_of_bus(n), data)) continue;
    found = get_device(dev_of_bus(n));
    break;
  }
  klist_iter_exit(i);
  stack_free(16);
  return found;
}

/** linux/device/bus.h. Calls `fn(drv, data)` for the drivers of `bus` behind `start` until one returns non-zero; that
 *  value, or 0. Context: process. */
export function bus_for_each_drv(bus: usize, start: usize, data: usize, fn: u32): i32 {
  const i = stack_alloc(16);
  let result: i32 = 0;
  klist_iter_init_node(sp_drivers(to_bus(bus).p), i, start ? drv_knode(start) : 0);
  for (let n = klist_next(i); n; n = klist_next(i)) {
    result = call_indirect<i32>(fn, drv_of_knode(n), data);
    if (result) break;
  }
  klist_iter_exit(i);
  stack_free(16);
  return result;
}

function rescan(dev: usize, data: usize): i32 {
  if (to_device(dev).driver) return 0;
  const error = device_attach(dev);
  return error < 0 ? error : 0;
}

/** linux/device/bus.h. Looks for a driver for each device of `bus` that has none. 0 or an error. Context: process. */
export function bus_rescan_devices(bus: usize): i32 {
  return bus_for_each_dev(bus, 0, 0, rescan.index);
}

/** linux/device/bus.h. Unbinds the device and looks for a driver anew. 0 or an error. Context: process. */
export function device_reprobe(dev: usize): i32 {
  if (to_device(dev).driver) device_release_driver(dev);
  return rescan(dev, 0);
}

/** linux/device/bus.h. Begins a walk over the devices of `subsys` of type `type` (0: any) behind `start`. Context:
 *  process. */
export function subsys_dev_iter_init(iter: usize, subsys: usize, start: usize, type: usize): void {
  const it = changetype<subsys_dev_iter>(iter);
  klist_iter_init_node(sp_devices(to_bus(subsys).p), changetype<usize>(it.ki), start ? knode_bus(start) : 0);
  it.type = type;
}

/** linux/device/bus.h. The walk's next device, 0 at the end. It lives until the next call. Context: process. */
export function subsys_dev_iter_next(iter: usize): usize {
  const it = changetype<subsys_dev_iter>(iter);
  while (true) {
    const n = klist_next(changetype<usize>(it.ki));
    if (!n) return 0;
    if (!it.type || it.type == to_device(dev_of_bus(n)).type) return dev_of_bus(n);
  }
}

/** linux/device/bus.h. Ends a walk. Context: process. */
export function subsys_dev_iter_exit(iter: usize): void {
  klist_iter_exit(changetype<usize>(changetype<subsys_dev_iter>(iter).ki));
}

// ── Devices of a driver ──

/** linux/device/driver.h. Calls `fn(dev, data)` for the devices bound to `drv` until one returns non-zero; that value,
 *  or 0. Context: process. */
export function driver_for_each_device(drv: usize, start: usize, data: usize, fn: u32): i32 {
  if (!drv) return -EINVAL;
  const i = stack_alloc(16);
  let result: i32 = 0;
  klist_iter_init_node(drv_devices(drv), i, start ? knode_driver(start) : 0);
  for (let n = klist_next(i); n; n = klist_next(i)) {
    result = call_indirect<i32>(fn, dev_of_driver(n), data);
    if (result) break;
  }
  klist_iter_exit(i);
  stack_free(16);
  return result;
}

/** linux/device/driver.h. The first device of `drv` that `match(dev, data)` accepts, referenced; 0 if none. Context:
 *  process. */
export function driver_find_device(drv: usize, start: usize, data: usize, match: u32): usize {
  if (!drv || !to_driver(drv).p) return 0;
  const i = stack_alloc(16);
  let found: usize = 0;
  klist_iter_init_node(drv_devices(drv), i, start ? knode_driver(start) : 0);
  for (let n = klist_next(i); n; n = klist_next(i)) {
    if (!call_indirect<i32>(match, dev_of_driver(n), data)) continue;
    found = get_device(dev_of_driver(n));
    break;
  }
  klist_iter_exit(i);
  stack_free(16);
  return found;
}

// ── Children of a device ──

function each_child(parent: usize, data: usize, fn: u32, forward: bool): i32 {
  if (!to_device(parent).p) return 0;
  const i = stack_alloc(16);
  let result: i32 = 0;
  klist_iter_init(klist_children(parent), i);
  for (let n = forward ? klist_next(i) : klist_prev(i); n; n = forward ? klist_next(i) : klist_prev(i)) {
    result = call_indirect<i32>(fn, dev_of_parent(n), data);
    if (result) break;
  }
  klist_iter_exit(i);
  stack_free(16);
  return result;
}

/** linux/device.h. Calls `fn(child, data)` for each child until one returns non-zero; that value, or 0. Context:
 *  process. */
export function device_for_each_child(parent: usize, data: usize, fn: u32): i32 {
  return each_child(parent, data, fn, true);
}

/** linux/device.h. device_for_each_child(), the youngest first. Context: process. */
export function device_for_each_child_reverse(parent: usize, data: usize, fn: u32): i32 {
  return each_child(parent, data, fn, false);
}

/** linux/device.h. The first child that `match(child, data)` accepts, referenced; 0 if none. Context: process. */
export function device_find_child(parent: usize, data: usize, match: u32): usize {
  if (!parent || !to_device(parent).p) return 0;
  const i = stack_alloc(16);
  let found: usize = 0;
  klist_iter_init(klist_children(parent), i);
  for (let n = klist_next(i); n; n = klist_next(i)) {
    if (!call_indirect<i32>(match, dev_of_parent(n), data)) continue;
    found = get_device(dev_of_parent(n));
    break;
  }
  klist_iter_exit(i);
  stack_free(16);
  return found;
}

/** linux/device.h. The child called `name`, referenced; 0 if none. Context: process. */
export function device_find_child_by_name(parent: usize, name: usize): usize {
  return device_find_child(parent, name, device_match_name.index);
}

/** linux/device.h. Some child, referenced; 0 if there is none. Context: process. */
export function device_find_any_child(parent: usize): usize {
  return device_find_child(parent, 0, device_match_any.index);
}

// ── Devices of a class ──

/** linux/device/class.h. Begins a walk over the devices of `cls` of type `type` (0: any) behind `start`. Context:
 *  process. */
export function class_dev_iter_init(iter: usize, cls: usize, start: usize, type: usize): void {
  const it = changetype<class_dev_iter>(iter);
  klist_iter_init_node(sp_devices(to_class(cls).p), changetype<usize>(it.ki), start ? knode_class(start) : 0);
  it.type = type;
}

/** linux/device/class.h. The walk's next device, 0 at the end. It lives until the next call. Context: process. */
export function class_dev_iter_next(iter: usize): usize {
  const it = changetype<class_dev_iter>(iter);
  while (true) {
    const n = klist_next(changetype<usize>(it.ki));
    if (!n) return 0;
    if (!it.type || it.type == to_device(dev_of_class(n)).type) return dev_of_class(n);
  }
}

/** linux/device/class.h. Ends a walk. Context: process. */
export function class_dev_iter_exit(iter: usize): void {
  klist_iter_exit(changetype<usize>(changetype<class_dev_iter>(iter).ki));
}

/** linux/device/class.h. Calls `fn(dev, data)` for the devices of `cls` until one returns non-zero; that value, or 0.
 *  Context: process. */
export function class_for_each_device(cls: usize, start: usize, data: usize, fn: u32): i32 {
  if (!cls || !to_class(cls).p) return -EINVAL;
  const i = stack_alloc(16);
  let result: i32 = 0;
  klist_iter_init_node(sp_devices(to_class(cls).p), i, start ? knode_class(start) : 0);
  for (let n = klist_next(i); n; n = klist_next(i)) {
    result = call_indirect<i32>(fn, dev_of_class(n), data);
    if (result) break;
  }
  klist_iter_exit(i);
  stack_free(16);
  return result;
}

/** linux/device/class.h. The first device of `cls` that `match(dev, data)` accepts, referenced; 0 if none. Context:
 *  process. */
export function class_find_device(cls: usize, start: usize, data: usize, match: u32): usize {
  if (!cls || !to_class(cls).p) return 0;
  const i = stack_alloc(16);
  let found: usize = 0;
  klist_iter_init_node(sp_devices(to_class(cls).p), i, start ? knode_class(start) : 0);
  for (let n = klist_next(i); n; n = klist_next(i)) {
    if (!call_indirect<i32>(match, dev_of_class(n), data)) continue;
    found = get_device(dev_of_class(n));
    break;
  }
  klist_iter_exit(i);
  stack_free(16);
  return found;
}

// ── Ready-made matches ──

/** linux/device/bus.h. 1 if the device is called `name`. Context: any. */
export function device_match_name(dev: usize, name: usize): i32 {
  return <i32>sysfs_streq(dev_name(dev), name);
}

/** linux/device/bus.h. 1 if the device has that firmware node. Context: any. */
export function device_match_fwnode(dev: usize, fwnode: usize): i32 {
  return <i32>(to_device(dev).fwnode == fwnode);
}

/** linux/device/bus.h. 1 if the device has that device tree node. Context: any. */
export function device_match_of_node(dev: usize, np: usize): i32 {
  return <i32>(to_device(dev).of_node == np);
}

/** linux/device/bus.h. 1 if the device has the number at `pdevt`. Context: any. */
export function device_match_devt(dev: usize, pdevt: usize): i32 {
  return <i32>(to_device(dev).devt == load<u32>(pdevt));
}

/** linux/device/bus.h. 1. Context: any. */
export function device_match_any(dev: usize, unused: usize): i32 {
  return 1;
}
