// Running one work item (kernel/workqueue.c, process_one_work), and the books of a workqueue: how many items are
// active, and how many of each colour have not ended.

import { TASK_NORMAL, WORK_STRUCT_COLOR_SHIFT, WORK_STRUCT_INACTIVE } from "../../abi";
import { current } from "../../arch/wasm/current";
import { preempt_count } from "../../arch/wasm/preempt";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_empty, list_next } from "../../lib/list";
import { _raw_spin_lock_irq, _raw_spin_unlock_irq } from "../locking/spinlock";
import { DEBUG } from "../../flavour";
import { callback_enter, callback_leave, callback_state } from "../debug/callback";
import { pr } from "../printk/printk";
import { complete } from "../sched/completion";
import { __wake_up } from "../sched/wait";
import { ensure_worker } from "./pool";
import {
  Flusher,
  PoolWorkqueue,
  Worker,
  WorkerPool,
  WorkqueueStruct,
  colour_of,
  data_of,
  done_of,
  entry_of,
  flushers_of,
  in_flight_of,
  inactive_of,
  off_queue,
  pwq_of,
  set_data,
  work_of,
  worklist_of,
  wq_wait_of,
  ws,
} from "./types";

// ── Colours ──

/** Ends every colour without items, and tells who waits for them. */
function advance_colours(wq: WorkqueueStruct): void {
  while (wq.tail != wq.head && atomic.load<u32>(in_flight_of(wq, wq.tail)) == 0) wq.tail++;
  __wake_up(wq_wait_of(wq), TASK_NORMAL, 0, 0);
}

/** The colour of an item that is queued now; the item counts from here on. */
export function colour_begin(wq: WorkqueueStruct): u32 {
  atomic.add<u32>(in_flight_of(wq, wq.head), 1);
  return (wq.head & 15) << WORK_STRUCT_COLOR_SHIFT;
}

// ── Activity. Pool locked. ──

/** Puts an item where workers find it. */
export function activate(pool: WorkerPool, work: usize): void {
  list_add_tail(entry_of(work), worklist_of(pool));
  ensure_worker(pool);
}

/** Lets the oldest inactive item of a workqueue run if there is room. */
export function activate_first(pwq: PoolWorkqueue): void {
  while (!list_empty(inactive_of(pwq)) && pwq.nr_active < pwq.max_active) {
    const entry = list_next(inactive_of(pwq));
    list_del(entry);
    set_data(work_of(entry), data_of(work_of(entry)) & ~WORK_STRUCT_INACTIVE);
    pwq.nr_active++;
    activate(changetype<WorkerPool>(pwq.pool), work_of(entry));
  }
}

/** An item with `data` has ended or was taken back. */
export function work_ended(pwq: PoolWorkqueue, data: u32): void {
  const wq = changetype<WorkqueueStruct>(pwq.wq);
  if (!(data & WORK_STRUCT_INACTIVE)) {
    pwq.nr_active--;
    activate_first(pwq);
  }
  if (atomic.sub<u32>(in_flight_of(wq, colour_of(data)), 1) == 1) advance_colours(wq);
}

// ── Flushers. Pool locked. ──

/** The queued item starts on `worker` (0: it was taken back, there is nothing to wait for). */
export function flushers_follow(pool: WorkerPool, work: usize, worker: Worker): void {
  let next: usize = 0;
  for (let at = list_next(flushers_of(pool)); at != flushers_of(pool); at = next) {
    next = list_next(at);
    const flusher = changetype<Flusher>(at);
    if (flusher.work != work || flusher.worker) continue;
    if (changetype<usize>(worker)) flusher.worker = changetype<usize>(worker);
    else flusher_done(flusher);
  }
}

function flushers_of_worker(pool: WorkerPool, worker: Worker): void {
  let next: usize = 0;
  for (let at = list_next(flushers_of(pool)); at != flushers_of(pool); at = next) {
    next = list_next(at);
    if (changetype<Flusher>(at).worker == changetype<usize>(worker)) flusher_done(changetype<Flusher>(at));
  }
}

function flusher_done(flusher: Flusher): void {
  list_del(changetype<usize>(flusher));
  complete(done_of(flusher));
}

// ── Running ──

function call_work(work: usize, func: usize): void {
  const state = callback_enter();
  call_indirect<void>(<u32>func, work);
  if (!DEBUG) return;
  if (callback_state() != state) {
    const task = current();
    pr(cstr("\x013BUG: workqueue leaked lock or atomic: %s/0x%08x/%d"), task.comm, preempt_count(), task.pid);
    pr(cstr("\x013     last function: %ps"), func);
  }
  callback_leave(state, func);
}

/** Runs an item that is on no list any more. Pool locked on entry and exit, unlocked while the function runs, which
 *  may free or queue the item. */
export function process_work(pool: WorkerPool, worker: Worker, work: usize): void {
  const data = data_of(work);
  const pwq = pwq_of(work);
  const func = ws(work).func;
  worker.current_work = work;
  worker.current_func = func;
  worker.current_pwq = changetype<usize>(pwq);
  flushers_follow(pool, work, worker);
  INIT_LIST_HEAD(entry_of(work));
  set_data(work, off_queue(pool.id)); // no longer pending
  _raw_spin_unlock_irq(changetype<usize>(pool));
  call_work(work, func);
  _raw_spin_lock_irq(changetype<usize>(pool));
  worker.current_work = 0;
  worker.current_func = 0;
  worker.current_pwq = 0;
  worker.desc0 = 0;
  work_ended(pwq, data);
  flushers_of_worker(pool, worker);
}
