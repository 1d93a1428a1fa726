// fs/libfs.c: what read() and write() of simple files are made of.

import { EFAULT, EINVAL, inode } from "../abi";
import { to_file } from "./open";

/** How much of `count` bytes at `*ppos` there is of `available`; an error or 0 as it is. */
function clip(ppos: usize, count: usize, available: usize): i32 {
  const pos = load<i64>(ppos);
  if (pos < 0) return -EINVAL;
  if (pos >= <i64>available || !count) return 0;
  return <i32>min<i64>(<i64>count, <i64>available - pos);
}

/** linux/fs.h. read() of a file whose text lies at `from`. Bytes read, 0 at the end, -EINVAL for a bad position.
 *  Context: process. */
export function simple_read_from_buffer(to: usize, count: usize, ppos: usize, from: usize, available: usize): i32 {
  const size = clip(ppos, count, available);
  if (size <= 0) return size;
  if (!to) return -EFAULT;
  memory.copy(to, from + <usize>load<i64>(ppos), size);
  store<i64>(ppos, load<i64>(ppos) + size);
  return size;
}

/** linux/fs.h. write() of a file whose content is to lie at `to`. Bytes written, 0 at the end, -EINVAL for a bad
 *  position. Context: process. */
export function simple_write_to_buffer(to: usize, available: usize, ppos: usize, from: usize, count: usize): i32 {
  const size = clip(ppos, count, available);
  if (size <= 0) return size;
  if (!from) return -EFAULT;
  memory.copy(to + <usize>load<i64>(ppos), from, size);
  store<i64>(ppos, load<i64>(ppos) + size);
  return size;
}

/** linux/fs.h. open() that hands what the inode has for the driver on to the file. 0. Context: process. */
export function simple_open(i: usize, f: usize): i32 {
  if (changetype<inode>(i).i_private) to_file(f).private_data = changetype<inode>(i).i_private;
  return 0;
}
