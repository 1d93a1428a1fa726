// kernel/sched/core.c: one run queue per CPU, first come first served, no preemption. A task runs until it parks in
// schedule(). The switch itself is the host's (task_park): it keeps the wasm stack, the core keeps the shadow stack,
// `current` and the interrupt flag.

import { TASK_NORMAL, TASK_RUNNING, task_struct } from "../../abi";
import { call_site, own_affair, set_call_site, this_cpu } from "../../arch/wasm/cpu";
import { current } from "../../arch/wasm/current";
import { CLOCK_NS } from "../../arch/wasm/memory";
import { host_task_park } from "../../arch/wasm/host";
import { in_atomic, preempt_count } from "../../arch/wasm/preempt";
import { set_stack_pointer, stack_pointer } from "../../arch/wasm/stack";
import { BUG, dump_stack, panic_ } from "../panic";
import { pr } from "../printk/printk";
import { stack_overflowed, task_alloc, task_of } from "./task";

function enqueue(task: usize): void {
  const cpu = this_cpu();
  const own = task_of(task);
  if (own.queued) return;
  own.queued = 1;
  own.run_next = 0;
  if (cpu.run_tail) task_of(cpu.run_tail).run_next = task;
  else cpu.run_head = task;
  cpu.run_tail = task;
}

/** The next task to run: the head of the run queue, else the idle task. */
export function pick_next(): usize {
  const cpu = this_cpu();
  const task = cpu.run_head;
  if (!task) return cpu.idle;
  const own = task_of(task);
  cpu.run_head = own.run_next;
  if (!cpu.run_head) cpu.run_tail = 0;
  own.queued = 0;
  own.run_next = 0;
  return task;
}

/** Takes a task out of the run queue that must not run any more. */
export function dequeue(task: usize): void {
  const cpu = this_cpu();
  if (!task_of(task).queued) return;
  let before: usize = 0;
  for (let at = cpu.run_head; at != task; at = task_of(at).run_next) before = at;
  const next = task_of(task).run_next;
  if (before) task_of(before).run_next = next;
  else cpu.run_head = next;
  if (!next) cpu.run_tail = before;
  task_of(task).queued = 0;
}

/** Whether another task could run now. */
@inline
export function need_resched(): bool {
  return this_cpu().run_head != 0;
}

function check_switch(prev: usize): void {
  if (stack_overflowed(prev)) panic_(cstr("corrupted stack end detected inside scheduler"));
  if (!in_atomic()) return;
  const task = changetype<task_struct>(prev);
  pr(cstr("\x013BUG: scheduling while atomic: %s/%d/0x%08x"), task.comm, task.pid, preempt_count());
  dump_stack();
  BUG(cstr("a task slept in atomic context; find the sleeping call in the trace above"));
}

/** linux/sched.h. Gives the CPU away; returns when the task is next picked. The caller has set its state: anything
 *  but TASK_RUNNING sleeps until a wake-up. Context: process, no spinlock held, softirqs enabled. */
export function schedule(): void {
  const cpu = this_cpu();
  check_switch(cpu.current);
  if (current().__state == TASK_RUNNING && cpu.current != cpu.idle) enqueue(cpu.current);
  switch_away();
}

/** `task` gets the CPU; what it used is known when it gives it back. */
@inline
export function account_from(task: usize): void {
  task_of(task).since = load<u64>(CLOCK_NS);
}

@inline
export function account_to(task: usize): void {
  const own = task_of(task);
  own.runtime += load<u64>(CLOCK_NS) - own.since;
}

/** Lets the next task run, until somebody picks this one. */
function switch_away(): void {
  const cpu = this_cpu();
  const prev = cpu.current;
  const next = pick_next();
  if (next == prev) return;
  cpu.switches++;
  const own = task_of(prev);
  own.sp = stack_pointer();
  const irqs_off = cpu.irqs_off;
  account_to(prev);
  const site = call_site();
  host_task_park(prev, next);
  set_call_site(site);
  account_from(prev);
  own.switches++;
  cpu.current = prev;
  cpu.irqs_off = irqs_off;
  set_stack_pointer(own.sp);
}

/** linux/sched.h. Sets the running task's state, TASK_*. Context: process. */
@inline
export function set_current_state(state: u32): void {
  current().__state = state;
}

/** linux/sched.h (try_to_wake_up). Makes `task` runnable if its state is one of `state`; 1 if it did. Context: any. */
export function wake_up_state(task: usize, state: u32): i32 {
  const kernel = changetype<task_struct>(task);
  if (!(kernel.__state & state)) return 0;
  kernel.__state = TASK_RUNNING;
  if (this_cpu().current != task) enqueue(task);
  return 1;
}

/** linux/sched.h. Wakes a task that sleeps in TASK_NORMAL; 1 if it slept, 0 if it was running. Context: any. */
export function wake_up_process(task: usize): i32 {
  return wake_up_state(task, TASK_NORMAL);
}

/** linux/sched.h. Lets other runnable tasks run first. Context: process. */
export function yield_(): void {
  set_current_state(TASK_RUNNING);
  schedule();
}

/** linux/sched.h. A polite point in a long loop: 1 if another task ran. The task stays runnable and keeps its state, so
 *  that it may stand between prepare_to_wait() and schedule(). Context: process. */
export function __cond_resched(): i32 {
  const cpu = this_cpu();
  if (!need_resched() || in_atomic() || cpu.current == cpu.idle) return 0;
  check_switch(cpu.current);
  enqueue(cpu.current);
  switch_away();
  return 1;
}

/** A runnable task that calls `entry(data)`; 0 without memory. The core frees it when it ends. */
export function kthread_run(entry: usize, data: usize, name: usize): usize {
  const site = own_affair();
  const task = task_alloc(entry, name);
  set_call_site(site);
  if (!task) return 0;
  const own = task_of(task);
  own.arg0 = data;
  own.nargs = 1;
  enqueue(task);
  return task;
}

/** A runnable task on the host's behalf: `entry` is a table slot that takes `nargs` (0..4) words. */
export function spawn(task: usize, nargs: u32, returns: u32, a0: usize, a1: usize, a2: usize, a3: usize): void {
  const own = task_of(task);
  own.nargs = nargs;
  own.returns = returns;
  own.arg0 = a0;
  own.arg1 = a1;
  own.arg2 = a2;
  own.arg3 = a3;
  own.host_owned = 1;
  enqueue(task);
}
