// drivers/base/core.c: the life of a device: initialised, added, found by bus and class, deleted, released.

import { __wasm_lockdep_set_novalidate_class } from "../../kernel/locking/lockdep/maps";
import {
  BUS_NOTIFY_ADD_DEVICE,
  BUS_NOTIFY_DEL_DEVICE,
  BUS_NOTIFY_REMOVED_DEVICE,
  class_interface,
  DL_DEV_NO_DRIVER,
  EINVAL,
  EIO,
  ENOMEM,
  GFP_KERNEL,
  KOBJ_ADD,
  KOBJ_REMOVE,
  device_attribute,
  device_type,
  kobj_type,
  sizeof_kobj_type,
  sizeof_sysfs_ops,
  sysfs_ops,
} from "../../abi";
import { own_affair, set_call_site } from "../../arch/wasm/cpu";
import { sysfs_rename_link_ns } from "../../fs/sysfs/symlink";
import { __mutex_init, mutex_lock, mutex_unlock } from "../../kernel/locking/mutex";
import { blocking_notifier_call_chain } from "../../kernel/notifier";
import { pr } from "../../kernel/printk/printk";
import { IS_ERR, PTR_ERR } from "../../lib/err";
import { klist_add_tail, klist_del, klist_init } from "../../lib/klist";
import {
  kobject_add,
  kobject_create_and_add,
  kobject_del,
  kobject_get,
  kobject_init,
  kobject_put,
  kobject_rename,
  kset_create_and_add,
  kset_kobj,
} from "../../lib/kobject";
import { kobject_uevent } from "../../lib/kobject_uevent";
import { INIT_LIST_HEAD, list_next } from "../../lib/list";
import { kfree, kzalloc } from "../../mm/slub";
import { device_add_attributes, device_remove_attributes } from "./attr";
import {
  deferred_link,
  dev_kobj,
  dev_mutex,
  dev_of_parent,
  DEVICE_PRIVATE_BYTES,
  klist_children,
  knode_class,
  knode_parent,
  kobj_to_dev,
  private_dead,
  private_owner,
  sp_devices,
  sp_interfaces,
  sp_kset,
  sp_mutex,
  sp_notifier,
  to_bus,
  to_class,
  to_device,
} from "./base";
import { bus_add_device, bus_probe_device, bus_remove_device } from "./bus";
import { driver_deferred_probe_del } from "./dd_deferred";
import { device_set_ready_to_probe } from "./dd";
import { devres_head, devres_release_all } from "./devres";
import { dev_name, dev_name_set } from "./name";
import { cleanup_glue_dir, device_add_class_symlinks, device_remove_class_symlinks, get_device_parent } from "./parent";
import { pm_runtime_init } from "./power/runtime";
import { pm_runtime_remove } from "./power/runtime_api";
import { device_create_uevent_file, device_remove_uevent_file, device_uevent_ops } from "./uevent";

@unmanaged
class State {
  /** kset /sys/devices. */
  devices: usize;
  /** /sys/devices/virtual, made when first wanted. */
  virtual: usize;
  /** /sys/dev and the two directories in it. */
  dev: usize;
  dev_char: usize;
  dev_block: usize;
}

const state = changetype<State>(memory.data(offsetof<State>(), 4));
const device_ktype = memory.data(sizeof_kobj_type, 4);
const dev_sysfs_ops = memory.data(sizeof_sysfs_ops, 4);

/** Bit in device.flags, enum struct_device_flags. */
export const DEV_FLAG_READY_TO_PROBE: u32 = 1;

@inline
export function devices_kset(): usize {
  return state.devices;
}

/** The directory of links named major:minor. */
@inline
export function sysfs_dev_char(): usize {
  return state.dev_char;
}

/** /sys/devices/virtual, the parent of class devices that have none. */
export function virtual_device_parent(): usize {
  if (!state.virtual) {
    const site = own_affair(); // it stays
    state.virtual = kobject_create_and_add(cstr("virtual"), kset_kobj(state.devices));
    set_call_site(site);
  }
  return state.virtual;
}

/** Makes /sys/devices and /sys/dev; before the first device. */
export function devices_init(): void {
  const ops = changetype<sysfs_ops>(dev_sysfs_ops);
  ops.show = dev_attr_show.index;
  ops.store = dev_attr_store.index;
  const ktype = changetype<kobj_type>(device_ktype);
  ktype.release = device_release.index;
  ktype.sysfs_ops = dev_sysfs_ops;
  state.devices = kset_create_and_add(cstr("devices"), device_uevent_ops(), 0);
  state.dev = kobject_create_and_add(cstr("dev"), 0);
  state.dev_block = kobject_create_and_add(cstr("block"), state.dev);
  state.dev_char = kobject_create_and_add(cstr("char"), state.dev);
}

