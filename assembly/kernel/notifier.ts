// kernel/notifier.c: chains of callbacks, the highest priority first. The kinds of chain differ in what protects them:
// a spinlock while they change (atomic), a semaphore (blocking), or the caller (raw).

import {
  EBUSY,
  EEXIST,
  ENOENT,
  NOTIFY_DONE,
  NOTIFY_OK,
  NOTIFY_STOP_MASK,
  atomic_notifier_head,
  blocking_notifier_head,
  notifier_block,
  raw_notifier_head,
} from "../abi";
import { preempt_disable, preempt_enable } from "../arch/wasm/preempt";
import { ERR_PTR, IS_ERR, PTR_ERR } from "../lib/err";
import { down_read, down_write, up_read, up_write } from "./locking/rwsem";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "./locking/spinlock";
import { WARN } from "./panic";
import { pr } from "./printk/printk";

@inline
function block(address: usize): notifier_block {
  return changetype<notifier_block>(address);
}

@inline
function atomic_lock(head: usize): usize {
  return changetype<usize>(changetype<atomic_notifier_head>(head).lock);
}

@inline
function blocking_lock(head: usize): usize {
  return changetype<usize>(changetype<blocking_notifier_head>(head).rwsem);
}

/** linux/notifier.h. The errno that a notifier's answer carries, 0 if none. Context: any. */
@inline
export function notifier_to_errno(ret: i32): i32 {
  const bits = ret & ~(<i32>NOTIFY_STOP_MASK);
  return bits > <i32>NOTIFY_OK ? <i32>NOTIFY_OK - bits : 0;
}

/** The block that `added` goes behind: 0 if it becomes the first, or an error pointer. */
function place(first: usize, added: usize, unique: bool): usize {
  const priority = block(added).priority;
  let behind: usize = 0;
  for (let at = first; at; at = block(at).next) {
    if (at == added) {
      pr(cstr("\x014notifier callback %ps already registered"), block(added).notifier_call);
      WARN(cstr("a notifier block was registered twice"));
      return ERR_PTR(-EEXIST);
    }
    if (priority > block(at).priority) break;
    if (unique && priority == block(at).priority) return ERR_PTR(-EBUSY);
    behind = at;
  }
  return behind;
}

/** Adds a block; returns the chain's first block, or an error pointer. */
function chain_register(first: usize, added: usize, unique: bool): usize {
  const behind = place(first, added, unique);
  if (IS_ERR(behind)) return behind;
  block(added).next = behind ? block(behind).next : first;
  if (!behind) return added;
  block(behind).next = added;
  return first;
}

/** Takes a block out; returns the chain's first block, or an error pointer. Its own link stays, for a walk that is
 *  on it. */
function chain_unregister(first: usize, removed: usize): usize {
  if (first == removed) return block(removed).next;
  for (let at = first; at; at = block(at).next) {
    if (block(at).next != removed) continue;
    block(at).next = block(removed).next;
    return first;
  }
  return ERR_PTR(-ENOENT);
}

/** Calls up to `limit` blocks; stores how many it called to *`calls`, if that is not 0. Returns the last answer. */
function call_chain(first: usize, event: u32, data: usize, limit: u32, calls: usize): i32 {
  let answer: i32 = NOTIFY_DONE;
  let called: u32 = 0;
  let next: usize = 0;
  for (let at = first; at && called < limit; at = next) {
    next = block(at).next;
    answer = call_indirect<i32>(<u32>block(at).notifier_call, at, event, data);
    called++;
    if (answer & NOTIFY_STOP_MASK) break;
  }
  if (calls) store<u32>(calls, called);
  return answer;
}

const undo = memory.data(4, 4);

/** Calls the chain with `up`; if a block stops it, calls those before it with `down`. */
function call_chain_robust(first: usize, up: u32, down: u32, data: usize): i32 {
  const answer = call_chain(first, up, data, u32.MAX_VALUE, undo);
  if (answer & NOTIFY_STOP_MASK) call_chain(first, down, data, load<u32>(undo) - 1, 0);
  return answer;
}

/** linux/notifier.h. Adds a block to an atomic chain; 0, or -EEXIST if it is in it. Context: any. */
export function atomic_notifier_chain_register(head: usize, added: usize): i32 {
  return atomic_register(head, added, false);
}

/** linux/notifier.h. As atomic_notifier_chain_register, but -EBUSY if a block has the same priority. Context: any. */
export function atomic_notifier_chain_register_unique_prio(head: usize, added: usize): i32 {
  return atomic_register(head, added, true);
}

function atomic_register(head: usize, added: usize, unique: bool): i32 {
  const flags = _raw_spin_lock_irqsave(atomic_lock(head));
  const first = chain_register(changetype<atomic_notifier_head>(head).head, added, unique);
  if (!IS_ERR(first)) changetype<atomic_notifier_head>(head).head = first;
  _raw_spin_unlock_irqrestore(atomic_lock(head), flags);
  return IS_ERR(first) ? PTR_ERR(first) : 0;
}

