// Where a device stands in /sys (drivers/base/core.c): the directory above it, which a class may put between a device
// and its parent ("…/0000:00:03.0/net/eth0"), and the links between device and class.

import { ENOMEM, GFP_KERNEL, kobj_type, kset, sizeof_kobj_type, sizeof_kobject } from "../../abi";
import { mutex_lock, mutex_unlock } from "../../kernel/locking/mutex";
import { ERR_PTR } from "../../lib/err";
import {
  kobj_sysfs_ops,
  kobject_add,
  kobject_del,
  kobject_get,
  kobject_init,
  kobject_name_set,
  kobject_put,
  kref_read,
  kset_kobj,
  to_kobject,
} from "../../lib/kobject";
import { list_next } from "../../lib/list";
import { kfree, kzalloc } from "../../mm/slub";
import { sysfs_has_subdirs } from "../../fs/sysfs/dir";
import { sysfs_create_link, sysfs_delete_link, sysfs_remove_link } from "../../fs/sysfs/symlink";
import { dev_kobj, sp_glue_dirs, sp_kset, to_bus, to_class, to_device } from "./base";
import { virtual_device_parent } from "./core";
import { dev_name } from "./name";

const class_dir_ktype = memory.data(sizeof_kobj_type, 4);
/** struct mutex over the making and removing of glue directories. */
const gdp_mutex = memory.data(32, 4);

export function parent_init(): void {
  const ktype = changetype<kobj_type>(class_dir_ktype);
  ktype.release = class_dir_release.index;
  ktype.sysfs_ops = kobj_sysfs_ops;
}

function class_dir_release(kobj: usize): void {
  kfree(kobj);
}

/** The directory of class `cls` below `above`, referenced. */
function glue_dir(cls: usize, above: usize): usize {
  const set = sp_glue_dirs(to_class(cls).p);
  const head = changetype<usize>(changetype<kset>(set).list);
  for (let at = list_next(head); at != head; at = list_next(at)) {
    const kobj = at - changetype<usize>(to_kobject(0).entry);
    if (to_kobject(kobj).parent == above) return kobject_get(kobj);
  }
  const dir = kzalloc(sizeof_kobject, GFP_KERNEL);
  if (!dir) return ERR_PTR(-ENOMEM);
  kobject_init(dir, class_dir_ktype);
  to_kobject(dir).kset = set;
  let error = kobject_name_set(dir, to_class(cls).name);
  if (!error) error = kobject_add(dir, above, 0, 0);
  if (!error) return dir;
  kobject_put(dir);
  return ERR_PTR(error);
}

/** The kobject that `dev` goes below: 0 for /sys/devices itself, or an ERR_PTR. A glue directory is referenced. */
export function get_device_parent(dev: usize, parent: usize): usize {
  const d = to_device(dev);
  if (d.class_) {
    let above: usize;
    if (!parent) above = virtual_device_parent();
    else if (to_device(parent).class_) return dev_kobj(parent);
    else above = dev_kobj(parent);
    mutex_lock(gdp_mutex);
    const dir = glue_dir(d.class_, above);
    mutex_unlock(gdp_mutex);
    return dir;
  }
  if (!parent && d.bus && to_bus(d.bus).dev_root) return dev_kobj(to_bus(d.bus).dev_root);
  return parent ? dev_kobj(parent) : 0;
}

/** Drops the reference on a glue directory; the last device in it takes it away. */
export function cleanup_glue_dir(dev: usize, dir: usize): void {
  const cls = to_device(dev).class_;
  if (!dir || !cls || to_kobject(dir).kset != sp_glue_dirs(to_class(cls).p)) return;
  mutex_lock(gdp_mutex);
  if (!sysfs_has_subdirs(dir) && kref_read(dir) == 1) kobject_del(dir);
  kobject_put(dir);
  mutex_unlock(gdp_mutex);
}

/** Links "subsystem" and "device" in the device's directory and the device in its class. 0 or an error. */
export function device_add_class_symlinks(dev: usize): i32 {
  const d = to_device(dev);
  if (!d.class_) return 0;
  const cls = kset_kobj(sp_kset(to_class(d.class_).p));
  let error = sysfs_create_link(dev_kobj(dev), cls, cstr("subsystem"));
  if (error) return error;
  if (d.parent) error = sysfs_create_link(dev_kobj(dev), dev_kobj(d.parent), cstr("device"));
  if (!error) error = sysfs_create_link(cls, dev_kobj(dev), dev_name(dev));
  if (!error) return 0;
  sysfs_remove_link(dev_kobj(dev), cstr("device"));
  sysfs_remove_link(dev_kobj(dev), cstr("subsystem"));
  return error;
}

export function device_remove_class_symlinks(dev: usize): void {
  const d = to_device(dev);
  if (!d.class_) return;
  if (d.parent) sysfs_remove_link(dev_kobj(dev), cstr("device"));
  sysfs_remove_link(dev_kobj(dev), cstr("subsystem"));
  sysfs_delete_link(kset_kobj(sp_kset(to_class(d.class_).p)), dev_kobj(dev), dev_name(dev));
}