function dev_attr_show(kobj: usize, attr: usize, buf: usize): i32 {
  const show = changetype<device_attribute>(attr).show;
  return show ? call_indirect<i32>(<u32>show, kobj_to_dev(kobj), attr, buf) : -EIO;
}

function dev_attr_store(kobj: usize, attr: usize, buf: usize, count: usize): i32 {
  const store_ = changetype<device_attribute>(attr).store;
  return store_ ? call_indirect<i32>(<u32>store_, kobj_to_dev(kobj), attr, buf, count) : -EIO;
}

/** The type of a kobject says whether it is a device. */
@inline
export function is_device_kobj(kobj_ktype: usize): bool {
  return kobj_ktype == device_ktype;
}

function device_release(kobj: usize): void {
  const dev = kobj_to_dev(kobj);
  const d = to_device(dev);
  const p = d.p;
  devres_release_all(dev); // a device that was never bound may have been given resources too
  kfree(d.dma_range_map);
  const of_type = d.type ? changetype<device_type>(d.type).release : 0;
  const of_class = d.class_ ? to_class(d.class_).dev_release : 0;
  const release = d.release ? d.release : of_type ? of_type : of_class;
  if (release) {
    call_indirect<void>(<u32>release, dev);
  } else {
    const advice = cstr("it is broken and must be fixed. See Documentation/core-api/kobject.rst.");
    pr(cstr("\x013Device '%s' does not have a release() function, %s"), dev_name(dev), advice);
  }
  kfree(p);
}

function children_get(node: usize): void {
  get_device(dev_of_parent(node));
}

function children_put(node: usize): void {
  put_device(dev_of_parent(node));
}

// ── Initialised ──

/** linux/device.h. Prepares a zeroed struct device; its reference is dropped with put_device(). Context: process. */
export function device_initialize(dev: usize): void {
  const d = to_device(dev);
  d.kobj.kset = state.devices;
  kobject_init(dev_kobj(dev), device_ktype);
  INIT_LIST_HEAD(changetype<usize>(d.dma_pools));
  __mutex_init(dev_mutex(dev), cstr("&dev->mutex"), 0);
  __wasm_lockdep_set_novalidate_class(dev_mutex(dev)); // parents and children in an order that only they know
  store<u32>(changetype<usize>(d.devres_lock), 0);
  INIT_LIST_HEAD(devres_head(dev));
  store<u32>(changetype<usize>(d.power.lock), 0);
  pm_runtime_init(dev);
  INIT_LIST_HEAD(changetype<usize>(d.links.consumers));
  INIT_LIST_HEAD(changetype<usize>(d.links.suppliers));
  INIT_LIST_HEAD(changetype<usize>(d.links.defer_sync));
  d.links.status = DL_DEV_NO_DRIVER;
  d.dma_coherent = true; // DMA and the CPU see one memory on every board
}

function private_init(dev: usize): i32 {
  const p = kzalloc(DEVICE_PRIVATE_BYTES, GFP_KERNEL);
  if (!p) return -ENOMEM;
  to_device(dev).p = p;
  store<usize>(private_owner(dev), dev);
  klist_init(klist_children(dev), children_get.index, children_put.index);
  INIT_LIST_HEAD(deferred_link(dev));
  return 0;
}

// ── Added ──

/** The name that a device comes with, or that its bus gives by number. */
function settle_name(dev: usize): i32 {
  const d = to_device(dev);
  if (d.init_name) {
    const name = d.init_name;
    d.init_name = 0;
    return dev_name_set(dev, cstr("%s"), name);
  }
  if (d.kobj.name) return 0;
  if (!d.bus || !to_bus(d.bus).dev_name) return -EINVAL;
  return dev_name_set(dev, cstr("%s%u"), to_bus(d.bus).dev_name, d.id);
}

/** The files and links of a device in /sys, and its place in its bus; all or none. */
function add_to_sysfs(dev: usize): i32 {
  let error = device_create_uevent_file(dev);
  if (error) return error;
  error = device_add_class_symlinks(dev);
  if (!error) {
    error = device_add_attributes(dev);
    if (!error) {
      error = bus_add_device(dev);
      if (!error) return 0;
      device_remove_attributes(dev);
    }
    device_remove_class_symlinks(dev);
  }
  device_remove_uevent_file(dev);
  return error;
}

/** Tells the class that the device is here. */
function join_class(dev: usize): void {
  const sp = to_class(to_device(dev).class_).p;
  mutex_lock(sp_mutex(sp));
  klist_add_tail(knode_class(dev), sp_devices(sp));
  const head = sp_interfaces(sp);
  for (let at = list_next(head); at != head; at = list_next(at)) {
    const add = changetype<class_interface>(at).add_dev;
    if (add) call_indirect<i32>(<u32>add, dev, at);
  }
  mutex_unlock(sp_mutex(sp));
}

function notify_bus(dev: usize, event: u32): void {
  const bus = to_device(dev).bus;
  if (bus) blocking_notifier_call_chain(sp_notifier(to_bus(bus).p), event, dev);
}

