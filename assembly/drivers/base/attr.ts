// Attributes of devices in /sys (drivers/base/core.c), and the ready-made ones for a variable.

import {
  attribute,
  dev_ext_attribute,
  device_attribute,
  device_type,
  EINVAL,
  ENOMEM,
  GFP_KERNEL,
  sizeof_device_attribute,
} from "../../abi";
import {
  sysfs_create_bin_file,
  sysfs_create_file_ns,
  sysfs_emit,
  sysfs_remove_bin_file,
  sysfs_remove_file_ns,
  sysfs_remove_file_self,
} from "../../fs/sysfs/file";
import { sysfs_create_groups, sysfs_create_group, sysfs_remove_group, sysfs_remove_groups } from "../../fs/sysfs/group";
import { sysfs_create_link, sysfs_remove_link } from "../../fs/sysfs/symlink";
import { WARN } from "../../kernel/panic";
import { kstrtobool, kstrtoint, kstrtouint } from "../../lib/kstrtox";
import { snprintf_, va_block, va_free } from "../../lib/vsprintf";
import { dev_kobj, to_class, to_device } from "./base";
import { sysfs_dev_char } from "./core";
import { __devres_alloc_node, devres_add, devres_free, devres_release } from "./devres";

const MINORBITS: u32 = 20;
const dev_attr_dev = memory.data(sizeof_device_attribute, 4);

/** One line of text: what most attributes show. */
export function emit_line(buf: usize, fmt: usize, a: u32 = 0, b: u32 = 0): i32 {
  const length = sysfs_emit(buf, fmt, va_block(a, b));
  va_free();
  return length;
}

/** Fills a struct device_attribute of the core's own; table slots or 0. */
export function set_attribute(attr: usize, name: usize, mode: u32, show: u32, store_: u32): void {
  const a = changetype<device_attribute>(attr);
  a.attr.name = name;
  a.attr.mode = <u16>mode;
  a.show = show;
  a.store = store_;
}

function dev_show(dev: usize, attr: usize, buf: usize): i32 {
  const devt = to_device(dev).devt;
  return emit_line(buf, cstr("%u:%u\n"), devt >> MINORBITS, devt & ((1 << MINORBITS) - 1));
}

export function attr_init(): void {
  set_attribute(dev_attr_dev, cstr("dev"), 0o444, dev_show.index, 0);
}

/** linux/device.h. Adds an attribute to a device. 0 or an error. Context: process. */
export function device_create_file(dev: usize, attr: usize): i32 {
  if (!dev) return 0;
  const a = changetype<device_attribute>(attr);
  if ((a.attr.mode & 0o222 && !a.store) || (a.attr.mode & 0o444 && !a.show)) {
    WARN(cstr("device_create_file: an attribute's mode promises more than its functions give"));
  }
  return sysfs_create_file_ns(dev_kobj(dev), attr, 0);
}

/** linux/device.h. Removes an attribute of a device. Context: process. */
export function device_remove_file(dev: usize, attr: usize): void {
  if (dev) sysfs_remove_file_ns(dev_kobj(dev), attr, 0);
}

/** linux/device.h. An attribute removes itself from its own store(). 1 if this call removed it. Context: process. */
export function device_remove_file_self(dev: usize, attr: usize): i32 {
  return dev ? sysfs_remove_file_self(dev_kobj(dev), attr) : 0;
}

/** linux/device.h. Adds a binary attribute to a device. 0, -EINVAL, or an error. Context: process. */
export function device_create_bin_file(dev: usize, attr: usize): i32 {
  return dev ? sysfs_create_bin_file(dev_kobj(dev), attr) : -EINVAL;
}

/** linux/device.h. Removes a binary attribute of a device. Context: process. */
export function device_remove_bin_file(dev: usize, attr: usize): void {
  if (dev) sysfs_remove_bin_file(dev_kobj(dev), attr);
}

/** linux/device.h. Adds the attribute groups of a 0-terminated array. 0 or an error. Context: process. */
export function device_add_groups(dev: usize, groups: usize): i32 {
  return sysfs_create_groups(dev_kobj(dev), groups);
}

/** linux/device.h. Removes the attribute groups of a 0-terminated array. Context: process. */
export function device_remove_groups(dev: usize, groups: usize): void {
  sysfs_remove_groups(dev_kobj(dev), groups);
}

/** The groups of class, type and device, and the device number's file and link; all or none. */
export function device_add_attributes(dev: usize): i32 {
  const d = to_device(dev);
  const of_class = d.class_ ? to_class(d.class_).dev_groups : 0;
  const of_type = d.type ? changetype<device_type>(d.type).groups : 0;
  let error = device_add_groups(dev, of_class);
  if (error) return error;
  error = device_add_groups(dev, of_type);
  if (!error) {
    error = device_add_groups(dev, d.groups);
    if (!error) {
      error = add_number(dev);
      if (!error) return 0;
      device_remove_groups(dev, d.groups);
    }
    device_remove_groups(dev, of_type);
  }
  device_remove_groups(dev, of_class);
  return error;
}

