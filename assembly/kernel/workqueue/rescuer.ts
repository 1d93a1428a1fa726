// Rescuers (kernel/workqueue.c, rescuer_thread): a workqueue with WQ_MEM_RECLAIM, by whose items memory may be freed, has a
// task in reserve that runs them when there is no memory for a worker. The task is made with the workqueue; it keeps its
// memory when it ends, and begins anew at the next emergency.

import { TASK_DEAD, TASK_IDLE, TASK_RUNNING, task_struct } from "../../abi";
import { own_affair, set_call_site } from "../../arch/wasm/cpu";
import { CPU_MAX } from "../../arch/wasm/memory";
import { list_next } from "../../lib/list";
import { wake_up_state } from "../sched/core";
import { task_alloc, task_free, task_of } from "../sched/task";
import { schedule_timeout_uninterruptible } from "../time/sleep";
import { run_work, take, worker_begin, worker_end } from "./pool";
import { PoolWorkqueue, WorkerPool, WorkqueueStruct, pwq_of, pwq_slot, work_of, worklist_of } from "./types";

/** The workqueue's first item that waits in the pool and that nobody runs, or 0. Pool locked. */
function take_of(pool: WorkerPool, wq: usize): usize {
  for (let at = list_next(worklist_of(pool)); at != worklist_of(pool);) {
    const next = list_next(at);
    const mine = pwq_of(work_of(at)).wq == wq;
    const work = mine ? take(pool, at) : 0;
    if (work) return work;
    at = next;
  }
  return 0;
}

function rescue(pool: WorkerPool, wq: usize): void {
  const worker = worker_begin(pool);
  worker.rescuer = 1;
  for (let work = take_of(pool, wq); work; work = take_of(pool, wq)) run_work(pool, worker, work);
  worker_end(pool, worker);
}

function rescuer_thread(wq: usize): void {
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) {
    const pwq = changetype<PoolWorkqueue>(load<usize>(pwq_slot(changetype<WorkqueueStruct>(wq), cpu)));
    if (changetype<usize>(pwq)) rescue(changetype<WorkerPool>(pwq.pool), wq);
  }
}

/** Gives a workqueue its rescuer; false without memory. */
export function rescuer_create(wq: usize): bool {
  const site = own_affair();
  const task = task_alloc(rescuer_thread.index, wq);
  set_call_site(site);
  if (!task) return false;
  task_of(task).arg0 = wq;
  task_of(task).nargs = 1;
  task_of(task).again = 1;
  changetype<task_struct>(task).__state = TASK_IDLE;
  changetype<WorkqueueStruct>(wq).rescuer = task;
  return true;
}

/** The workqueue has no items any more. */
export function rescuer_free(wq: usize): void {
  const task = changetype<WorkqueueStruct>(wq).rescuer;
  if (!task) return;
  while (<u32>changetype<task_struct>(task).__state == TASK_RUNNING) schedule_timeout_uninterruptible(1);
  changetype<task_struct>(task).__state = TASK_DEAD;
  task_free(task);
}

/** No task could be made for the pool: whose items wait there, and has a rescuer, is helped. Pool locked. */
export function send_mayday(pool: WorkerPool): void {
  for (let at = list_next(worklist_of(pool)); at != worklist_of(pool); at = list_next(at)) {
    const wq = changetype<WorkqueueStruct>(pwq_of(work_of(at)).wq);
    if (wq.rescuer) wake_up_state(wq.rescuer, TASK_IDLE);
  }
}