/** linux/notifier.h. Removes a block from an atomic chain; -ENOENT if it is not in it. Context: any. */
export function atomic_notifier_chain_unregister(head: usize, removed: usize): i32 {
  const flags = _raw_spin_lock_irqsave(atomic_lock(head));
  const first = chain_unregister(changetype<atomic_notifier_head>(head).head, removed);
  if (!IS_ERR(first)) changetype<atomic_notifier_head>(head).head = first;
  _raw_spin_unlock_irqrestore(atomic_lock(head), flags);
  return IS_ERR(first) ? PTR_ERR(first) : 0;
}

/** linux/notifier.h. Calls every block with (event, data) until one answers NOTIFY_STOP_MASK; the last answer.
 *  Context: any. */
export function atomic_notifier_call_chain(head: usize, event: u32, data: usize): i32 {
  preempt_disable(); // rcu_read_lock(): a block must not sleep
  const answer = call_chain(changetype<atomic_notifier_head>(head).head, event, data, u32.MAX_VALUE, 0);
  preempt_enable();
  return answer;
}

/** linux/notifier.h. Adds a block to a blocking chain; 0, or -EEXIST if it is in it. Context: process. */
export function blocking_notifier_chain_register(head: usize, added: usize): i32 {
  return blocking_register(head, added, false);
}

/** linux/notifier.h. As blocking_notifier_chain_register, but -EBUSY if a block has the same priority. Context:
 *  process. */
export function blocking_notifier_chain_register_unique_prio(head: usize, added: usize): i32 {
  return blocking_register(head, added, true);
}

function blocking_register(head: usize, added: usize, unique: bool): i32 {
  down_write(blocking_lock(head));
  const first = chain_register(changetype<blocking_notifier_head>(head).head, added, unique);
  if (!IS_ERR(first)) changetype<blocking_notifier_head>(head).head = first;
  up_write(blocking_lock(head));
  return IS_ERR(first) ? PTR_ERR(first) : 0;
}

/** linux/notifier.h. Removes a block from a blocking chain; -ENOENT if it is not in it. Context: process. */
export function blocking_notifier_chain_unregister(head: usize, removed: usize): i32 {
  down_write(blocking_lock(head));
  const first = chain_unregister(changetype<blocking_notifier_head>(head).head, removed);
  if (!IS_ERR(first)) changetype<blocking_notifier_head>(head).head = first;
  up_write(blocking_lock(head));
  return IS_ERR(first) ? PTR_ERR(first) : 0;
}

/** linux/notifier.h. Calls every block of a blocking chain; the last answer. Context: process. */
export function blocking_notifier_call_chain(head: usize, event: u32, data: usize): i32 {
  if (!changetype<blocking_notifier_head>(head).head) return NOTIFY_DONE;
  down_read(blocking_lock(head));
  const answer = call_chain(changetype<blocking_notifier_head>(head).head, event, data, u32.MAX_VALUE, 0);
  up_read(blocking_lock(head));
  return answer;
}

/** linux/notifier.h. Calls the chain with `up`; if a block stops it, calls those before it with `down`. Context:
 *  process. */
export function blocking_notifier_call_chain_robust(head: usize, up: u32, down: u32, data: usize): i32 {
  if (!changetype<blocking_notifier_head>(head).head) return NOTIFY_DONE;
  down_read(blocking_lock(head));
  const answer = call_chain_robust(changetype<blocking_notifier_head>(head).head, up, down, data);
  up_read(blocking_lock(head));
  return answer;
}

/** linux/notifier.h. Adds a block to a chain that the caller protects; 0, or -EEXIST if it is in it. Context: any. */
export function raw_notifier_chain_register(head: usize, added: usize): i32 {
  const first = chain_register(changetype<raw_notifier_head>(head).head, added, false);
  if (IS_ERR(first)) return PTR_ERR(first);
  changetype<raw_notifier_head>(head).head = first;
  return 0;
}

/** linux/notifier.h. Removes a block from a raw chain; -ENOENT if it is not in it. Context: any. */
export function raw_notifier_chain_unregister(head: usize, removed: usize): i32 {
  const first = chain_unregister(changetype<raw_notifier_head>(head).head, removed);
  if (IS_ERR(first)) return PTR_ERR(first);
  changetype<raw_notifier_head>(head).head = first;
  return 0;
}

/** linux/notifier.h. Calls every block of a raw chain; the last answer. Context: any. */
export function raw_notifier_call_chain(head: usize, event: u32, data: usize): i32 {
  return call_chain(changetype<raw_notifier_head>(head).head, event, data, u32.MAX_VALUE, 0);
}

/** linux/notifier.h. Calls the chain with `up`; if a block stops it, calls those before it with `down`. Context:
 *  any. */
export function raw_notifier_call_chain_robust(head: usize, up: u32, down: u32, data: usize): i32 {
  return call_chain_robust(changetype<raw_notifier_head>(head).head, up, down, data);
}
