// kernel/sched/swait.c: simple wait queues, which know nothing but tasks. Completions stand on them.

import {
  ERESTARTSYS,
  TASK_RUNNING,
  offsetof_swait_queue_head_task_list,
  offsetof_swait_queue_task_list,
  swait_queue,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty, list_next } from "../../lib/list";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../locking/spinlock";
import { set_current_state, wake_up_process } from "./core";
import { signal_pending_state } from "./signal";

/** What a swait_queue takes from the shadow stack. */
export const SWAIT_BYTES: usize = 16;

@inline
function list_of(head: usize): usize {
  return head + offsetof_swait_queue_head_task_list;
}

@inline
function node_of(wait: usize): usize {
  return wait + offsetof_swait_queue_task_list;
}

/** linux/swait.h. Makes `head` an empty queue; `name` and `key` are for lockdep. Context: any. */
export function __init_swait_queue_head(head: usize, name: usize, key: usize): void {
  store<u32>(head, 0);
  INIT_LIST_HEAD(list_of(head));
}

/** linux/swait.h. Wakes the oldest waiter, with the queue's lock held. Context: any. */
export function swake_up_locked(head: usize): void {
  if (list_empty(list_of(head))) return;
  const node = list_next(list_of(head));
  wake_up_process(changetype<swait_queue>(node - offsetof_swait_queue_task_list).task);
  list_del_init(node);
}

/** Wakes every waiter, with the queue's lock held. */
export function swake_up_all_locked(head: usize): void {
  while (!list_empty(list_of(head))) swake_up_locked(head);
}

/** linux/swait.h. Wakes the oldest waiter. Context: any. */
export function swake_up_one(head: usize): void {
  const flags = _raw_spin_lock_irqsave(head);
  swake_up_locked(head);
  _raw_spin_unlock_irqrestore(head, flags);
}

/** linux/swait.h. Wakes every waiter. Context: process, softirq. */
export function swake_up_all(head: usize): void {
  const flags = _raw_spin_lock_irqsave(head);
  swake_up_all_locked(head);
  _raw_spin_unlock_irqrestore(head, flags);
}

/** An entry for the running task, in no queue. */
export function init_swait(wait: usize): void {
  changetype<swait_queue>(wait).task = this_cpu().current;
  INIT_LIST_HEAD(node_of(wait));
}

/** Queues the running task unless it is queued, with the queue's lock held. */
export function __prepare_to_swait(head: usize, wait: usize): void {
  changetype<swait_queue>(wait).task = this_cpu().current;
  if (list_empty(node_of(wait))) list_add_tail(node_of(wait), list_of(head));
}

/** Ends a wait, with the queue's lock held. */
export function __finish_swait(head: usize, wait: usize): void {
  set_current_state(TASK_RUNNING);
  if (!list_empty(node_of(wait))) list_del_init(node_of(wait));
}

/** linux/swait.h. Queues the running task and sets its state. Context: process. */
export function prepare_to_swait_exclusive(head: usize, wait: usize, state: i32): void {
  const flags = _raw_spin_lock_irqsave(head);
  __prepare_to_swait(head, wait);
  set_current_state(state);
  _raw_spin_unlock_irqrestore(head, flags);
}

/** linux/swait.h. As prepare_to_swait_exclusive; -ERESTARTSYS, and out of the queue, if a signal ends such a sleep. A
 *  wake-up that met this entry goes to the next one. Context: process. */
export function prepare_to_swait_event(head: usize, wait: usize, state: i32): i32 {
  let error: i32 = 0;
  const flags = _raw_spin_lock_irqsave(head);
  if (signal_pending_state(state, this_cpu().current)) {
    list_del_init(node_of(wait));
    error = -ERESTARTSYS;
  } else {
    __prepare_to_swait(head, wait);
    set_current_state(state);
  }
  _raw_spin_unlock_irqrestore(head, flags);
  return error;
}

/** linux/swait.h. Ends a wait: the task runs, the entry is in no queue. Context: process. */
export function finish_swait(head: usize, wait: usize): void {
  set_current_state(TASK_RUNNING);
  if (list_empty(node_of(wait))) return;
  const flags = _raw_spin_lock_irqsave(head);
  list_del_init(node_of(wait));
  _raw_spin_unlock_irqrestore(head, flags);
}
