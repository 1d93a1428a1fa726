// kernel/softirq.c, tasklets: functions that run once in a softirq after they were scheduled, never twice at a time.
// Each CPU has two lists, for HI_SOFTIRQ and TASKLET_SOFTIRQ.

import {
  HI_SOFTIRQ,
  TASKLET_SOFTIRQ,
  TASKLET_STATE_RUN,
  TASKLET_STATE_SCHED,
  TASK_UNINTERRUPTIBLE,
  offsetof_tasklet_struct_count,
  offsetof_tasklet_struct_state,
  offsetof_wait_bit_queue_entry_wq_entry,
  tasklet_struct,
} from "../abi";
import { smp_processor_id } from "../arch/wasm/cpu";
import {
  wait_window,
  local_irq_disable,
  local_irq_enable,
  local_irq_restore,
  local_irq_save,
} from "../arch/wasm/irqflags";
import { in_interrupt } from "../arch/wasm/preempt";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { DEBUG } from "../flavour";
import { callback_enter, callback_leave } from "./debug/callback";
import { one_cpu } from "./locking/held";
import { BUG, WARN } from "./panic";
import { pr } from "./printk/printk";
import { schedule } from "./sched/core";
import { finish_wait, prepare_to_wait_event } from "./sched/wait";
import { __var_waitqueue, init_wait_var_entry, wake_up_var } from "./sched/wait_bit";
import { __raise_softirq_irqoff, open_softirq } from "./softirq";

const SCHED: u32 = 1 << TASKLET_STATE_SCHED;
const RUN: u32 = 1 << TASKLET_STATE_RUN;

/** Tasklets that wait for their softirq; the newest last. */
@unmanaged
class TaskletList {
  head: usize;
  tail: usize;
}

const normal = memory.data(4 * 8, 4);
const high = memory.data(4 * 8, 4);

/** Scheduled tasklets that are disabled: tried again at every tick. Linux spins in the softirq until they are
 *  enabled. */
const parked = memory.data(4 * 8, 4);

@inline
function list_of(lists: usize): TaskletList {
  return changetype<TaskletList>(lists + smp_processor_id() * offsetof<TaskletList>());
}

@inline
function tasklet(t: usize): tasklet_struct {
  return changetype<tasklet_struct>(t);
}

@inline
function state_word(t: usize): usize {
  return t + offsetof_tasklet_struct_state;
}

@inline
function test_and_set(t: usize, bit: u32): bool {
  return (atomic.or<u32>(state_word(t), bit) & bit) != 0;
}

@inline
function test_and_clear(t: usize, bit: u32): bool {
  return (atomic.and<u32>(state_word(t), ~bit) & bit) != 0;
}

/** Appends to a list of this CPU. Interrupts disabled. */
function append(t: usize, lists: usize): void {
  const list = list_of(lists);
  tasklet(t).next = 0;
  if (list.tail) tasklet(list.tail).next = t;
  else list.head = t;
  list.tail = t;
}

/** Takes all of a list of this CPU; its first tasklet. Interrupts disabled. */
function take_all(lists: usize): usize {
  const list = list_of(lists);
  const first = list.head;
  list.head = 0;
  list.tail = 0;
  return first;
}

function schedule_on(t: usize, lists: usize, softirq: u32): void {
  const flags = local_irq_save();
  append(t, lists);
  __raise_softirq_irqoff(softirq);
  local_irq_restore(flags);
}

function park(t: usize): void {
  const flags = local_irq_save();
  append(t, parked);
  local_irq_restore(flags);
}

/** Whether disabled tasklets wait for the next tick. */
export function tasklets_parked(): bool {
  return list_of(parked).head != 0;
}

/** The tick: tries the disabled tasklets again. Interrupts disabled. */
export function tasklets_tick(): void {
  for (let t = take_all(parked); t;) {
    const next = tasklet(t).next;
    append(t, normal);
    __raise_softirq_irqoff(TASKLET_SOFTIRQ);
    t = next;
  }
}

/** linux/interrupt.h. Queues a tasklet whose SCHED bit tasklet_schedule() has set. Context: any. */
export function __tasklet_schedule(t: usize): void {
  schedule_on(t, normal, TASKLET_SOFTIRQ);
}

/** linux/interrupt.h. __tasklet_schedule for the softirq that runs before all others. Context: any. */
export function __tasklet_hi_schedule(t: usize): void {
  schedule_on(t, high, HI_SOFTIRQ);
}

