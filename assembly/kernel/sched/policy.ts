// kernel/sched/core.c: how urgent a task is, and where it may run. The CPU serves tasks in the order in which they became
// runnable, whatever their priority: what drivers ask for is kept, and shown by ps.

import { EINVAL, MAX_RT_PRIO, DEFAULT_PRIO, SCHED_FIFO, SCHED_NORMAL, task_struct } from "../../abi";
import { __cpu_online_mask } from "../cpu";
import { set_task_cpu } from "./core";
import { task_of } from "./task";

function set_prio(task: task_struct): void {
  task.normal_prio = task.rt_priority ? MAX_RT_PRIO - 1 - task.rt_priority : task.static_prio;
  task.prio = task.normal_prio;
}

/** linux/sched.h. Gives a task a nice value, -20 to 19. Context: any. (Differs: kept and shown only.) */
export function set_user_nice(task: usize, nice: i32): void {
  const own = changetype<task_struct>(task);
  if (nice < -20 || nice > 19) return;
  own.static_prio = DEFAULT_PRIO + nice;
  set_prio(own);
}

function set_fifo(task: usize, rt_priority: u32): void {
  const own = changetype<task_struct>(task);
  own.policy = SCHED_FIFO;
  own.rt_priority = rt_priority;
  set_prio(own);
}

/** linux/sched.h. Makes a task one of real time, SCHED_FIFO, of medium priority. Context: any. (Differs: kept and shown
 *  only.) */
export function sched_set_fifo(task: usize): void {
  set_fifo(task, MAX_RT_PRIO / 2);
}

/** linux/sched.h. sched_set_fifo() of the lowest priority. Context: any. (Differs: kept and shown only.) */
export function sched_set_fifo_low(task: usize): void {
  set_fifo(task, 1);
}

/** linux/sched.h. Makes a task a normal one, with a nice value. Context: any. (Differs: kept and shown only.) */
export function sched_set_normal(task: usize, nice: i32): void {
  const own = changetype<task_struct>(task);
  own.policy = SCHED_NORMAL;
  own.rt_priority = 0;
  set_user_nice(task, nice);
  set_prio(own);
}

/** linux/sched.h. Limits a task to the CPUs of a struct cpumask. 0; -EINVAL if none of them is there. Context: process.
 *  (Differs: one that has run stays where it is; -EINVAL if that is not in the mask.) */
export function set_cpus_allowed_ptr(task: usize, mask: usize): i32 {
  const cpus = load<u32>(mask);
  if (!(cpus & load<u32>(__cpu_online_mask))) return -EINVAL;
  const own = changetype<task_struct>(task);
  if (!(cpus & (1 << own.thread_info.cpu))) {
    if (task_of(task).started) return -EINVAL;
    set_task_cpu(task, ctz(cpus & load<u32>(__cpu_online_mask)));
  }
  store<u32>(changetype<usize>(own.cpus_mask), cpus);
  own.nr_cpus_allowed = popcnt(cpus);
  return 0;
}
