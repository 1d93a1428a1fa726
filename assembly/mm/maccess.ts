// mm/maccess.c, as far as there is a user space to copy to and from: the host's buffers.

import { pr } from "../kernel/printk/printk";
import { WARN } from "../kernel/panic";

/** linux/thread_info.h. What copy_from_user() and copy_to_user() call for an object of `size` bytes that `count` do not
 *  fit into: a warning, and nothing is copied. Context: any. */
export function __copy_overflow(size: i32, count: u32): void {
  pr(cstr("\x014Buffer overflow detected (%d < %u)!"), size, count);
  WARN(cstr("copy_from_user or copy_to_user of more than the object has"));
}
