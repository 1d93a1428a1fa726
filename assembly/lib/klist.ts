// lib/klist.c: a list that may be walked while its nodes come and go. A walker holds a reference on the node it stands
// on; a deleted node is only marked dead, and leaves the list when the last walker has left it.

import { klist, klist_iter, klist_node, TASK_RUNNING, TASK_UNINTERRUPTIBLE } from "../abi";
import { this_cpu } from "../arch/wasm/cpu";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import {
  _raw_spin_lock,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock,
  _raw_spin_unlock_irqrestore,
} from "../kernel/locking/spinlock";
import { WARN } from "../kernel/panic";
import { schedule, set_current_state, wake_up_process } from "../kernel/sched/core";
import { INIT_LIST_HEAD, list_add, list_add_tail, list_del, list_next, list_prev } from "./list";
import { refcount_dec_and_test, refcount_inc, refcount_inc_not_zero, refcount_set } from "./refcount";

/** Bit 0 of n_klist: deleted, but somebody still stands on it. */
const KNODE_DEAD: usize = 1;

/** A task inside klist_remove; lies on its stack. */
@unmanaged
class Waiter {
  next: usize;
  node: usize;
  task: usize;
  woken: u32;
}

/** The first of the tasks that wait in klist_remove, and the lock over their list. */
const waiters = memory.data(4, 4);
const waiters_lock = memory.data(4, 4);

@inline
function knode(node: usize): klist_node {
  return changetype<klist_node>(node);
}

@inline
function ref_of(node: usize): usize {
  return changetype<usize>(knode(node).n_ref);
}

@inline
function link_of(node: usize): usize {
  return changetype<usize>(knode(node).n_node);
}

@inline
function node_of(link: usize): usize {
  return link - link_of(0);
}

@inline
function head_of(k: usize): usize {
  return changetype<usize>(changetype<klist>(k).k_list);
}

@inline
function lock_of(k: usize): usize {
  return changetype<usize>(changetype<klist>(k).k_lock);
}

@inline
function klist_of(node: usize): usize {
  return knode(node).n_klist & ~KNODE_DEAD;
}

@inline
function dead(node: usize): bool {
  return (knode(node).n_klist & KNODE_DEAD) != 0;
}

/** linux/klist.h. An empty list; `get` and `put`, table slots or 0, take and drop a reference on a node's owner.
 *  Context: any. */
export function klist_init(k: usize, get: u32, put: u32): void {
  INIT_LIST_HEAD(head_of(k));
  store<u32>(lock_of(k), 0);
  changetype<klist>(k).get_ = get;
  changetype<klist>(k).put = put;
}

function node_init(k: usize, node: usize): void {
  INIT_LIST_HEAD(link_of(node));
  refcount_set(ref_of(node), 1);
  knode(node).n_klist = k;
  const get = changetype<klist>(k).get_;
  if (get) call_indirect<void>(<u32>get, node);
}

/** linux/klist.h. Adds `node` at the front. Context: any. */
export function klist_add_head(node: usize, k: usize): void {
  node_init(k, node);
  const flags = _raw_spin_lock_irqsave(lock_of(k));
  list_add(link_of(node), head_of(k));
  _raw_spin_unlock_irqrestore(lock_of(k), flags);
}

/** linux/klist.h. Adds `node` at the end. Context: any. */
export function klist_add_tail(node: usize, k: usize): void {
  node_init(k, node);
  const flags = _raw_spin_lock_irqsave(lock_of(k));
  list_add_tail(link_of(node), head_of(k));
  _raw_spin_unlock_irqrestore(lock_of(k), flags);
}

/** linux/klist.h. Adds `node` right behind `pos`. Context: any. */
export function klist_add_behind(node: usize, pos: usize): void {
  const k = klist_of(pos);
  node_init(k, node);
  const flags = _raw_spin_lock_irqsave(lock_of(k));
  list_add(link_of(node), link_of(pos));
  _raw_spin_unlock_irqrestore(lock_of(k), flags);
}

/** linux/klist.h. Adds `node` right before `pos`. Context: any. */
export function klist_add_before(node: usize, pos: usize): void {
  const k = klist_of(pos);
  node_init(k, node);
  const flags = _raw_spin_lock_irqsave(lock_of(k));
  list_add_tail(link_of(node), link_of(pos));
  _raw_spin_unlock_irqrestore(lock_of(k), flags);
}

