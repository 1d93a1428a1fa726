// The system calls on files as the host makes them, for whoever uses a device from outside. A file is known by its
// struct file; the host keeps to those that it opened.

import { EINVAL, ENOTTY, SEEK_END } from "../abi";
import { devtmpfs_lookup } from "../drivers/base/devtmpfs";
import { DEBUG } from "../flavour";
import { callback_enter, callback_leave } from "../kernel/debug/callback";
import { chrdev_file_open, f_ops } from "./open";
import { vfs_llseek } from "./read_write";

/** open(2) of `path` (a C string below /dev); `flags` as O_RDWR, O_NONBLOCK. The file or an error. Context: process. */
export function sys_open(path: usize, flags: u32): i32 {
  const dev = devtmpfs_lookup(path);
  return dev < 0 ? dev : chrdev_file_open(dev, flags);
}

/** ioctl(2). What the device says, -ENOTTY if it knows no commands. Context: process. */
export function sys_ioctl(f: usize, cmd: u32, arg: usize): i32 {
  const fn = f_ops(f).unlocked_ioctl;
  if (!fn) return -ENOTTY;
  const state = callback_enter();
  const result = call_indirect<i32>(<u32>fn, f, cmd, arg);
  if (DEBUG) callback_leave(state, fn);
  return result;
}

/** llseek(2): the offset is at `*offset`, and so is the new position afterwards. 0 or an error. Context: process. */
export function sys_llseek(f: usize, offset: usize, whence: u32): i32 {
  if (whence > SEEK_END) return -EINVAL;
  const position = vfs_llseek(f, load<i64>(offset), whence);
  if (position < 0) return <i32>position;
  store<i64>(offset, position);
  return 0;
}
