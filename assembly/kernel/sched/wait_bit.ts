// kernel/sched/wait_bit.c: waiting for a bit or a variable. They have no queue of their own: all share a table of
// queues by hash of the address, and a wake-up says in its key what it is about.

import {
  EAGAIN,
  EINTR,
  TASK_NORMAL,
  offsetof_wait_bit_queue_entry_wq_entry,
  offsetof_wait_queue_entry_entry,
  offsetof_wait_queue_head_head,
  sizeof_wait_queue_head,
  wait_bit_key,
  wait_bit_queue_entry,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { INIT_LIST_HEAD, list_empty } from "../../lib/list";
import { jiffies } from "../time/jiffies";
import { schedule_timeout } from "../time/sleep";
import { schedule } from "./core";
import { signal_pending_state } from "./signal";
import {
  __wake_up,
  autoremove_wake_function,
  finish_wait,
  init_waitqueue_head,
  prepare_to_wait,
  prepare_to_wait_exclusive,
} from "./wait";

const TABLE_SIZE: u32 = 256;
const table = memory.data(256 * 12, 4);

const KEY_BYTES: usize = 16;
const ENTRY_BYTES: usize = 32;

export function wait_bit_init(): void {
  for (let i: u32 = 0; i < TABLE_SIZE; i++) init_waitqueue_head(table + <usize>i * sizeof_wait_queue_head);
}

@inline
function key_of(entry: usize): wait_bit_key {
  return changetype<wait_bit_queue_entry>(entry).key;
}

@inline
function wait_of(entry: usize): usize {
  return entry + offsetof_wait_bit_queue_entry_wq_entry;
}

function queue_at(hash: u32): usize {
  return table + <usize>((hash * 0x61c88647) >> 24) * sizeof_wait_queue_head;
}

@inline
function word_of(key: wait_bit_key): usize {
  return key.flags + <usize>(<u32>key.bit_nr >> 5) * 4;
}

@inline
function mask_of(key: wait_bit_key): u32 {
  return 1 << (key.bit_nr & 31);
}

@inline
function bit_is_set(key: wait_bit_key): bool {
  return (atomic.load<u32>(word_of(key)) & mask_of(key)) != 0;
}

/** linux/wait_bit.h. The wait queue that waiters for bit `bit` of `word` share with others. Context: any. */
export function bit_waitqueue(word: usize, bit: i32): usize {
  return queue_at(((<u32>word) << 5) | bit);
}

/** linux/wait_bit.h. The wait queue that waiters for the variable at `p` share with others. Context: any. */
export function __var_waitqueue(p: usize): usize {
  return queue_at(<u32>p);
}

function wakes(entry: usize, key: wait_bit_key): bool {
  const own = key_of(entry);
  return own.flags == key.flags && own.bit_nr == key.bit_nr;
}

/** linux/wait_bit.h. The wake function of a waiter for a bit: wakes if the key names this bit and it is clear.
 *  Context: any. */
export function wake_bit_function(wait: usize, mode: u32, sync: i32, arg: usize): i32 {
  const key = changetype<wait_bit_key>(arg);
  if (!wakes(wait - offsetof_wait_bit_queue_entry_wq_entry, key) || bit_is_set(key)) return 0;
  return autoremove_wake_function(wait, mode, sync, arg);
}

function var_wake_function(wait: usize, mode: u32, sync: i32, arg: usize): i32 {
  if (!wakes(wait - offsetof_wait_bit_queue_entry_wq_entry, changetype<wait_bit_key>(arg))) return 0;
  return autoremove_wake_function(wait, mode, sync, arg);
}

function init_entry(entry: usize, word: usize, bit: i32, flags: i32, wake: usize): void {
  key_of(entry).flags = word;
  key_of(entry).bit_nr = bit;
  key_of(entry).timeout = 0;
  const wait = changetype<wait_bit_queue_entry>(entry).wq_entry;
  wait.flags = flags;
  wait.private_ = this_cpu().current;
  wait.func = wake;
  INIT_LIST_HEAD(wait_of(entry) + offsetof_wait_queue_entry_entry);
}

/** linux/wait_bit.h. An entry for the running task, which waits for the variable `word`. Context: process. */
export function init_wait_var_entry(entry: usize, word: usize, flags: i32): void {
  init_entry(entry, word, -1, flags, var_wake_function.index);
}

/** linux/wait_bit.h. Sleeps by `action(key, mode)` while the entry's bit is set: 0, or what `action` returned. Context:
 *  process. */
export function __wait_on_bit(queue: usize, entry: usize, action: usize, mode: u32): i32 {
  const key = key_of(entry);
  let error: i32 = 0;
  do {
    prepare_to_wait(queue, wait_of(entry), mode);
    if (bit_is_set(key)) error = call_indirect<i32>(<u32>action, changetype<usize>(key), mode);
  } while (bit_is_set(key) && !error);
  finish_wait(queue, wait_of(entry));
  return error;
}

/** linux/wait_bit.h. As __wait_on_bit, but sets the bit when it is clear. Context: process. */
export function __wait_on_bit_lock(queue: usize, entry: usize, action: usize, mode: u32): i32 {
  const key = key_of(entry);
  let error: i32 = 0;
  while (true) {
    prepare_to_wait_exclusive(queue, wait_of(entry), mode);
    if (bit_is_set(key)) {
      error = call_indirect<i32>(<u32>action, changetype<usize>(key), mode);
      if (error) finish_wait(queue, wait_of(entry));
    }
    if (!(atomic.or<u32>(word_of(key), mask_of(key)) & mask_of(key))) {
      if (!error) finish_wait(queue, wait_of(entry));
      return 0;
    }
    if (error) return error;
  }
}

function out_of_line(word: usize, bit: i32, action: usize, mode: u32, timeout: u32, lock: bool): i32 {
  const entry = stack_alloc(ENTRY_BYTES);
  const queue = bit_waitqueue(word, bit);
  init_entry(entry, word, bit, 0, wake_bit_function.index);
  key_of(entry).timeout = jiffies() + timeout;
  const error = lock ? __wait_on_bit_lock(queue, entry, action, mode) : __wait_on_bit(queue, entry, action, mode);
  stack_free(ENTRY_BYTES);
  return error;
}

/** linux/wait_bit.h. Sleeps by `action` while bit `bit` of `word` is set. Context: process. */
export function out_of_line_wait_on_bit(word: usize, bit: i32, action: usize, mode: u32): i32 {
  return out_of_line(word, bit, action, mode, 0, false);
}

/** linux/wait_bit.h. As out_of_line_wait_on_bit, with a deadline `timeout` jiffies ahead for `action`. Context:
 *  process. */
export function out_of_line_wait_on_bit_timeout(word: usize, bit: i32, action: usize, mode: u32, timeout: u32): i32 {
  return out_of_line(word, bit, action, mode, timeout, false);
}

/** linux/wait_bit.h. Sleeps by `action` until bit `bit` of `word` is clear, and sets it. Context: process. */
export function out_of_line_wait_on_bit_lock(word: usize, bit: i32, action: usize, mode: u32): i32 {
  return out_of_line(word, bit, action, mode, 0, true);
}

/** linux/wait_bit.h. Wakes one waiter of `queue` for bit `bit` of `word`. Context: any. */
export function __wake_up_bit(queue: usize, word: usize, bit: i32): void {
  if (list_empty(queue + offsetof_wait_queue_head_head)) return;
  const key = stack_alloc(KEY_BYTES);
  changetype<wait_bit_key>(key).flags = word;
  changetype<wait_bit_key>(key).bit_nr = bit;
  __wake_up(queue, TASK_NORMAL, 1, key);
  stack_free(KEY_BYTES);
}

/** linux/wait_bit.h. Wakes one waiter for bit `bit` of `word`. Context: any. */
export function wake_up_bit(word: usize, bit: i32): void {
  __wake_up_bit(bit_waitqueue(word, bit), word, bit);
}

/** linux/wait_bit.h. Wakes the waiters for the variable at `word`. Context: any. */
export function wake_up_var(word: usize): void {
  __wake_up_bit(__var_waitqueue(word), word, -1);
}

/** linux/wait_bit.h. The usual action: sleeps once; -EINTR if a signal ends a sleep in `mode`. Context: process. */
export function bit_wait(key: usize, mode: i32): i32 {
  schedule();
  return signal_pending_state(mode, this_cpu().current) ? -EINTR : 0;
}

/** linux/wait_bit.h. bit_wait, accounted as I/O in Linux. Context: process. */
export function bit_wait_io(key: usize, mode: i32): i32 {
  return bit_wait(key, mode);
}

/** linux/wait_bit.h. bit_wait that gives up at the key's deadline with -EAGAIN. Context: process. */
export function bit_wait_timeout(key: usize, mode: i32): i32 {
  const left = <i32>(changetype<wait_bit_key>(key).timeout - jiffies());
  if (left <= 0) return -EAGAIN;
  schedule_timeout(left);
  return signal_pending_state(mode, this_cpu().current) ? -EINTR : 0;
}

/** linux/wait_bit.h. bit_wait_timeout, accounted as I/O in Linux. Context: process. */
export function bit_wait_io_timeout(key: usize, mode: i32): i32 {
  return bit_wait_timeout(key, mode);
}
