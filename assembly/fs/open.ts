// fs/open.c, fs/file_table.c and chrdev_open() of fs/char_dev.c: a character device as an open file. There is one struct
// inode for each open file: nothing here is found by its inode.

import {
  ENODEV,
  ENOMEM,
  ENXIO,
  FMODE_CAN_READ,
  FMODE_CAN_WRITE,
  FMODE_LSEEK,
  FMODE_OPENED,
  FMODE_PREAD,
  FMODE_PWRITE,
  FMODE_READ,
  FMODE_STREAM,
  FMODE_WRITE,
  GFP_KERNEL,
  O_ACCMODE,
  S_IFCHR,
  file,
  file_operations,
  inode,
  sizeof_file,
  sizeof_inode,
} from "../abi";
import { DEBUG } from "../flavour";
import { callback_enter, callback_leave } from "../kernel/debug/callback";
import { __mutex_init } from "../kernel/locking/mutex";
import { INIT_LIST_HEAD } from "../lib/list";
import { __init_rwsem } from "../kernel/locking/rwsem";
import { kfree, kzalloc } from "../mm/slub";
import { cdev_get, cdev_put, fops_get, fops_put, to_cdev } from "./char_dev";

@inline
export function to_file(f: usize): file {
  return changetype<file>(f);
}

@inline
export function file_inode(f: usize): inode {
  return changetype<inode>(to_file(f).f_inode);
}

@inline
export function f_ops(f: usize): file_operations {
  return changetype<file_operations>(to_file(f).f_op);
}

/** Calls open() or release(): `fn`, a table slot or 0. */
export function call_file_op(fn: usize, i: usize, f: usize): i32 {
  if (!fn) return 0;
  const state = callback_enter();
  const result = call_indirect<i32>(<u32>fn, i, f);
  if (DEBUG) callback_leave(state, fn);
  return result;
}

function alloc_file(dev: u32, flags: u32): usize {
  const f = kzalloc(sizeof_file + sizeof_inode, GFP_KERNEL);
  if (!f) return 0;
  const i = changetype<inode>(f + sizeof_file);
  i.i_mode = <u16>(S_IFCHR | 0o600);
  i.i_rdev = dev;
  i.i_mapping = changetype<usize>(i.i_data);
  __init_rwsem(changetype<usize>(i.i_rwsem), cstr("&inode->i_rwsem"), 0);
  INIT_LIST_HEAD(changetype<usize>(i.i_devices));
  to_file(f).f_inode = changetype<usize>(i);
  to_file(f).f_mapping = i.i_mapping;
  to_file(f).f_flags = flags;
  // O_RDONLY, O_WRONLY, O_RDWR are 0, 1, 2; FMODE_READ and FMODE_WRITE are bits.
  to_file(f).f_mode = (((flags & O_ACCMODE) + 1) & O_ACCMODE) | FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
  store<i32>(changetype<usize>(to_file(f).f_count), 1);
  __mutex_init(changetype<usize>(to_file(f).f_pos_lock), cstr("&f->f_pos_lock"), 0);
  return f;
}

/** The cdev's operations, and its open(). 0 or an error. */
function chrdev_open(f: usize): i32 {
  const i = file_inode(f);
  const p = cdev_get(i.i_rdev);
  if (!p) return -ENXIO;
  i.i_cdev = p;
  to_file(f).f_op = fops_get(to_cdev(p).ops);
  if (!to_file(f).f_op) return -ENXIO;
  return call_file_op(f_ops(f).open, changetype<usize>(i), f);
}

/** What the device can do of what was asked for. open() may have taken some away. */
function settle_mode(f: usize): void {
  const ops = f_ops(f);
  let mode = to_file(f).f_mode | FMODE_OPENED;
  if (mode & FMODE_READ && (ops.read || ops.read_iter)) mode |= FMODE_CAN_READ;
  if (mode & FMODE_WRITE && (ops.write || ops.write_iter)) mode |= FMODE_CAN_WRITE;
  to_file(f).f_mode = ops.llseek ? mode : mode & ~FMODE_LSEEK;
}

function free_file(f: usize): void {
  const p = file_inode(f).i_cdev;
  fops_put(to_file(f).f_op);
  if (p) cdev_put(p);
  kfree(f);
}

/** Opens the device with that number. The struct file, or an error. Context: process. */
export function chrdev_file_open(dev: u32, flags: u32): i32 {
  if (!dev) return -ENODEV;
  const f = alloc_file(dev, flags);
  if (!f) return -ENOMEM;
  const error = chrdev_open(f);
  if (!error) {
    settle_mode(f);
    return <i32>f;
  }
  free_file(f);
  return error;
}

/** Closes a file: flush() and release(). What flush() said. Context: process. */
export function filp_close(f: usize): i32 {
  const ops = f_ops(f);
  const error = call_file_op(ops.flush, f, 0);
  call_file_op(ops.release, to_file(f).f_inode, f);
  free_file(f);
  return error;
}

/** fs/char_dev.c, replace_fops(). The operations that open() found go on with the file. */
export function replace_fops(f: usize, fops: usize): void {
  fops_put(to_file(f).f_op);
  to_file(f).f_op = fops;
}

/** linux/fs.h. For open(): the file has no position that could be set. 0. Context: process. */
export function nonseekable_open(i: usize, f: usize): i32 {
  to_file(f).f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
  return 0;
}

/** linux/fs.h. For open(): the file has no position at all. 0. Context: process. */
export function stream_open(i: usize, f: usize): i32 {
  nonseekable_open(i, f);
  to_file(f).f_mode |= FMODE_STREAM;
  return 0;
}
