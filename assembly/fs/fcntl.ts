// fs/fcntl.c: files that want a signal when something happens to them. No task owns a file here (there is no
// fcntl(F_SETOWN)), so the lists are kept and nobody is signalled.

import {
  ENOMEM,
  FASYNC,
  FASYNC_MAGIC,
  GFP_KERNEL,
  fasync_struct,
  offsetof_fasync_struct_fa_next,
  offsetof_fasync_struct_fa_rcu,
  sizeof_fasync_struct,
} from "../abi";
import { pr } from "../kernel/printk/printk";
import { call_rcu } from "../kernel/rcu";
import { kfree, kzalloc } from "../mm/slub";
import { to_file } from "./open";

@inline
function entry(at: usize): fasync_struct {
  return changetype<fasync_struct>(at);
}

/** Where the pointer to the file's entry in the list at `fapp` is: at 0 if there is none. */
function find(f: usize, fapp: usize): usize {
  let link = fapp;
  for (let at = load<usize>(link); at && entry(at).fa_file != f; at = load<usize>(link)) {
    link = at + offsetof_fasync_struct_fa_next;
  }
  return link;
}

function fasync_free(rcu: usize): void {
  kfree(rcu - offsetof_fasync_struct_fa_rcu);
}

/** linux/fs.h. What a device's fasync() calls: with `on` adds the file to its list of `struct fasync_struct *` at `fapp`,
 *  else takes it out. 1 if that changed the list, 0 or -ENOMEM. Context: process, one at a time. */
export function fasync_helper(fd: i32, f: usize, on: i32, fapp: usize): i32 {
  const link = find(f, fapp);
  const at = load<usize>(link);
  if (on && at) {
    entry(at).fa_fd = fd;
    return 0;
  }
  if (on) {
    const added = kzalloc(sizeof_fasync_struct, GFP_KERNEL);
    if (!added) return -ENOMEM;
    entry(added).magic = FASYNC_MAGIC;
    entry(added).fa_file = f;
    entry(added).fa_fd = fd;
    entry(added).fa_next = load<usize>(fapp);
    store<usize>(fapp, added);
    to_file(f).f_flags |= FASYNC;
    return 1;
  }
  if (!at) return 0;
  store<usize>(link, entry(at).fa_next);
  to_file(f).f_flags &= ~FASYNC;
  call_rcu(at + offsetof_fasync_struct_fa_rcu, fasync_free.index);
  return 1;
}

/** linux/fs.h. Signals `sig` to the owners of the files in the list at `fp`, `band` saying what happened. Context: any.
 *  (Differs: no file has an owner.) */
export function kill_fasync(fp: usize, sig: i32, band: i32): void {
  for (let at = load<usize>(fp); at; at = entry(at).fa_next) {
    if (entry(at).magic == <i32>FASYNC_MAGIC) continue;
    pr(cstr("\x013kill_fasync: bad magic number in fasync_struct!"));
    return;
  }
}
