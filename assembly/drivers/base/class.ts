// drivers/base/class.c: a class is a view of devices by what they do: /sys/class/<name>.

import {
  class_attribute,
  class_interface,
  EINVAL,
  EIO,
  ENODEV,
  ENOMEM,
  GFP_KERNEL,
  kobj_type,
  sizeof_class,
  sizeof_device,
  sizeof_kobj_type,
  sizeof_sysfs_ops,
  sysfs_ops,
} from "../../abi";
import { sysfs_create_file_ns, sysfs_remove_file_ns } from "../../fs/sysfs/file";
import { sysfs_create_groups, sysfs_remove_groups } from "../../fs/sysfs/group";
import { mutex_lock, mutex_unlock } from "../../kernel/locking/mutex";
import { ERR_PTR, IS_ERR_OR_NULL } from "../../lib/err";
import { klist_iter_exit, klist_iter_init, klist_next } from "../../lib/klist";
import {
  kobject_name_set,
  kobject_set_name_vargs,
  kset_create_and_add,
  kset_init,
  kset_kobj,
  kset_register,
  kset_unregister,
  to_kobject,
} from "../../lib/kobject";
import { list_add_tail, list_del_init } from "../../lib/list";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { kfree, kzalloc } from "../../mm/slub";
import {
  dev_kobj,
  dev_of_class,
  sp_devices,
  sp_glue_dirs,
  sp_interfaces,
  sp_kset,
  sp_mutex,
  sp_owner,
  SUBSYS_PRIVATE_BYTES,
  to_class,
  to_device,
} from "./base";
import { subsys_private_init } from "./bus";
import { class_find_device, device_match_devt } from "./bus_iter";
import { device_add, device_initialize, device_unregister, get_device, put_device } from "./core";

@unmanaged
class State {
  /** kset /sys/class. */
  classes: usize;
}

const state = changetype<State>(memory.data(offsetof<State>(), 4));
const class_ktype = memory.data(sizeof_kobj_type, 4);
const class_sysfs_ops = memory.data(sizeof_sysfs_ops, 4);

/** Makes /sys/class; before the first class. */
export function classes_init(): void {
  const ktype = changetype<kobj_type>(class_ktype);
  ktype.release = class_release.index;
  ktype.sysfs_ops = class_sysfs_ops;
  changetype<sysfs_ops>(class_sysfs_ops).show = class_attr_show.index;
  changetype<sysfs_ops>(class_sysfs_ops).store = class_attr_store.index;
  state.classes = kset_create_and_add(cstr("class"), 0, 0);
}

@inline
function kobj_to_class(kobj: usize): usize {
  return load<usize>(sp_owner(kobj - kset_kobj(0)));
}

function class_attr_show(kobj: usize, attr: usize, buf: usize): i32 {
  const show = changetype<class_attribute>(attr).show;
  return show ? call_indirect<i32>(<u32>show, kobj_to_class(kobj), attr, buf) : -EIO;
}

function class_attr_store(kobj: usize, attr: usize, buf: usize, count: usize): i32 {
  const store_ = changetype<class_attribute>(attr).store;
  return store_ ? call_indirect<i32>(<u32>store_, kobj_to_class(kobj), attr, buf, count) : -EIO;
}

function class_release(kobj: usize): void {
  const sp = kobj - kset_kobj(0);
  const cls = load<usize>(sp_owner(sp));
  to_class(cls).p = 0;
  const release = to_class(cls).class_release;
  if (release) call_indirect<void>(<u32>release, cls);
  kfree(sp);
}

function devices_get(node: usize): void {
  get_device(dev_of_class(node));
}

function devices_put(node: usize): void {
  put_device(dev_of_class(node));
}

/** linux/device/class.h. Registers a class: /sys/class/<name>. 0, -ENOMEM, -EEXIST. Context: process. */
export function __class_register(cls: usize, key: usize): i32 {
  const sp = kzalloc(SUBSYS_PRIVATE_BYTES, GFP_KERNEL);
  if (!sp) return -ENOMEM;
  subsys_private_init(sp, cls, devices_get.index, devices_put.index);
  kset_init(sp_glue_dirs(sp));
  const kobj = kset_kobj(sp_kset(sp));
  let error = kobject_name_set(kobj, to_class(cls).name);
  if (!error) {
    to_kobject(kobj).kset = state.classes;
    to_kobject(kobj).ktype = class_ktype;
    to_class(cls).p = sp;
    error = kset_register(sp_kset(sp));
  }
  if (error) {
    to_class(cls).p = 0;
    kfree(to_kobject(kobj).name);
    kfree(sp);
    return error;
  }
  error = sysfs_create_groups(kobj, to_class(cls).class_groups);
  if (error) kset_unregister(sp_kset(sp));
  return error;
}

/** linux/device/class.h. Takes a class out of /sys. Context: process. */
export function class_unregister(cls: usize): void {
  sysfs_remove_groups(kset_kobj(sp_kset(to_class(cls).p)), to_class(cls).class_groups);
  kset_unregister(sp_kset(to_class(cls).p));
}

function class_create_release(cls: usize): void {
  kfree(cls);
}

