// drivers/char/misc.c: devices of the one major number 10, for drivers that need a single node.

import {
  EBUSY,
  ENODEV,
  GFP_KERNEL,
  MINORBITS,
  MINORMASK,
  MISC_DYNAMIC_MINOR,
  MISC_MAJOR,
  file_operations,
  inode,
  miscdevice,
  offsetof_miscdevice_list,
  sizeof_class,
  sizeof_file_operations,
  sizeof_mutex,
} from "../../abi";
import { __register_chrdev, fops_get } from "../../fs/char_dev";
import { call_file_op, f_ops, replace_fops, to_file } from "../../fs/open";
import { noop_llseek } from "../../fs/read_write";
import { __mutex_init, mutex_lock, mutex_unlock } from "../../kernel/locking/mutex";
import { IS_ERR, PTR_ERR } from "../../lib/err";
import { _find_first_zero_bit } from "../../lib/find_bit";
import { INIT_LIST_HEAD, list_add, list_del, list_next } from "../../lib/list";
import { seq_printf } from "../../lib/seq_buf";
import { va_block, va_free } from "../../lib/vsprintf";
import { kstrdup } from "../../mm/util";
import { to_class, to_device } from "../base/base";
import { __class_register, device_create_with_groups, device_destroy } from "../base/class";

/** Minor numbers 0 to 127 are given out, the highest first. */
const DYNAMIC_MINORS: u32 = 128;

/** list_head of the devices. */
const misc_list = memory.data(8, 4);
const misc_class = memory.data(sizeof_class, 4);
const misc_fops = memory.data(sizeof_file_operations, 4);
const misc_mtx = memory.data(<i32>sizeof_mutex, 8);
/** A bit for each minor that was given out, counted from the highest. */
const misc_minors = memory.data(<i32>(DYNAMIC_MINORS / 8), 4);

/** Makes /sys/class/misc and takes major 10. */
export function misc_init(): void {
  __mutex_init(misc_mtx, cstr("misc_mtx"), 0);
  INIT_LIST_HEAD(misc_list);
  to_class(misc_class).name = cstr("misc");
  to_class(misc_class).devnode = misc_devnode.index;
  __class_register(misc_class, 0);
  changetype<file_operations>(misc_fops).open = misc_open.index;
  changetype<file_operations>(misc_fops).llseek = noop_llseek.index;
  __register_chrdev(MISC_MAJOR, 0, MISC_DYNAMIC_MINOR + 1, cstr("misc"), misc_fops);
}

/** The node's name below /dev, if the driver wants another than the device's. */
function misc_devnode(dev: usize, mode: usize): usize {
  const misc = changetype<miscdevice>(to_device(dev).driver_data);
  return misc.nodename ? kstrdup(misc.nodename, GFP_KERNEL) : 0;
}

@inline
function misc_of(node: usize): miscdevice {
  return changetype<miscdevice>(node - offsetof_miscdevice_list);
}

/** The device with that minor; 0 if there is none. misc_mtx held. */
function find(minor: u32): miscdevice {
  let at = list_next(misc_list);
  while (at != misc_list && <u32>misc_of(at).minor != minor) at = list_next(at);
  return at == misc_list ? changetype<miscdevice>(0) : misc_of(at);
}

/** open() of major 10: from here on the file is the driver's, which finds its miscdevice in private_data. */
function misc_open(i: usize, f: usize): i32 {
  mutex_lock(misc_mtx);
  const misc = find(changetype<inode>(i).i_rdev & MINORMASK);
  const fops = changetype<usize>(misc) ? fops_get(misc.fops) : 0;
  let error: i32 = -ENODEV;
  if (fops) {
    to_file(f).private_data = changetype<usize>(misc);
    replace_fops(f, fops);
    error = call_file_op(f_ops(f).open, i, f);
  }
  mutex_unlock(misc_mtx);
  return error;
}

/** Marks a minor that is given out as taken or free. */
function mark(minor: u32, taken: bool): void {
  const bit = DYNAMIC_MINORS - 1 - minor;
  const byte = misc_minors + (bit >> 3);
  const mask: u32 = 1 << (bit & 7);
  store<u8>(byte, <u8>(taken ? load<u8>(byte) | mask : load<u8>(byte) & ~mask));
}

@inline
function devt(misc: miscdevice): u32 {
  return (MISC_MAJOR << MINORBITS) | misc.minor;
}

function register(misc: miscdevice): i32 {
  const dynamic = <u32>misc.minor == MISC_DYNAMIC_MINOR;
  if (dynamic) {
    const bit = <u32>_find_first_zero_bit(misc_minors, DYNAMIC_MINORS);
    if (bit >= DYNAMIC_MINORS) return -EBUSY;
    misc.minor = DYNAMIC_MINORS - 1 - bit;
    mark(misc.minor, true);
  } else if (changetype<usize>(find(misc.minor))) {
    return -EBUSY;
  }
  const at = changetype<usize>(misc);
  const name = va_block(<u32>misc.name);
  misc.this_device = device_create_with_groups(misc_class, misc.parent, devt(misc), at, misc.groups, cstr("%s"), name);
  va_free();
  if (IS_ERR(misc.this_device)) {
    if (dynamic) {
      mark(misc.minor, false);
      misc.minor = MISC_DYNAMIC_MINOR;
    }
    return PTR_ERR(misc.this_device);
  }
  list_add(at + offsetof_miscdevice_list, misc_list);
  return 0;
}

/** linux/miscdevice.h. Registers a device; a minor of MISC_DYNAMIC_MINOR is replaced by a free one. -EBUSY if the minor
 *  is taken or none is free, or the device's own errors. Context: process. */
export function misc_register(misc: usize): i32 {
  INIT_LIST_HEAD(misc + offsetof_miscdevice_list);
  mutex_lock(misc_mtx);
  const error = register(changetype<miscdevice>(misc));
  mutex_unlock(misc_mtx);
  return error;
}

/** linux/miscdevice.h. Unregisters a device that misc_register() took. Context: process. */
export function misc_deregister(misc: usize): void {
  const device = changetype<miscdevice>(misc);
  mutex_lock(misc_mtx);
  list_del(misc + offsetof_miscdevice_list);
  device_destroy(misc_class, devt(device));
  if (<u32>device.minor < DYNAMIC_MINORS) mark(device.minor, false);
  mutex_unlock(misc_mtx);
}

/** Writes /proc/misc to the seq_buf `s`. */
export function proc_misc(s: usize): void {
  for (let at = list_next(misc_list); at != misc_list; at = list_next(at)) {
    seq_printf(s, cstr("%3i %s\n"), misc_of(at).minor, misc_of(at).name);
  }
}
