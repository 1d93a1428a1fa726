// Tasks that a module leaves behind: a kthread of its own, or a worker in the middle of one of its work items. What they
// would return to is not there any more, so that they never run again, and the log says which they were.

import { PF_EXITING, TASK_DEAD, module_, task_struct } from "../../abi";
import { smp_processor_id, this_cpu } from "../../arch/wasm/cpu";
import { host_symbol } from "../../arch/wasm/host";
import { memcmp } from "../../lib/memory";
import { strlen } from "../../lib/string";
import { bug_reported } from "../debug/reports";
import { kthread_died, kthread_func } from "../kthread";
import { pr } from "../printk/printk";
import { dequeue } from "../sched/core";
import { sched_show_task } from "../sched/show";
import { idle_task, lock_tasks, next_task, task_of, unlock_tasks } from "../sched/task";
import { worker_func } from "../workqueue/pool";

const NAME_BYTES: u32 = 256;
const name = memory.data(256);

/** Writes the name of the function in table slot `fn` if it is one of module `mod`: "fn [mod]", cut before the space. */
function name_in(mod: usize, fn: usize): bool {
  const length = host_symbol(<u32>fn, name, NAME_BYTES - 1);
  store<u8>(name + length, 0);
  const bracket = <i32>length - 3 - <i32>strlen(changetype<module_>(mod).name);
  if (bracket < 0 || load<u16>(name + bracket) != 0x5b20 || load<u8>(name + length - 1) != 0x5d) return false;
  if (memcmp(name + bracket + 2, changetype<module_>(mod).name, length - 3 - bracket)) return false;
  store<u8>(name + bracket, 0);
  return true;
}

function leave_for_ever(task: usize): void {
  kthread_died(task);
  // A run queue is its own CPU's alone; there a dead task that comes back meets the tombstones.
  if (<u32>changetype<task_struct>(task).thread_info.cpu == smp_processor_id()) dequeue(task);
  changetype<task_struct>(task).__state = TASK_DEAD;
  task_of(task).kept = 1;
}

/** The module is going: reports the tasks that are in its code, and sees to it that they do not come back to it. */
export function stale_tasks(mod: usize): void {
  const flags = lock_tasks();
  for (let task = next_task(idle_task()); task; task = next_task(task)) {
    const own = changetype<task_struct>(task);
    const fn = kthread_func(task) ? kthread_func(task) : worker_func(task);
    // One that exits is in the core's code, maybe still on another CPU.
    const over = <u32>own.__state == TASK_DEAD || (own.flags & PF_EXITING) != 0;
    if (!fn || task == this_cpu().current || over || !name_in(mod, fn)) continue;
    bug_reported();
    pr(
      cstr("\x013BUG: task %s/%d is still in %s of module %s, which was unloaded"),
      own.comm,
      own.pid,
      name,
      changetype<module_>(mod).name,
    );
    sched_show_task(task);
    leave_for_ever(task);
  }
  unlock_tasks(flags);
}
