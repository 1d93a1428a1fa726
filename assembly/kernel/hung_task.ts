// kernel/hung_task.c: a task that has slept for too long. The host asks, about tasks that it waits for.

import { TASK_UNINTERRUPTIBLE, task_struct } from "../abi";
import { DEBUG } from "../flavour";
import { show_held_locks } from "./locking/held";
import { pr } from "./printk/printk";
import { sched_show_task } from "./sched/show";
import { task_of } from "./sched/task";

/** Host call, every `seconds` (120): whether `task` sleeps and has not run since the last such call. Of one that no
 *  signal could wake either the log says so. */
export function kpi_task_hung(task: usize, seconds: u32): bool {
  const kernel = changetype<task_struct>(task);
  const own = task_of(task);
  const hung = own.switches == own.switches_seen;
  own.switches_seen = own.switches;
  if (hung && <u32>kernel.__state == TASK_UNINTERRUPTIBLE) {
    pr(cstr("\x013INFO: task %s:%d blocked for more than %u seconds."), kernel.comm, kernel.pid, seconds);
    sched_show_task(task);
    if (DEBUG) show_held_locks(task);
  }
  return hung;
}