/** linux/device/class.h. A new registered class; ERR_PTR on failure. Free it with class_destroy(). Context: process. */
export function __class_create(owner: usize, name: usize, key: usize): usize {
  const cls = kzalloc(sizeof_class, GFP_KERNEL);
  if (!cls) return ERR_PTR(-ENOMEM);
  to_class(cls).name = name;
  to_class(cls).owner = owner;
  to_class(cls).class_release = class_create_release.index;
  const error = __class_register(cls, key);
  if (!error) return cls;
  kfree(cls);
  return ERR_PTR(error);
}

/** linux/device/class.h. Unregisters a class that __class_create() made. Context: process. */
export function class_destroy(cls: usize): void {
  if (!IS_ERR_OR_NULL(cls)) class_unregister(cls);
}

/** linux/device/class.h. Adds an attribute to a class. 0 or an error. Context: process. */
export function class_create_file_ns(cls: usize, attr: usize, ns: usize): i32 {
  return cls ? sysfs_create_file_ns(kset_kobj(sp_kset(to_class(cls).p)), attr, ns) : -EINVAL;
}

/** linux/device/class.h. Removes an attribute of a class. Context: process. */
export function class_remove_file_ns(cls: usize, attr: usize, ns: usize): void {
  if (cls) sysfs_remove_file_ns(kset_kobj(sp_kset(to_class(cls).p)), attr, ns);
}

// ── Interfaces: told of each device of a class ──

/** linux/device/class.h. Calls `add_dev` for each device of the class, those there are and those to come. 0, or
 *  -ENODEV, -EINVAL. Context: process. */
export function class_interface_register(class_intf: usize): i32 {
  const intf = changetype<class_interface>(class_intf);
  if (!class_intf || !intf.class_) return -ENODEV;
  const sp = to_class(intf.class_).p;
  if (!sp) return -EINVAL;
  mutex_lock(sp_mutex(sp));
  list_add_tail(changetype<usize>(intf.node), sp_interfaces(sp));
  each_device(sp, intf.add_dev, class_intf);
  mutex_unlock(sp_mutex(sp));
  return 0;
}

/** linux/device/class.h. Calls `remove_dev` for each device of the class, and no more. Context: process. */
export function class_interface_unregister(class_intf: usize): void {
  const intf = changetype<class_interface>(class_intf);
  if (!intf.class_) return;
  const sp = to_class(intf.class_).p;
  mutex_lock(sp_mutex(sp));
  list_del_init(changetype<usize>(intf.node));
  const i = stack_alloc(16);
  klist_iter_init(sp_devices(sp), i);
  for (let n = klist_next(i); n && intf.remove_dev; n = klist_next(i)) {
    call_indirect<void>(<u32>intf.remove_dev, dev_of_class(n), class_intf);
  }
  klist_iter_exit(i);
  stack_free(16);
  mutex_unlock(sp_mutex(sp));
}

function each_device(sp: usize, fn: usize, class_intf: usize): void {
  if (!fn) return;
  const i = stack_alloc(16);
  klist_iter_init(sp_devices(sp), i);
  for (let n = klist_next(i); n; n = klist_next(i)) call_indirect<i32>(<u32>fn, dev_of_class(n), class_intf);
  klist_iter_exit(i);
  stack_free(16);
}

// ── Devices made for a class ──

function device_create_release(dev: usize): void {
  kfree(dev);
}

/** linux/device.h. A new device of `cls` below `parent` with attribute groups, named by `fmt`; ERR_PTR on failure.
 *  Context: process. */
export function device_create_with_groups(
  cls: usize,
  parent: usize,
  devt: u32,
  drvdata: usize,
  groups: usize,
  fmt: usize,
  args: usize,
): usize {
  if (IS_ERR_OR_NULL(cls)) return ERR_PTR(-ENODEV);
  const dev = kzalloc(sizeof_device, GFP_KERNEL);
  if (!dev) return ERR_PTR(-ENOMEM);
  device_initialize(dev);
  const d = to_device(dev);
  d.devt = devt;
  d.class_ = cls;
  d.parent = parent;
  d.groups = groups;
  d.release = device_create_release.index;
  d.driver_data = drvdata;
  let error = kobject_set_name_vargs(dev_kobj(dev), fmt, args);
  if (!error) error = device_add(dev);
  if (!error) return dev;
  put_device(dev);
  return ERR_PTR(error);
}

/** linux/device.h. A new device of `cls` below `parent`, named by `fmt`; ERR_PTR on failure. Context: process. */
export function device_create(cls: usize, parent: usize, devt: u32, drvdata: usize, fmt: usize, args: usize): usize {
  return device_create_with_groups(cls, parent, devt, drvdata, 0, fmt, args);
}

/** linux/device.h. Unregisters the device that device_create() made with this number. Context: process. */
export function device_destroy(cls: usize, devt: u32): void {
  const key = stack_alloc(16);
  store<u32>(key, devt);
  const dev = class_find_device(cls, 0, key, device_match_devt.index);
  stack_free(16);
  if (!dev) return;
  put_device(dev);
  device_unregister(dev);
}
