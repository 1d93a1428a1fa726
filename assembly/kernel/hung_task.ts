// kernel/hung_task.c: tasks that have slept for too long, in a sleep that no signal ends. There is no khungtaskd: the host
// asks, every two minutes of the board's time, and when nothing is left that could happen.

import {
  LINUX_VERSION_CODE,
  TASK_DEAD,
  TASK_NOLOAD,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
  TASK_WAKEKILL,
  task_struct,
} from "../abi";
import { DEBUG } from "../flavour";
import { report_counted } from "./debug/reports";
import { show_blocked_on } from "./locking/deadlock";
import { show_held_locks } from "./locking/held";
import { pr } from "./printk/printk";
import { sched_show_task } from "./sched/show";
import { idle_task, lock_tasks, next_task, task_of, unlock_tasks } from "./sched/task";
import { print_tainted } from "./taint";

/** sysctl_hung_task_warnings: so many reports in all. */
const WARNINGS: u32 = 10;
const said = memory.data(4, 4);

/** Whether the task is in a sleep that only what it waits for ends. */
function uninterruptible(task: usize): bool {
  const state = <u32>changetype<task_struct>(task).__state;
  return (state & TASK_UNINTERRUPTIBLE) != 0 && !(state & (TASK_WAKEKILL | TASK_NOLOAD));
}

/** What is known of a task that does not get on: where it sleeps, what for, and who has that. */
function show(task: usize): void {
  const kernel = changetype<task_struct>(task);
  report_counted();
  pr(
    cstr("\x013      %s %u.%u.%u-linuxkpi #1"),
    print_tainted(),
    LINUX_VERSION_CODE >> 16,
    (LINUX_VERSION_CODE >> 8) & 255,
    LINUX_VERSION_CODE & 255,
  );
  sched_show_task(task);
  if (!DEBUG) return;
  show_blocked_on(kernel);
  show_held_locks(task);
}

/** Notes whether the task has run since this was asked last. */
function look_at(task: usize): void {
  const own = task_of(task);
  const switches = own.switches + 1;
  own.stuck = own.switches_seen == switches ? own.stuck + 1 : 0;
  own.switches_seen = switches;
}

/** Host call, every `seconds` (120): reports each task that sleeps uninterruptibly and has not run since the last call. */
export function kpi_hung_tasks(seconds: u32): void {
  const flags = lock_tasks();
  for (let task = next_task(idle_task()); task; task = next_task(task)) {
    look_at(task);
    if (!task_of(task).stuck || !uninterruptible(task) || load<u32>(said) == WARNINGS) continue;
    store<u32>(said, load<u32>(said) + 1);
    const kernel = changetype<task_struct>(task);
    pr(cstr("\x013INFO: task %s:%d blocked for more than %u seconds."), kernel.comm, kernel.pid, seconds);
    show(task);
  }
  unlock_tasks(flags);
}

/** Host call: how many calls of kpi_hung_tasks() in a row, less one, found that `task` had not run. */
export function kpi_task_stuck(task: usize): u32 {
  return task_of(task).stuck;
}

/** Host call: somebody waits for a task, and nothing is left that could happen. Reports, once for each sleep, the tasks that
 *  will never run again, but for those of the kernel that a signal could wake. */
export function kpi_deadlock(): void {
  const flags = lock_tasks();
  for (let task = next_task(idle_task()); task; task = next_task(task)) {
    const kernel = changetype<task_struct>(task);
    const own = task_of(task);
    if (<u32>kernel.__state == TASK_RUNNING || <u32>kernel.__state & TASK_DEAD) continue;
    if (!own.host_owned && !uninterruptible(task)) continue;
    if (own.given_up == own.switches + 1) continue;
    own.given_up = own.switches + 1;
    pr(cstr("\x013INFO: task %s:%d blocked for ever: nothing is left that could wake it."), kernel.comm, kernel.pid);
    show(task);
  }
  unlock_tasks(flags);
}
