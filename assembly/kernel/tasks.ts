// How the host runs tasks: it creates them for its own commands, starts each on a wasm stack of its own, and says when
// one ended. Everything here but kpi_task_run is called while no task runs.

import { TASK_DEAD, task_struct } from "../abi";
import { set_call_site, this_cpu } from "../arch/wasm/cpu";
import { in_atomic, preempt_count } from "../arch/wasm/preempt";
import { set_stack_pointer } from "../arch/wasm/stack";
import { null_page_check } from "../mm/nullpage";
import { DEBUG } from "../flavour";
import { bug_reported } from "./debug/reports";
import { show_held_locks, task_locks_held } from "./locking/held";
import { BUG, panic_ } from "./panic";
import { pr } from "./printk/printk";
import { account_from, account_to, pick_next, spawn, wait_for_wakers } from "./sched/core";
import { stack_overflowed, task_alloc, task_free, task_rearm, task_of } from "./sched/task";

/** Creates a runnable task that calls table slot `entry` with the first `nargs` (0..4) of the words; `returns` is 1 if
 *  the function returns i32, else 0. Returns the task, or 0 without memory. The host frees it with kpi_task_free. */
export function kpi_task_create(
  entry: usize,
  nargs: u32,
  returns: u32,
  name: usize,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
): usize {
  const task = task_alloc(entry, name);
  if (task) spawn(task, nargs, returns, a0, a1, a2, a3);
  return task;
}

function call_value(entry: usize, nargs: u32, a: usize, b: usize, c: usize, d: usize): i32 {
  if (nargs == 0) return call_indirect<i32>(<u32>entry);
  if (nargs == 1) return call_indirect<i32>(<u32>entry, a);
  if (nargs == 2) return call_indirect<i32>(<u32>entry, a, b);
  if (nargs == 3) return call_indirect<i32>(<u32>entry, a, b, c);
  return call_indirect<i32>(<u32>entry, a, b, c, d);
}

function call_void(entry: usize, nargs: u32, a: usize, b: usize, c: usize, d: usize): void {
  if (nargs == 0) call_indirect<void>(<u32>entry);
  else if (nargs == 1) call_indirect<void>(<u32>entry, a);
  else if (nargs == 2) call_indirect<void>(<u32>entry, a, b);
  else if (nargs == 3) call_indirect<void>(<u32>entry, a, b, c);
  else call_indirect<void>(<u32>entry, a, b, c, d);
}

/** SUSPENDING export. Runs `task`, picked for the first time, to its end on the calling wasm stack. */
export function kpi_task_run(task: usize): void {
  const cpu = this_cpu();
  const own = task_of(task);
  if (own.started) BUG(cstr("kpi_task_run: the task has run before"));
  own.started = 1;
  account_from(task);
  cpu.current = task;
  cpu.irqs_off = 0;
  set_call_site(0);
  set_stack_pointer(own.sp);
  if (own.returns) own.result = call_value(own.entry, own.nargs, own.arg0, own.arg1, own.arg2, own.arg3);
  else call_void(own.entry, own.nargs, own.arg0, own.arg1, own.arg2, own.arg3);
}

/** What is wrong with the end of a task: for the host's own, a call that returns, in lockdep's words. */
function report_exit(task: usize): void {
  const kernel = changetype<task_struct>(task);
  bug_reported();
  if (task_of(task).host_owned) pr(cstr("\x013WARNING: lock held when returning to user space!"));
  pr(
    cstr("\x013%s%s/%d %s"),
    task_of(task).host_owned ? cstr("") : cstr("BUG: "),
    kernel.comm,
    kernel.pid,
    task_of(task).host_owned ? cstr("is leaving the kernel with locks still held!") : cstr("still has locks held!"),
  );
  if (preempt_count())
    pr(cstr("\x014note: %s[%d] exited with preempt_count %d"), kernel.comm, kernel.pid, preempt_count());
  show_held_locks(task);
}

/** A task must end as it began: without locks, with softirqs and preemption enabled. */
function check_exit(task: usize): void {
  if (!in_atomic() && !(DEBUG && task_locks_held(task))) return;
  if (DEBUG) report_exit(task);
  task_of(task).kept = 1;
}

/** The running task returned from kpi_task_run. Returns the task to run next. */
export function kpi_task_exit(): usize {
  const cpu = this_cpu();
  const task = cpu.current;
  const irqs_off = cpu.irqs_off;
  cpu.irqs_off = 1; // on no task's stack: a handler could not suspend
  set_call_site(0);
  if (stack_overflowed(task)) panic_(cstr("corrupted stack end detected when a task ended"));
  null_page_check();
  check_exit(task);
  account_to(task);
  changetype<task_struct>(task).__state = TASK_DEAD;
  wait_for_wakers(task);
  const next = pick_next();
  // What the host calls until `next` runs must not run as a task that is freed, nor on its stack.
  this_cpu().current = next;
  set_stack_pointer(task_of(next).sp);
  if (task_of(task).again && !task_of(task).kept) task_rearm(task);
  else if (!task_of(task).host_owned) task_free(task);
  cpu.irqs_off = irqs_off;
  return next;
}

/** What the function of a task that ended returned. */
export function kpi_task_result(task: usize): i32 {
  return task_of(task).result;
}

/** Frees a task made by kpi_task_create after it ended, by return or by trap. */
export function kpi_task_free(task: usize): void {
  task_free(task);
}