function add(dev: usize): i32 {
  const d = to_device(dev);
  let error = d.p ? 0 : private_init(dev);
  if (!error) error = settle_name(dev);
  if (error) return error;
  const parent = get_device(d.parent);
  const above = get_device_parent(dev, parent);
  if (IS_ERR(above)) {
    put_device(parent);
    return PTR_ERR(above);
  }
  if (above) d.kobj.parent = above;
  error = kobject_add(dev_kobj(dev), d.kobj.parent, 0, 0);
  if (error) {
    cleanup_glue_dir(dev, above);
    put_device(parent);
    return error;
  }
  error = add_to_sysfs(dev);
  if (error) {
    kobject_uevent(dev_kobj(dev), KOBJ_REMOVE);
    const glue = d.kobj.parent;
    kobject_del(dev_kobj(dev));
    cleanup_glue_dir(dev, glue);
    put_device(parent);
    return error;
  }
  notify_bus(dev, BUS_NOTIFY_ADD_DEVICE);
  kobject_uevent(dev_kobj(dev), KOBJ_ADD);
  device_set_ready_to_probe(dev);
  bus_probe_device(dev);
  if (parent) klist_add_tail(knode_parent(dev), klist_children(parent));
  if (d.class_) join_class(dev);
  return 0;
}

/** linux/device.h. Adds an initialised device to its parent, bus and class, and looks for a driver. 0, -EINVAL without
 *  a name, -EEXIST, -ENOMEM. After a failure drop it with put_device(). Context: process. */
export function device_add(dev: usize): i32 {
  if (!get_device(dev)) return -EINVAL;
  const error = add(dev);
  put_device(dev);
  return error;
}

/** linux/device.h. device_initialize() and device_add(). Context: process. */
export function device_register(dev: usize): i32 {
  device_initialize(dev);
  return device_add(dev);
}

/** linux/device.h. Takes a reference; returns `dev`, which may be 0. Context: any. */
export function get_device(dev: usize): usize {
  if (dev) kobject_get(dev_kobj(dev));
  return dev;
}

/** linux/device.h. Drops a reference; the last one releases the device. Context: process. */
export function put_device(dev: usize): void {
  if (dev) kobject_put(dev_kobj(dev));
}

// ── Deleted ──

/** linux/device.h. Marks a device as dying, so that no driver binds to it any more; false if it was already.
 *  The device is locked. Context: process. */
export function kill_device(dev: usize): bool {
  if (load<u32>(private_dead(dev))) return false;
  store<u32>(private_dead(dev), 1);
  return true;
}

function leave_class(dev: usize): void {
  const sp = to_class(to_device(dev).class_).p;
  device_remove_class_symlinks(dev);
  mutex_lock(sp_mutex(sp));
  const head = sp_interfaces(sp);
  for (let at = list_next(head); at != head; at = list_next(at)) {
    const remove = changetype<class_interface>(at).remove_dev;
    if (remove) call_indirect<void>(<u32>remove, dev, at);
  }
  klist_del(knode_class(dev));
  mutex_unlock(sp_mutex(sp));
}

/** linux/device.h. Unbinds the driver and takes the device out of parent, bus, class and /sys; its references stay.
 *  Context: process. */
export function device_del(dev: usize): void {
  const d = to_device(dev);
  const parent = d.parent;
  mutex_lock(dev_mutex(dev));
  kill_device(dev);
  mutex_unlock(dev_mutex(dev));
  notify_bus(dev, BUS_NOTIFY_DEL_DEVICE);
  if (parent) klist_del(knode_parent(dev));
  if (d.class_) leave_class(dev);
  device_remove_uevent_file(dev);
  device_remove_attributes(dev);
  bus_remove_device(dev);
  pm_runtime_remove(dev);
  driver_deferred_probe_del(dev);
  devres_release_all(dev); // what a caller added to a device that has no driver
  notify_bus(dev, BUS_NOTIFY_REMOVED_DEVICE);
  kobject_uevent(dev_kobj(dev), KOBJ_REMOVE);
  const glue = d.kobj.parent;
  kobject_del(dev_kobj(dev));
  cleanup_glue_dir(dev, glue);
  put_device(parent);
}

/** linux/device.h. device_del() and put_device(). Context: process. */
export function device_unregister(dev: usize): void {
  device_del(dev);
  put_device(dev);
}

/** linux/device.h. Gives a device another name, a C string. 0, or a negative error if the name is taken or there is no
 *  memory. Context: process. */
export function device_rename(dev: usize, new_name: usize): i32 {
  const cls = to_device(dev).class_;
  if (cls) {
    const dir = kset_kobj(sp_kset(to_class(cls).p));
    const error = sysfs_rename_link_ns(dir, dev_kobj(dev), dev_name(dev), new_name, 0);
    if (error) return error;
  }
  return kobject_rename(dev_kobj(dev), new_name);
}
