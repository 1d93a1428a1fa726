// kernel/sched/core.c: one run queue per CPU, first come first served, no preemption. A task runs until it parks in
// schedule(). The switch itself is the host's (task_park): it keeps the wasm stack, the core keeps the shadow stack,
// `current` and the interrupt flag. A wasm stack belongs to its thread, so a task stays on the CPU that it began on.
//
// A run queue is its own CPU's alone and needs no lock. Others put the tasks that they wake onto the CPU's `wake_list`, a
// lock-free stack that the CPU takes as a whole (nothing is popped from it, so there is no ABA), and kick it.

import { TASK_NORMAL, TASK_RUNNING, offsetof_task_struct___state, task_struct } from "../../abi";
import { smp_mb } from "../../arch/wasm/barrier";
import {
  Cpu,
  call_site,
  cpu_area,
  cpu_kick,
  own_affair,
  set_call_site,
  smp_processor_id,
  this_cpu,
} from "../../arch/wasm/cpu";
import { current } from "../../arch/wasm/current";
import { host_relax, host_task_park } from "../../arch/wasm/host";
import { PATIENT_TURNS, irq_window } from "../../arch/wasm/irqflags";
import { in_atomic, preempt_count } from "../../arch/wasm/preempt";
import { set_stack_pointer, stack_pointer } from "../../arch/wasm/stack";
import { BUG, dump_stack, panic_ } from "../panic";
import { pr } from "../printk/printk";
import { Task, stack_overflowed, task_alloc, task_of } from "./task";

/** Puts a runnable task at the end of its CPU's run queue. */
function enqueue(task: usize): void {
  const cpu = this_cpu();
  const own = task_of(task);
  if (<u32>changetype<task_struct>(task).thread_info.cpu != cpu.number) return wake_remote(task);
  if (own.queued) return;
  own.queued = 1;
  own.run_next = 0;
  if (cpu.run_tail) task_of(cpu.run_tail).run_next = task;
  else cpu.run_head = task;
  cpu.run_tail = task;
}

/** Has the task's own CPU enqueue it. Its state is TASK_RUNNING already: if it is on the list, the CPU has yet to look. */
function wake_remote(task: usize): void {
  const own = task_of(task);
  if (atomic.xchg<u32>(changetype<usize>(own), 1, offsetof<Task>("waking"))) return;
  const cpu = <u32>changetype<task_struct>(task).thread_info.cpu;
  const list = changetype<usize>(cpu_area(cpu)) + offsetof<Cpu>("wake_list");
  let head = atomic.load<usize>(list);
  for (let seen: usize; ; head = seen) {
    own.wake_next = head;
    seen = atomic.cmpxchg<usize>(list, head, task);
    if (seen == head) break;
  }
  cpu_kick(cpu);
}

/** Enqueues, in the order of their wake-ups, the tasks that other CPUs woke. One that runs, or that ran and sleeps again
 *  since, has had its wake-up. */
export function take_woken(): void {
  const cpu = this_cpu();
  if (!cpu.wake_list) return;
  let reversed: usize = 0;
  let task = atomic.xchg<usize>(changetype<usize>(cpu), 0, offsetof<Cpu>("wake_list"));
  while (task) {
    const next = task_of(task).wake_next;
    task_of(task).wake_next = reversed;
    reversed = task;
    task = next;
  }
  while (reversed) {
    task = reversed;
    reversed = task_of(task).wake_next;
    atomic.store<u32>(changetype<usize>(task_of(task)), 0, offsetof<Task>("waking"));
    if (task != cpu.current && state_of(task) == TASK_RUNNING) enqueue(task);
  }
}

/** A task that ended may be freed when no other CPU is about to put it onto the list. */
export function wait_for_wakers(task: usize): void {
  for (let turns: u32 = 1; atomic.load<u32>(changetype<usize>(task_of(task)), offsetof<Task>("waking")); turns++) {
    take_woken();
    if (turns % PATIENT_TURNS == 0) host_relax();
  }
}

@inline
function state_of(task: usize): u32 {
  return atomic.load<u32>(task, offsetof_task_struct___state);
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
  return this_cpu().run_head != 0 || this_cpu().wake_list != 0;
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
  take_woken();
  if (state_of(cpu.current) == TASK_RUNNING && cpu.current != cpu.idle) enqueue(cpu.current);
  switch_away();
}

/** `task` gets the CPU; what it used is known when it gives it back. */
@inline
export function account_from(task: usize): void {
  task_of(task).since = this_cpu().clock_ns;
}

@inline
export function account_to(task: usize): void {
  const own = task_of(task);
  own.runtime += this_cpu().clock_ns - own.since;
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

/** linux/sched.h. Sets the running task's state, TASK_*: a full barrier, so that what is looked at next is newer than
 *  the state that wakers see. Context: process. */
@inline
export function set_current_state(state: u32): void {
  atomic.store<u32>(changetype<usize>(current()), state, offsetof_task_struct___state);
}

/** linux/sched.h (try_to_wake_up). Makes `task` runnable if its state is one of `state`; 1 if it did. Context: any. */
export function wake_up_state(task: usize, state: u32): i32 {
  smp_mb();
  const seen = state_of(task);
  if (!(seen & state)) return 0;
  // Of two CPUs that wake it, one does.
  if (atomic.cmpxchg<u32>(task, seen, TASK_RUNNING, offsetof_task_struct___state) != seen) return 0;
  if (this_cpu().current != task) enqueue(task);
  return 1;
}

/** linux/sched.h. Wakes a task that sleeps in TASK_NORMAL; 1 if it slept, 0 if it was running. Context: any. */
export function wake_up_process(task: usize): i32 {
  return wake_up_state(task, TASK_NORMAL);
}

/** Whoever gives the CPU away without need may do so until some time has passed, and so may the task that gets it: that is
 *  an interrupt window, and a switch takes time, so that the next window asks the clock. Whether another task waits. */
function polite_window(): bool {
  irq_window();
  if (!need_resched()) return false;
  this_cpu().poll_budget = 0;
  return true;
}

/** linux/sched.h. Lets other runnable tasks run first. An interrupt window. Context: process. */
export function yield_(): void {
  polite_window();
  set_current_state(TASK_RUNNING);
  schedule();
}

/** linux/sched.h. A polite point in a long loop, and an interrupt window: 1 if another task ran. The task stays runnable
 *  and keeps its state, so that it may stand between prepare_to_wait() and schedule(). Context: process. */
export function __cond_resched(): i32 {
  const cpu = this_cpu();
  if (in_atomic() || cpu.current == cpu.idle || !polite_window()) return 0;
  check_switch(cpu.current);
  take_woken();
  enqueue(cpu.current);
  switch_away();
  return 1;
}

/** A runnable task of this CPU that calls `entry(data)`; 0 without memory. The core frees it when it ends. */
export function kthread_run(entry: usize, data: usize, name: usize): usize {
  return kthread_run_on(smp_processor_id(), entry, data, name);
}

/** The same on CPU `cpu`. */
export function kthread_run_on(cpu: u32, entry: usize, data: usize, name: usize): usize {
  const site = own_affair();
  const task = task_alloc(entry, name);
  set_call_site(site);
  if (!task) return 0;
  set_task_cpu(task, cpu);
  const own = task_of(task);
  own.arg0 = data;
  own.nargs = 1;
  enqueue(task);
  return task;
}

/** Puts a task that has not yet been runnable onto CPU `cpu`. */
export function set_task_cpu(task: usize, cpu: u32): void {
  changetype<task_struct>(task).thread_info.cpu = cpu;
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