function call(t: usize): void {
  if (!test_and_clear(t, SCHED)) {
    pr(cstr("\x014tasklet SCHED state not set: %ps"), tasklet(t).func);
    WARN(cstr("a tasklet was on the list and not scheduled"));
    return;
  }
  const fn = tasklet(t).use_callback ? tasklet(t).callback : tasklet(t).func;
  const state = callback_enter();
  if (tasklet(t).use_callback) call_indirect<void>(<u32>fn, t);
  else call_indirect<void>(<u32>fn, tasklet(t).data);
  if (DEBUG) callback_leave(state, fn);
}

/** Runs a tasklet that is on no list. One that another CPU runs is scheduled again; a disabled one is parked. */
function run(t: usize, lists: usize, softirq: u32): void {
  if (test_and_set(t, RUN)) return schedule_on(t, lists, softirq);
  const enabled = atomic.load<i32>(t, offsetof_tasklet_struct_count) == 0;
  if (enabled) call(t);
  tasklet_unlock(t);
  if (!enabled) park(t);
}

function run_all(lists: usize, softirq: u32): void {
  local_irq_disable();
  let t = take_all(lists);
  local_irq_enable();
  while (t) {
    const next = tasklet(t).next;
    run(t, lists, softirq);
    t = next;
  }
}

function tasklet_action(action: usize): void {
  run_all(normal, TASKLET_SOFTIRQ);
}

function tasklet_hi_action(action: usize): void {
  run_all(high, HI_SOFTIRQ);
}

function init(t: usize, fn: usize, use_callback: bool, data: u32): void {
  tasklet(t).next = 0;
  tasklet(t).state = 0;
  store<i32>(t, 0, offsetof_tasklet_struct_count);
  tasklet(t).callback = fn;
  tasklet(t).use_callback = use_callback;
  tasklet(t).data = data;
}

/** linux/interrupt.h. A tasklet, not scheduled, that calls `callback(struct tasklet_struct *)`. Context: any. */
export function tasklet_setup(t: usize, callback: usize): void {
  init(t, callback, true, 0);
}

/** linux/interrupt.h. A tasklet, not scheduled, that calls `func(data)`. Context: any. */
export function tasklet_init(t: usize, func: usize, data: u32): void {
  init(t, func, false, data);
}

/** linux/interrupt.h. Ends a tasklet's run. Context: softirq. */
export function tasklet_unlock(t: usize): void {
  atomic.and<u32>(state_word(t), ~RUN);
  wake_up_var(state_word(t));
}

/** Sleeps until none of `bits` is set in the tasklet's state. */
function wait_clear(t: usize, bits: u32): void {
  const entry = stack_alloc(32);
  const queue = __var_waitqueue(state_word(t));
  init_wait_var_entry(entry, state_word(t), 0);
  for (;;) {
    prepare_to_wait_event(queue, entry + offsetof_wait_bit_queue_entry_wq_entry, TASK_UNINTERRUPTIBLE);
    if (!(tasklet(t).state & bits)) break;
    schedule();
  }
  finish_wait(queue, entry + offsetof_wait_bit_queue_entry_wq_entry);
  stack_free(32);
}

/** linux/interrupt.h. Sleeps until the tasklet does not run. Context: process. */
export function tasklet_unlock_wait(t: usize): void {
  if (tasklet(t).state & RUN) wait_clear(t, RUN);
}

/** linux/interrupt.h. Waits, without sleeping, until the tasklet does not run. Waiting for a tasklet that is below the
 *  caller on the same stack is a BUG. Context: any. */
export function tasklet_unlock_spin_wait(t: usize): void {
  for (let turn: u32 = 0; atomic.load<u32>(state_word(t)) & RUN; turn++) {
    if (in_interrupt() && one_cpu()) BUG(cstr("tasklet_unlock_spin_wait: the tasklet waits for itself"));
    wait_window(turn);
  }
}

/** linux/interrupt.h. Sleeps until the tasklet ran, if it is scheduled, and does not run. It must not be scheduled
 *  again meanwhile. Context: process. */
export function tasklet_kill(t: usize): void {
  if (in_interrupt()) pr(cstr("\x015Attempt to kill tasklet from interrupt"));
  while (test_and_set(t, SCHED)) wait_clear(t, SCHED);
  tasklet_unlock_wait(t);
  atomic.and<u32>(state_word(t), ~SCHED);
  wake_up_var(state_word(t));
}

export function tasklets_init(): void {
  open_softirq(TASKLET_SOFTIRQ, tasklet_action.index);
  open_softirq(HI_SOFTIRQ, tasklet_hi_action.index);
}