/** The last reference went: off the list, and whoever waits in klist_remove goes on. Lock held. */
function unlink(node: usize): void {
  list_del(link_of(node));
  let at: usize = waiters;
  _raw_spin_lock(waiters_lock);
  for (let w = load<usize>(at); w; w = load<usize>(at)) {
    const waiter = changetype<Waiter>(w);
    if (waiter.node != node) {
      at = w;
      continue;
    }
    store<usize>(at, waiter.next);
    waiter.woken = 1;
    wake_up_process(waiter.task);
  }
  _raw_spin_unlock(waiters_lock);
  knode(node).n_klist = 0;
}

/** Drops a reference; true if the node left the list. Lock held. */
function drop(node: usize): bool {
  if (!refcount_dec_and_test(ref_of(node))) return false;
  unlink(node);
  return true;
}

function put_node(node: usize, kill: bool): void {
  const k = klist_of(node);
  const put = changetype<klist>(k).put;
  const flags = _raw_spin_lock_irqsave(lock_of(k));
  if (kill) {
    if (dead(node)) WARN(cstr("klist: a node was deleted twice"));
    knode(node).n_klist = k | KNODE_DEAD;
  }
  const gone = drop(node);
  _raw_spin_unlock_irqrestore(lock_of(k), flags);
  if (gone && put) call_indirect<void>(<u32>put, node);
}

/** linux/klist.h. Deletes `node`: no walk finds it any more, one that stands on it goes on. Context: any. */
export function klist_del(node: usize): void {
  put_node(node, true);
}

/** linux/klist.h. Deletes `node` and waits until no walk stands on it. Context: process. */
export function klist_remove(node: usize): void {
  const w = stack_alloc(offsetof<Waiter>());
  const waiter = changetype<Waiter>(w);
  waiter.node = node;
  waiter.task = this_cpu().current;
  waiter.woken = 0;
  const flags = _raw_spin_lock_irqsave(waiters_lock);
  waiter.next = load<usize>(waiters);
  store<usize>(waiters, w);
  _raw_spin_unlock_irqrestore(waiters_lock, flags);
  klist_del(node);
  while (true) {
    set_current_state(TASK_UNINTERRUPTIBLE);
    if (load<u32>(w, offsetof<Waiter>("woken"))) break;
    schedule();
  }
  set_current_state(TASK_RUNNING);
  stack_free(offsetof<Waiter>());
}

/** linux/klist.h. 1 if `node` is on a list. Context: any. */
export function klist_node_attached(node: usize): i32 {
  return <i32>(knode(node).n_klist != 0);
}

/** linux/klist.h. Begins a walk behind `node` (0, or a node that is gone: at the list's end). Context: any. */
export function klist_iter_init_node(k: usize, i: usize, node: usize): void {
  changetype<klist_iter>(i).i_klist = k;
  changetype<klist_iter>(i).i_cur = node && refcount_inc_not_zero(ref_of(node)) ? node : 0;
}

/** linux/klist.h. Begins a walk. Context: any. */
export function klist_iter_init(k: usize, i: usize): void {
  klist_iter_init_node(k, i, 0);
}

/** linux/klist.h. Ends a walk, also one that did not reach the end. Context: any. */
export function klist_iter_exit(i: usize): void {
  const node = changetype<klist_iter>(i).i_cur;
  if (!node) return;
  put_node(node, false);
  changetype<klist_iter>(i).i_cur = 0;
}

function step(i: usize, forward: bool): usize {
  const iter = changetype<klist_iter>(i);
  const k = iter.i_klist;
  const head = head_of(k);
  const last = iter.i_cur;
  const flags = _raw_spin_lock_irqsave(lock_of(k));
  const from = last ? link_of(last) : head;
  let at = forward ? list_next(from) : list_prev(from);
  const gone = last != 0 && drop(last);
  while (at != head && dead(node_of(at))) at = forward ? list_next(at) : list_prev(at);
  const node = at == head ? 0 : node_of(at);
  if (node) refcount_inc(ref_of(node));
  iter.i_cur = node;
  _raw_spin_unlock_irqrestore(lock_of(k), flags);
  if (gone) {
    const put = changetype<klist>(k).put;
    if (put) call_indirect<void>(<u32>put, last);
  }
  return node;
}

/** linux/klist.h. The walk's next node, 0 at the end. Context: any. */
export function klist_next(i: usize): usize {
  return step(i, true);
}

/** linux/klist.h. The walk's previous node, 0 at the front. Context: any. */
export function klist_prev(i: usize): usize {
  return step(i, false);
}
