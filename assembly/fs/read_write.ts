// fs/read_write.c: reading, writing and the position of open files.

import {
  EBADF,
  EINVAL,
  ENXIO,
  ESPIPE,
  FMODE_CAN_READ,
  FMODE_CAN_WRITE,
  FMODE_LSEEK,
  FMODE_READ,
  FMODE_STREAM,
  FMODE_WRITE,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  offsetof_file_f_pos,
} from "../abi";
import { DEBUG } from "../flavour";
import { callback_enter, callback_leave } from "../kernel/debug/callback";
import { mutex_lock, mutex_unlock } from "../kernel/locking/mutex";
import { f_ops, file_inode, to_file } from "./open";

/** Calls read() or write(), whose arguments are alike. A stream has no position to pass. */
function transfer(fn: usize, f: usize, buf: usize, count: usize): i32 {
  if (!fn) return -EINVAL;
  const lock = changetype<usize>(to_file(f).f_pos_lock);
  const stream = (to_file(f).f_mode & FMODE_STREAM) != 0;
  if (!stream) mutex_lock(lock);
  const state = callback_enter();
  const result = call_indirect<i32>(<u32>fn, f, buf, count, stream ? <usize>0 : f + offsetof_file_f_pos);
  if (DEBUG) callback_leave(state, fn);
  if (!stream) mutex_unlock(lock);
  return result;
}

/** Reads up to `count` bytes. How many, 0 at the end, or an error. Context: process. */
export function vfs_read(f: usize, buf: usize, count: usize): i32 {
  const mode = to_file(f).f_mode;
  if (!(mode & FMODE_READ)) return -EBADF;
  return mode & FMODE_CAN_READ ? transfer(f_ops(f).read, f, buf, count) : -EINVAL;
}

/** Writes up to `count` bytes. How many, or an error. Context: process. */
export function vfs_write(f: usize, buf: usize, count: usize): i32 {
  const mode = to_file(f).f_mode;
  if (!(mode & FMODE_WRITE)) return -EBADF;
  return mode & FMODE_CAN_WRITE ? transfer(f_ops(f).write, f, buf, count) : -EINVAL;
}

// ── Position ──

/** linux/fs.h. Sets the position of a file by what its device says. The new position or an error. Context: process. */
export function vfs_llseek(f: usize, offset: i64, whence: i32): i64 {
  if (!(to_file(f).f_mode & FMODE_LSEEK)) return -ESPIPE;
  return call_indirect<i64>(<u32>f_ops(f).llseek, f, offset, whence);
}

/** linux/fs.h. llseek() that succeeds and changes nothing. The position. Context: process. */
export function noop_llseek(f: usize, offset: i64, whence: i32): i64 {
  return to_file(f).f_pos;
}

function set_position(f: usize, offset: i64): i64 {
  if (offset < 0) return -EINVAL;
  to_file(f).f_pos = offset;
  return offset;
}

/** From the start, from the position, from the end at `size`. */
function seek_within(f: usize, offset: i64, whence: u32, size: i64): i64 {
  if (whence == SEEK_CUR) offset += to_file(f).f_pos;
  else if (whence == SEEK_END) offset += size;
  else if (whence != SEEK_SET) return offset >= size ? -ENXIO : -EINVAL;
  return set_position(f, offset);
}

/** linux/fs.h. llseek() that goes by the size of the inode. The new position; -EINVAL before the start. Context:
 *  process. */
export function default_llseek(f: usize, offset: i64, whence: i32): i64 {
  return seek_within(f, offset, whence, file_inode(f).i_size);
}

/** linux/fs.h. llseek() within `size` bytes. The new position; -EINVAL outside of them. Context: process. */
export function fixed_size_llseek(f: usize, offset: i64, whence: i32, size: i64): i64 {
  if (<u32>whence > SEEK_END) return -EINVAL;
  const before = to_file(f).f_pos;
  const position = seek_within(f, offset, whence, size);
  if (position <= size) return position;
  to_file(f).f_pos = before;
  return -EINVAL;
}

/** linux/fs.h. llseek() of a device without an end: from the start or the position. Context: process. */
export function no_seek_end_llseek(f: usize, offset: i64, whence: i32): i64 {
  return <u32>whence > SEEK_CUR ? -EINVAL : seek_within(f, offset, whence, 0);
}
