// fs/select.c: poll() of one open file. The device says what it can do now, and queues us wherever it will wake somebody
// when that changes.

import {
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDNORM,
  EPOLLWRNORM,
  GFP_KERNEL,
  MAX_SCHEDULE_TIMEOUT,
  TASK_INTERRUPTIBLE,
  TASK_RUNNING,
  poll_table_struct,
  sizeof_wait_queue_entry,
  wait_queue_entry,
} from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { set_current_state } from "../kernel/sched/core";
import { add_wait_queue, default_wake_function, init_wait_entry, remove_wait_queue } from "../kernel/sched/wait";
import { schedule_timeout } from "../kernel/time/sleep";
import { __msecs_to_jiffies } from "../kernel/time/time";
import { kfree, kzalloc } from "../mm/slub";
import { f_ops } from "./open";

/** A file without poll() can always do everything. */
const DEFAULT_POLLMASK: u32 = EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;

/** struct poll_wqueues: the table that the device sees, and where it has queued us. */
@unmanaged
class Waiting {
  qproc: usize;
  key: u32;
  first: usize;
}

/** One queue: next, head, then the wait_queue_entry. */
const ENTRY: usize = 8;

function pollwait(f: usize, head: usize, table: usize): void {
  const at = kzalloc(ENTRY + sizeof_wait_queue_entry, GFP_KERNEL);
  if (!at) return;
  const waiting = changetype<Waiting>(table);
  store<usize>(at, waiting.first);
  store<usize>(at, head, 4);
  waiting.first = at;
  init_wait_entry(at + ENTRY, 0);
  changetype<wait_queue_entry>(at + ENTRY).func = default_wake_function.index;
  add_wait_queue(head, at + ENTRY);
}

function leave(waiting: Waiting): void {
  for (let at = waiting.first; at; at = waiting.first) {
    waiting.first = load<usize>(at);
    remove_wait_queue(load<usize>(at, 4), at + ENTRY);
    kfree(at);
  }
}

/** Waits until the file can do one of `events` (EPOLL*), for `timeout` ms at most, -1: for ever. What it can do of them,
 *  0 if the time is over; errors always count. Context: process. */
export function vfs_poll(f: usize, events: u32, timeout: i32): u32 {
  const poll = f_ops(f).poll;
  const wanted: u32 = events | EPOLLERR | EPOLLHUP;
  if (!poll) return DEFAULT_POLLMASK & wanted;
  const waiting = changetype<Waiting>(stack_alloc(16));
  waiting.qproc = timeout ? pollwait.index : 0;
  waiting.key = wanted;
  waiting.first = 0;
  let left: i32 = timeout < 0 ? MAX_SCHEDULE_TIMEOUT : <i32>__msecs_to_jiffies(timeout);
  let can: u32 = 0;
  while (true) {
    // Before asking: a wake-up while the device answers must not get lost.
    set_current_state(TASK_INTERRUPTIBLE);
    can = call_indirect<u32>(<u32>poll, f, changetype<usize>(waiting)) & wanted;
    if (can || left <= 0) break;
    changetype<poll_table_struct>(changetype<usize>(waiting))._qproc = 0; // queued once
    left = schedule_timeout(left);
  }
  set_current_state(TASK_RUNNING);
  leave(waiting);
  stack_free(16);
  return can;
}
