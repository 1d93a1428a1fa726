// Threaded handlers (kernel/irq/manage.c, irq_thread). An IRQ thread is a task that exists while there is something for
// it: a primary handler wakes it by creating it, and it ends when it has run the thread function for every wake-up. A
// line with IRQF_ONESHOT stays masked until then.

import { IRQ_HANDLED, TASK_DEAD, TASK_NORMAL, TASK_UNINTERRUPTIBLE, irqaction, task_struct } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { snprintf_ } from "../../lib/vsprintf";
import {
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "../locking/spinlock";
import { DEBUG } from "../../flavour";
import { callback_enter, callback_leave } from "../debug/callback";
import { pr } from "../printk/printk";
import { kthread_run, schedule } from "../sched/core";
import { WAIT_ENTRY_BYTES, __wake_up, finish_wait, init_wait_entry, prepare_to_wait_event } from "../sched/wait";
import { may_unmask } from "./handle";
import { VECTOR_ONESHOT, VECTOR_RETRY, Vector, lock_of, nr_vectors, vector, vector_unmask, wait_of } from "./vector";

/** thread_flags: the thread function has to run once more. */
const RUNTHREAD: u32 = 1;

const NAME_BYTES: usize = 16;

/** Some vector has VECTOR_RETRY. */
const retry = memory.data(4, 4);

/** Creates the thread of an action; without memory, again at the next tick. Vector locked or in progress. */
function spawn(v: Vector, action: irqaction): void {
  const name = stack_alloc(NAME_BYTES);
  snprintf_(name, NAME_BYTES, cstr("irq/%d-%s"), action.irq, action.name);
  action.thread = kthread_run(irq_thread.index, changetype<usize>(action), name);
  stack_free(NAME_BYTES);
  if (action.thread) return;
  v.state |= VECTOR_RETRY;
  store<u32>(retry, 1);
}

@inline
function died(action: irqaction): bool {
  return action.thread != 0 && <u32>changetype<task_struct>(action.thread).__state == TASK_DEAD;
}

/** A primary handler returned IRQ_WAKE_THREAD: the thread function runs once more, unless a trap has killed it. */
export function irq_wake_action(v: Vector, action: irqaction): void {
  if (died(action)) return;
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  if (!(action.thread_flags & RUNTHREAD)) {
    action.thread_flags |= RUNTHREAD;
    v.threads_oneshot |= action.thread_mask;
    v.threads_active++;
    if (!action.thread) spawn(v, action);
  }
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
}

/** The action left the line: a wake-up for which no thread could be created yet is forgotten. */
export function irq_drop_wakeup(v: Vector, action: irqaction): void {
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  if (action.thread_flags & RUNTHREAD && !action.thread) {
    action.thread_flags &= ~RUNTHREAD;
    v.threads_active--;
  }
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
}

/** Takes the wake-up; false, and the task has no more to do, if there is none. Vector locked. */
function take_wakeup(action: irqaction): bool {
  if (!(action.thread_flags & RUNTHREAD)) {
    action.thread = 0;
    return false;
  }
  action.thread_flags &= ~RUNTHREAD;
  return true;
}

/** The thread function ran once: unmask the line if it was the last that the line waited for. Vector locked. */
function thread_done(v: Vector, action: irqaction): void {
  if (v.state & VECTOR_ONESHOT && !(action.thread_flags & RUNTHREAD)) {
    v.threads_oneshot &= ~action.thread_mask;
    if (may_unmask(v)) vector_unmask(action.irq);
  }
  v.threads_active--;
}

function irq_thread(data: usize): void {
  const action = changetype<irqaction>(data);
  const irq = action.irq;
  const v = vector(irq);
  _raw_spin_lock_irq(lock_of(v));
  while (take_wakeup(action)) {
    _raw_spin_unlock_irq(lock_of(v));
    const state = callback_enter();
    const answer = call_indirect<i32>(<u32>action.thread_fn, <i32>irq, action.dev_id);
    if (DEBUG) callback_leave(state, action.thread_fn);
    _raw_spin_lock_irq(lock_of(v));
    if (answer == IRQ_HANDLED) v.threads_handled++;
    thread_done(v, action);
  }
  const idle = v.threads_active == 0;
  _raw_spin_unlock_irq(lock_of(v));
  if (idle) __wake_up(wait_of(v), TASK_NORMAL, 0, 0); // free_irq may free the action from here on
}

/** A trap killed `task`: if it ran a threaded handler, nobody may wait for that any more (irq_thread_dtor). */
export function irq_thread_died(task: task_struct): void {
  for (let irq: u32 = 0; irq < nr_vectors(); irq++) {
    const v = vector(irq);
    for (let at = v.action; at; at = changetype<irqaction>(at).next) {
      const action = changetype<irqaction>(at);
      if (action.thread != changetype<usize>(task)) continue;
      pr(cstr('\x013exiting task "%s" (%d) is an active IRQ thread (irq %d)'), task.comm, task.pid, irq);
      action.thread_flags &= ~RUNTHREAD;
      thread_done(v, action);
      if (v.threads_active == 0) __wake_up(wait_of(v), TASK_NORMAL, 0, 0);
      return;
    }
  }
}

/** Sleeps until no threaded handler of the vector runs or waits to run. */
export function wait_for_threads(v: Vector): void {
  if (!atomic.load<u32>(changetype<usize>(v), offsetof<Vector>("threads_active"))) return;
  const wait = stack_alloc(WAIT_ENTRY_BYTES);
  init_wait_entry(wait, 0);
  for (;;) {
    prepare_to_wait_event(wait_of(v), wait, TASK_UNINTERRUPTIBLE);
    if (!atomic.load<u32>(changetype<usize>(v), offsetof<Vector>("threads_active"))) break;
    schedule();
  }
  finish_wait(wait_of(v), wait);
  stack_free(WAIT_ENTRY_BYTES);
}

/** The tick: creates the threads for which there was no memory. */
export function irq_threads_tick(): void {
  if (!load<u32>(retry)) return;
  store<u32>(retry, 0);
  for (let irq: u32 = 0; irq < nr_vectors(); irq++) {
    const v = vector(irq);
    if (!(v.state & VECTOR_RETRY)) continue;
    const flags = _raw_spin_lock_irqsave(lock_of(v));
    v.state &= ~VECTOR_RETRY;
    for (let at = v.action; at; at = changetype<irqaction>(at).next) {
      const action = changetype<irqaction>(at);
      if (action.thread_flags & RUNTHREAD && !action.thread) spawn(v, action);
    }
    _raw_spin_unlock_irqrestore(lock_of(v), flags);
  }
}

/** Whether a vector waits for memory for a thread. */
export function irq_threads_waiting(): bool {
  return load<u32>(retry) != 0;
}
