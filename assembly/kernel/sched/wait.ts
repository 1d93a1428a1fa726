// kernel/sched/wait.c: wait queues. A queue is a list of entries, each with a function that a wake-up calls; the usual
// one wakes the entry's task. Exclusive entries stand at the end: a wake-up calls all others, and as many of those as
// it wants.

import {
  ERESTARTSYS,
  TASK_INTERRUPTIBLE,
  TASK_NORMAL,
  TASK_RUNNING,
  WQ_FLAG_EXCLUSIVE,
  WQ_FLAG_PRIORITY,
  WQ_FLAG_WOKEN,
  offsetof_wait_queue_entry_entry,
  offsetof_wait_queue_head_head,
  wait_queue_entry,
} from "../../abi";
import { smp_mb } from "../../arch/wasm/barrier";
import { this_cpu } from "../../arch/wasm/cpu";
import {
  INIT_LIST_HEAD,
  list_add,
  list_add_tail,
  list_del,
  list_del_init,
  list_empty,
  list_next,
} from "../../lib/list";
import { DEBUG } from "../../flavour";
import { might_sleep } from "../locking/might_sleep";
import {
  _raw_spin_lock,
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "../locking/spinlock";
import { schedule_timeout } from "../time/sleep";
import { schedule, set_current_state, wake_up_state } from "./core";
import { signal_pending, signal_pending_state } from "./signal";
import { task_of } from "./task";

/** What a wait_queue_entry takes from the shadow stack. */
export const WAIT_ENTRY_BYTES: usize = 32;

/** A waker that is about to sleep itself: a hint that wake functions see (kernel/sched/sched.h). */
const WF_SYNC: i32 = 0x10;

@inline
function list_of(head: usize): usize {
  return head + offsetof_wait_queue_head_head;
}

@inline
function node_of(entry: usize): usize {
  return entry + offsetof_wait_queue_entry_entry;
}

@inline
function entry_of(node: usize): usize {
  return node - offsetof_wait_queue_entry_entry;
}

@inline
function wqe(entry: usize): wait_queue_entry {
  return changetype<wait_queue_entry>(entry);
}

/** linux/wait.h. Makes an empty queue: a macro in Linux. The lock is the head's first member. Context: any. */
export function init_waitqueue_head(head: usize): void {
  store<u32>(head, 0);
  INIT_LIST_HEAD(list_of(head));
}

/** linux/wait.h. Makes `head` an empty queue; `name` and `key` are for lockdep. Context: any. */
export function __init_waitqueue_head(head: usize, name: usize, key: usize): void {
  init_waitqueue_head(head);
}

/** Puts a non-exclusive entry first, but behind entries with priority. Queue locked. */
export function __add_wait_queue(head: usize, entry: usize): void {
  let behind = list_of(head);
  for (let node = list_next(behind); node != list_of(head); node = list_next(node)) {
    if (!(wqe(entry_of(node)).flags & WQ_FLAG_PRIORITY)) break;
    behind = node;
  }
  list_add(node_of(entry), behind);
}

/** linux/wait.h. Adds an entry that every wake-up calls. Context: any. */
export function add_wait_queue(head: usize, entry: usize): void {
  wqe(entry).flags &= ~WQ_FLAG_EXCLUSIVE;
  const flags = _raw_spin_lock_irqsave(head);
  __add_wait_queue(head, entry);
  _raw_spin_unlock_irqrestore(head, flags);
}

/** linux/wait.h. Adds an exclusive entry: one wake-up calls one, the oldest first. Context: any. */
export function add_wait_queue_exclusive(head: usize, entry: usize): void {
  wqe(entry).flags |= WQ_FLAG_EXCLUSIVE;
  const flags = _raw_spin_lock_irqsave(head);
  list_add_tail(node_of(entry), list_of(head));
  _raw_spin_unlock_irqrestore(head, flags);
}

/** linux/wait.h. Adds an exclusive entry before all others. Context: any. */
export function add_wait_queue_priority(head: usize, entry: usize): void {
  wqe(entry).flags |= WQ_FLAG_EXCLUSIVE | WQ_FLAG_PRIORITY;
  const flags = _raw_spin_lock_irqsave(head);
  __add_wait_queue(head, entry);
  _raw_spin_unlock_irqrestore(head, flags);
}

/** linux/wait.h. Takes an entry out of its queue. Context: any. */
export function remove_wait_queue(head: usize, entry: usize): void {
  const flags = _raw_spin_lock_irqsave(head);
  list_del(node_of(entry));
  _raw_spin_unlock_irqrestore(head, flags);
}

// ── Waking ──

/** Calls the entries' functions; an entry may leave the queue in its own. Returns how many exclusive wake-ups are
 *  left. */
function wake_up_common(head: usize, mode: u32, exclusive: i32, wake_flags: i32, key: usize): i32 {
  const list = list_of(head);
  let next: usize = 0;
  for (let node = list_next(list); node != list; node = next) {
    next = list_next(node);
    const entry = wqe(entry_of(node));
    const flags = entry.flags;
    const woken = call_indirect<i32>(<u32>entry.func, entry_of(node), mode, wake_flags, key);
    if (woken < 0) break;
    if (woken && flags & WQ_FLAG_EXCLUSIVE && --exclusive == 0) break;
  }
  return exclusive;
}

function wake_up_lock(head: usize, mode: u32, exclusive: i32, wake_flags: i32, key: usize): i32 {
  const flags = _raw_spin_lock_irqsave(head);
  const left = wake_up_common(head, mode, exclusive, wake_flags, key);
  _raw_spin_unlock_irqrestore(head, flags);
  return exclusive - left;
}

/** linux/wait.h. Wakes all non-exclusive waiters in a state of `mode`, and `nr_exclusive` exclusive ones (0: all).
 *  Returns how many exclusive ones it woke. Context: any. */
export function __wake_up(head: usize, mode: u32, nr_exclusive: i32, key: usize): i32 {
  return wake_up_lock(head, mode, nr_exclusive, 0, key);
}

/** linux/wait.h. __wake_up of TASK_NORMAL: all who wait together, and one of those that wait alone. A macro in
 *  Linux. Context: any. */
export function wake_up(head: usize): i32 {
  return wake_up_lock(head, TASK_NORMAL, 1, 0, 0);
}

/** linux/wait.h. __wake_up of TASK_INTERRUPTIBLE: all who wait together, and one of those that wait alone. A macro
 *  in Linux. Context: any. */
export function wake_up_interruptible(head: usize): i32 {
  return wake_up_lock(head, TASK_INTERRUPTIBLE, 1, 0, 0);
}

/** linux/wait.h. __wake_up without a key, with the queue's lock held. Context: any. */
export function __wake_up_locked(head: usize, mode: u32, nr: i32): void {
  wake_up_common(head, mode, nr, 0, 0);
}

/** linux/wait.h. __wake_up of one exclusive waiter, with the queue's lock held. Context: any. */
export function __wake_up_locked_key(head: usize, mode: u32, key: usize): void {
  wake_up_common(head, mode, 1, 0, key);
}

/** linux/wait.h. As __wake_up_locked_key; the walk is never interrupted, so `bookmark` stays unused. Context: any. */
export function __wake_up_locked_key_bookmark(head: usize, mode: u32, key: usize, bookmark: usize): void {
  wake_up_common(head, mode, 1, 0, key);
}

/** linux/wait.h. __wake_up of one exclusive waiter by a task about to sleep. A NULL head does nothing. Context: any. */
export function __wake_up_sync_key(head: usize, mode: u32, key: usize): void {
  if (head) wake_up_lock(head, mode, 1, WF_SYNC, key);
}

/** linux/wait.h. __wake_up_sync_key with the queue's lock held. Context: any. */
export function __wake_up_locked_sync_key(head: usize, mode: u32, key: usize): void {
  wake_up_common(head, mode, 1, WF_SYNC, key);
}

/** linux/wait.h. __wake_up_sync_key without a key. Context: any. */
export function __wake_up_sync(head: usize, mode: u32): void {
  __wake_up_sync_key(head, mode, 0);
}

/** linux/wait.h. The wake function of a plain entry: wakes its task if that sleeps in a state of `mode`. Context:
 *  any. */
export function default_wake_function(entry: usize, mode: u32, flags: i32, key: usize): i32 {
  return wake_up_state(wqe(entry).private_, mode);
}

/** linux/wait.h. default_wake_function that takes the entry out of the queue if the task woke. Context: any, queue
 *  locked. */
export function autoremove_wake_function(entry: usize, mode: u32, flags: i32, key: usize): i32 {
  const woken = default_wake_function(entry, mode, flags, key);
  if (woken) list_del_init(node_of(entry));
  return woken;
}

/** linux/wait.h. default_wake_function for wait_woken: the wake-up is kept in the entry's flags. Context: any. */
export function woken_wake_function(entry: usize, mode: u32, flags: i32, key: usize): i32 {
  smp_mb();
  wqe(entry).flags |= WQ_FLAG_WOKEN;
  return default_wake_function(entry, mode, flags, key);
}

// ── Waiting ──

/** linux/wait.h. An entry for the running task that leaves its queue when woken; `flags` 0 or WQ_FLAG_EXCLUSIVE.
 *  Context: process. */
export function init_wait_entry(entry: usize, flags: i32): void {
  wqe(entry).flags = flags;
  wqe(entry).private_ = this_cpu().current;
  wqe(entry).func = autoremove_wake_function.index;
  INIT_LIST_HEAD(node_of(entry));
}

@inline
function wait_begins(head: usize, state: u32): void {
  if (DEBUG) task_of(this_cpu().current).waits_at = head;
  set_current_state(state);
}

/** linux/wait.h. Queues the entry unless it is queued, and sets the task's state. Context: process. */
export function prepare_to_wait(head: usize, entry: usize, state: i32): void {
  wqe(entry).flags &= ~WQ_FLAG_EXCLUSIVE;
  const flags = _raw_spin_lock_irqsave(head);
  if (list_empty(node_of(entry))) __add_wait_queue(head, entry);
  wait_begins(head, state);
  _raw_spin_unlock_irqrestore(head, flags);
}

/** linux/wait.h. prepare_to_wait for an exclusive entry; whether the queue was empty. Context: process. */
export function prepare_to_wait_exclusive(head: usize, entry: usize, state: i32): bool {
  wqe(entry).flags |= WQ_FLAG_EXCLUSIVE;
  let first = false;
  const flags = _raw_spin_lock_irqsave(head);
  if (list_empty(node_of(entry))) {
    first = list_empty(list_of(head));
    list_add_tail(node_of(entry), list_of(head));
  }
  wait_begins(head, state);
  _raw_spin_unlock_irqrestore(head, flags);
  return first;
}

/** linux/wait.h. prepare_to_wait for wait_event(): -ERESTARTSYS, and the entry out of the queue, if `state` is ended
 *  by a signal that is pending; else 0. Context: process. */
export function prepare_to_wait_event(head: usize, entry: usize, state: i32): i32 {
  if (DEBUG) might_sleep(cstr("wait_event"));
  let error: i32 = 0;
  const flags = _raw_spin_lock_irqsave(head);
  if (signal_pending_state(state, this_cpu().current)) {
    list_del_init(node_of(entry));
    error = -ERESTARTSYS;
  } else {
    if (list_empty(node_of(entry))) {
      if (wqe(entry).flags & WQ_FLAG_EXCLUSIVE) list_add_tail(node_of(entry), list_of(head));
      else __add_wait_queue(head, entry);
    }
    wait_begins(head, state);
  }
  _raw_spin_unlock_irqrestore(head, flags);
  return error;
}

/** linux/wait.h. Ends a wait: the task runs, the entry is in no queue. Context: process. */
export function finish_wait(head: usize, entry: usize): void {
  if (DEBUG) task_of(this_cpu().current).waits_at = 0;
  set_current_state(TASK_RUNNING);
  if (list_empty(node_of(entry))) return;
  const flags = _raw_spin_lock_irqsave(head);
  list_del_init(node_of(entry));
  _raw_spin_unlock_irqrestore(head, flags);
}

/** linux/wait.h. One turn of a wait with the queue's lock held, which is dropped while asleep: 0, or -ERESTARTSYS.
 *  Context: process. */
export function do_wait_intr(head: usize, entry: usize): i32 {
  if (list_empty(node_of(entry))) list_add_tail(node_of(entry), list_of(head));
  set_current_state(TASK_INTERRUPTIBLE);
  if (signal_pending(this_cpu().current)) return -ERESTARTSYS;
  _raw_spin_unlock(head);
  schedule();
  _raw_spin_lock(head);
  return 0;
}

/** linux/wait.h. do_wait_intr with the queue's lock held with interrupts disabled. Context: process. */
export function do_wait_intr_irq(head: usize, entry: usize): i32 {
  if (list_empty(node_of(entry))) list_add_tail(node_of(entry), list_of(head));
  set_current_state(TASK_INTERRUPTIBLE);
  if (signal_pending(this_cpu().current)) return -ERESTARTSYS;
  _raw_spin_unlock_irq(head);
  schedule();
  _raw_spin_lock_irq(head);
  return 0;
}

/** linux/wait.h. Sleeps in state `mode` until woken_wake_function was called since the last call, or `timeout` jiffies
 *  passed; the jiffies left. Context: process. */
export function wait_woken(entry: usize, mode: u32, timeout: i32): i32 {
  set_current_state(mode);
  if (!(wqe(entry).flags & WQ_FLAG_WOKEN)) timeout = schedule_timeout(timeout);
  set_current_state(TASK_RUNNING);
  wqe(entry).flags &= ~WQ_FLAG_WOKEN;
  smp_mb();
  return timeout;
}
