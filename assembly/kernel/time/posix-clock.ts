// kernel/time/posix-clock.c: a clock of its own behind a character device (/dev/ptp0). Its operations are the driver's;
// once the clock has gone, files that are still open get -ENODEV.

import {
  EINVAL,
  ENODEV,
  ENOMEM,
  ENOTTY,
  EPOLLERR,
  GFP_KERNEL,
  MINORBITS,
  MINORMASK,
  cdev,
  device,
  file,
  file_operations,
  inode,
  offsetof_posix_clock_cdev,
  offsetof_posix_clock_rwsem,
  posix_clock,
  posix_clock_context,
  posix_clock_operations,
  sizeof_file_operations,
  sizeof_posix_clock_context,
} from "../../abi";
import { dev_name } from "../../drivers/base/name";
import { get_device, put_device } from "../../drivers/base/core";
import { cdev_device_add, cdev_device_del, cdev_init } from "../../fs/char_dev";
import { kfree, kzalloc } from "../../mm/slub";
import { __init_rwsem, down_read, down_write, up_read, up_write } from "../locking/rwsem";
import { pr } from "../printk/printk";

const fops = memory.data(<i32>sizeof_file_operations, 4);

@inline
function context_of(f: usize): posix_clock_context {
  return changetype<posix_clock_context>(changetype<file>(f).private_data);
}

@inline
function clock_of(f: usize): posix_clock {
  return changetype<posix_clock>(context_of(f).clk);
}

@inline
function rwsem_of(clk: posix_clock): usize {
  return changetype<usize>(clk) + offsetof_posix_clock_rwsem;
}

@inline
function ops_of(clk: posix_clock): posix_clock_operations {
  return clk.ops;
}

/** Keeps a clock from going; false if it has gone. */
function get_clock(clk: posix_clock): bool {
  down_read(rwsem_of(clk));
  if (!clk.zombie) return true;
  up_read(rwsem_of(clk));
  return false;
}

function posix_clock_read(f: usize, buf: usize, count: usize, ppos: usize): i32 {
  const clk = clock_of(f);
  if (!get_clock(clk)) return -ENODEV;
  const read = <u32>ops_of(clk).read;
  const flags = changetype<file>(f).f_flags;
  const result = read ? call_indirect<i32>(read, changetype<usize>(context_of(f)), flags, buf, count) : -EINVAL;
  up_read(rwsem_of(clk));
  return result;
}

function posix_clock_poll(f: usize, wait: usize): u32 {
  const clk = clock_of(f);
  if (!get_clock(clk)) return EPOLLERR;
  const poll = <u32>ops_of(clk).poll;
  const result = poll ? call_indirect<u32>(poll, changetype<usize>(context_of(f)), f, wait) : 0;
  up_read(rwsem_of(clk));
  return result;
}

function posix_clock_ioctl(f: usize, cmd: u32, arg: usize): i32 {
  const clk = clock_of(f);
  if (!get_clock(clk)) return -ENODEV;
  const ioctl = <u32>ops_of(clk).ioctl;
  const result = ioctl ? call_indirect<i32>(ioctl, changetype<usize>(context_of(f)), cmd, arg) : -ENOTTY;
  up_read(rwsem_of(clk));
  return result;
}

/** The clock is kept from going. 0 or an error. */
function open_context(clk: posix_clock, f: usize): i32 {
  const context = kzalloc(sizeof_posix_clock_context, GFP_KERNEL);
  if (!context) return -ENOMEM;
  changetype<posix_clock_context>(context).clk = changetype<usize>(clk);
  changetype<posix_clock_context>(context).fp = f;
  const open = <u32>ops_of(clk).open;
  const error = open ? call_indirect<i32>(open, context, changetype<file>(f).f_mode) : 0;
  if (error) {
    kfree(context);
    return error;
  }
  changetype<file>(f).private_data = context;
  get_device(clk.dev);
  return 0;
}

function posix_clock_open(i: usize, f: usize): i32 {
  const clk = changetype<posix_clock>(changetype<inode>(i).i_cdev - offsetof_posix_clock_cdev);
  if (!get_clock(clk)) return -ENODEV;
  const error = open_context(clk, f);
  up_read(rwsem_of(clk));
  return error;
}

function posix_clock_release(i: usize, f: usize): i32 {
  const context = changetype<usize>(context_of(f));
  if (!context) return -ENODEV;
  const clk = clock_of(f);
  const release = <u32>ops_of(clk).release;
  const error = release ? call_indirect<i32>(release, context) : 0;
  put_device(clk.dev);
  kfree(context);
  changetype<file>(f).private_data = 0;
  return error;
}

/** linux/posix-clock.h. Adds the device `dev`, initialized and not yet added, with a node that leads to the operations of
 *  the struct posix_clock `clk`. 0 or what adding said. Context: process. */
export function posix_clock_register(clk: usize, dev: usize): i32 {
  const ops = changetype<file_operations>(fops);
  ops.read = posix_clock_read.index;
  ops.poll = posix_clock_poll.index;
  ops.unlocked_ioctl = posix_clock_ioctl.index;
  ops.open = posix_clock_open.index;
  ops.release = posix_clock_release.index;
  const clock = changetype<posix_clock>(clk);
  __init_rwsem(rwsem_of(clock), cstr("&clk->rwsem"), 0);
  cdev_init(clk + offsetof_posix_clock_cdev, fops);
  const error = cdev_device_add(clk + offsetof_posix_clock_cdev, dev);
  if (error) {
    const devt = changetype<device>(dev).devt;
    pr(cstr("\x013%s unable to add device %d:%d"), dev_name(dev), devt >> MINORBITS, devt & MINORMASK);
    return error;
  }
  changetype<cdev>(clk + offsetof_posix_clock_cdev).owner = ops_of(clock).owner;
  clock.dev = dev;
  return 0;
}

/** linux/posix-clock.h. Removes the device of a clock, whose operations are not called from here on. The device's last
 *  reference may go. Context: process. */
export function posix_clock_unregister(clk: usize): void {
  const clock = changetype<posix_clock>(clk);
  cdev_device_del(clk + offsetof_posix_clock_cdev, clock.dev);
  down_write(rwsem_of(clock));
  clock.zombie = true;
  up_write(rwsem_of(clock));
  put_device(clock.dev);
}