export function device_remove_attributes(dev: usize): void {
  const d = to_device(dev);
  if (d.devt >> MINORBITS) {
    sysfs_remove_link(number_dir(dev), number_text(d.devt));
    device_remove_file(dev, dev_attr_dev);
  }
  device_remove_groups(dev, d.groups);
  if (d.type) device_remove_groups(dev, changetype<device_type>(d.type).groups);
  if (d.class_) device_remove_groups(dev, to_class(d.class_).dev_groups);
}

const number = memory.data(16);

function number_text(devt: u32): usize {
  snprintf_(number, 16, cstr("%u:%u"), devt >> MINORBITS, devt & ((1 << MINORBITS) - 1));
  return number;
}

function number_dir(dev: usize): usize {
  const cls = to_device(dev).class_;
  const of_class = cls ? to_class(cls).dev_kobj : 0;
  return of_class ? of_class : sysfs_dev_char();
}

function add_number(dev: usize): i32 {
  const devt = to_device(dev).devt;
  if (!(devt >> MINORBITS)) return 0;
  let error = device_create_file(dev, dev_attr_dev);
  if (error) return error;
  error = sysfs_create_link(number_dir(dev), dev_kobj(dev), number_text(devt));
  if (error) device_remove_file(dev, dev_attr_dev);
  return error;
}

// ── Groups that go with the driver ──

function devm_attr_group_remove(dev: usize, res: usize): void {
  sysfs_remove_group(dev_kobj(dev), load<usize>(res));
}

function devm_attr_groups_remove(dev: usize, res: usize): void {
  sysfs_remove_groups(dev_kobj(dev), load<usize>(res));
}

function match_word(dev: usize, res: usize, word: usize): i32 {
  return <i32>(load<usize>(res) == word);
}

/** linux/device.h. Adds an attribute group that goes with the driver. 0 or an error. Context: process. */
export function devm_device_add_group(dev: usize, grp: usize): i32 {
  const res = __devres_alloc_node(
    devm_attr_group_remove.index,
    sizeof<usize>(),
    GFP_KERNEL,
    -1,
    cstr("devm_attr_group_remove"),
  );
  if (!res) return -ENOMEM;
  const error = sysfs_create_group(dev_kobj(dev), grp);
  store<usize>(res, grp);
  if (error) devres_free(res);
  else devres_add(dev, res);
  return error;
}

/** linux/device.h. Takes back devm_device_add_group() before its time. Context: process. */
export function devm_device_remove_group(dev: usize, grp: usize): void {
  if (devres_release(dev, devm_attr_group_remove.index, match_word.index, grp)) {
    WARN(cstr("devm_device_remove_group: no such group"));
  }
}

/** linux/device.h. Adds attribute groups that go with the driver. 0 or an error. Context: process. */
export function devm_device_add_groups(dev: usize, groups: usize): i32 {
  const res = __devres_alloc_node(
    devm_attr_groups_remove.index,
    sizeof<usize>(),
    GFP_KERNEL,
    -1,
    cstr("devm_attr_groups_remove"),
  );
  if (!res) return -ENOMEM;
  const error = sysfs_create_groups(dev_kobj(dev), groups);
  store<usize>(res, groups);
  if (error) devres_free(res);
  else devres_add(dev, res);
  return error;
}

/** linux/device.h. Takes back devm_device_add_groups() before its time. Context: process. */
export function devm_device_remove_groups(dev: usize, groups: usize): void {
  if (devres_release(dev, devm_attr_groups_remove.index, match_word.index, groups)) {
    WARN(cstr("devm_device_remove_groups: no such groups"));
  }
}

// ── Attributes for a variable (DEVICE_INT_ATTR and its like) ──

@inline
function variable(attr: usize): usize {
  return changetype<dev_ext_attribute>(attr).var_;
}

/** linux/device.h. show() of DEVICE_INT_ATTR. Context: process. */
export function device_show_int(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("%d\n"), load<i32>(variable(attr)));
}

/** linux/device.h. store() of DEVICE_INT_ATTR. `size`, or -EINVAL, -ERANGE. Context: process. */
export function device_store_int(dev: usize, attr: usize, buf: usize, size: usize): i32 {
  const error = kstrtoint(buf, 0, variable(attr));
  return error ? error : <i32>size;
}

/** linux/device.h. show() of DEVICE_ULONG_ATTR. Context: process. */
export function device_show_ulong(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("%lx\n"), load<u32>(variable(attr)));
}

/** linux/device.h. store() of DEVICE_ULONG_ATTR. `size`, or -EINVAL, -ERANGE. Context: process. */
export function device_store_ulong(dev: usize, attr: usize, buf: usize, size: usize): i32 {
  const error = kstrtouint(buf, 0, variable(attr));
  return error ? error : <i32>size;
}

/** linux/device.h. show() of DEVICE_BOOL_ATTR. Context: process. */
export function device_show_bool(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("%d\n"), load<u8>(variable(attr)));
}

/** linux/device.h. store() of DEVICE_BOOL_ATTR. `size`, or -EINVAL. Context: process. */
export function device_store_bool(dev: usize, attr: usize, buf: usize, size: usize): i32 {
  return kstrtobool(buf, variable(attr)) ? -EINVAL : <i32>size;
}
