// kernel/sched/core.c, sched_show_task and show_state_filter: the tasks in the log; and kpi_task_info, from which the
// host makes `ps`.

import { DEFAULT_PRIO, TASK_DEAD, TASK_IDLE, TASK_NOLOAD, TASK_REPORT, TASK_RUNNING, task_struct } from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { show_stack } from "../debug/stacktrace";
import { kthread_name } from "../kthread";
import { pr } from "../printk/printk";
import { mono_now } from "../time/timekeeping";
import { idle_task, lock_tasks, next_task, task_of, unlock_tasks } from "./task";

/** TASK_STATE_TO_CHAR_STR: from bit 0 of the state on, behind the letter of no bit at all. */
const letters = cstr("RSDTtXZP");

/** The letter of a task's state, as ps and the log print it. */
export function task_state_to_char(task: usize): u32 {
  const state = <u32>changetype<task_struct>(task).__state;
  if (state == TASK_IDLE) return 0x49; // I
  if (state & TASK_DEAD) return 0x58; // X
  const known = state & TASK_REPORT & ~TASK_NOLOAD;
  return load<u8>(letters + (known ? 32 - clz(known) : 0));
}

/** linux/sched/debug.h. Prints one task: name, state and pid, and its stack in the debug flavour. How much of its stack was
 *  never used is not known, and nobody is its parent: both are 0. */
export function sched_show_task(task: usize): void {
  const kernel = changetype<task_struct>(task);
  const running = <u32>kernel.__state == TASK_RUNNING ? cstr("  running task    ") : cstr("");
  pr(
    cstr("\x016task:%-15.15s state:%c%s stack:%-5u pid:%-5d ppid:%-6d flags:0x%08x"),
    kernel.comm,
    task_state_to_char(task),
    running,
    0,
    kernel.pid,
    0,
    kernel.thread_info.flags,
  );
  show_stack(task);
}

/** linux/sched/debug.h. Prints the tasks whose state is one of `filter`; 0: all but the idle task. */
export function show_state_filter(filter: u32): void {
  const flags = lock_tasks();
  for (let task = next_task(idle_task()); task; task = next_task(task)) {
    if (!filter || <u32>changetype<task_struct>(task).__state & filter) sched_show_task(task);
  }
  unlock_tasks(flags);
}

/** What kpi_task_info writes. */
@unmanaged
class TaskInfo {
  /** Its struct task_struct. */
  task: usize;
  /** The letter of its state. */
  state: u32;
  /** Whether it runs or could. */
  runnable: u32;
  switches: u32;
  /** CPU time, ns. */
  runtime: u64;
  /** Its name, NUL-terminated. */
  name: usize;
  /** SCHED_*, the priority of a real-time task, the nice value of another. */
  policy: u32;
  rt_priority: u32;
  nice: i32;
}

/** CPU time of a task up to now, ns. */
export function task_runtime(task: usize): u64 {
  const own = task_of(task);
  return own.runtime + (task == this_cpu().current ? <u64>mono_now() - own.since : 0);
}

/** Host call. Writes a TaskInfo about the task that follows pid `pid` (-1: the idle task, pid 0): u32 task, state,
 *  runnable, switches; u64 runtime; char *name; u32 policy, rt_priority; s32 nice. Returns its pid, -1 after the last. */
export function kpi_task_info(pid: i32, buf: usize): i32 {
  const flags = lock_tasks();
  let task = idle_task();
  while (task && changetype<task_struct>(task).pid <= pid) task = next_task(task);
  const next = task ? task_info(task, buf) : -1;
  unlock_tasks(flags);
  return next;
}

function task_info(task: usize, buf: usize): i32 {
  const kernel = changetype<task_struct>(task);
  const info = changetype<TaskInfo>(buf);
  info.task = task;
  info.state = task_state_to_char(task);
  info.runnable = <u32>kernel.__state == TASK_RUNNING ? 1 : 0;
  info.switches = task_of(task).switches;
  info.runtime = task_runtime(task);
  info.name = kthread_name(task);
  info.policy = kernel.policy;
  info.rt_priority = kernel.rt_priority;
  info.nice = kernel.static_prio - DEFAULT_PRIO;
  return kernel.pid;
}
