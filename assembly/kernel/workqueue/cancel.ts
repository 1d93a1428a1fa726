// Taking work items back, and waiting for them (kernel/workqueue.c). Both first get hold of the item's pending bit.

import {
  EAGAIN,
  ENOENT,
  TASK_NORMAL,
  TASK_UNINTERRUPTIBLE,
  WORK_BUSY_PENDING,
  WORK_BUSY_RUNNING,
  WORK_OFFQ_CANCELING,
  WORK_STRUCT_NO_POOL,
  WORK_STRUCT_PENDING,
  delayed_work,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import {
  irq_window,
  local_irq_disable,
  local_irq_enable,
  local_irq_restore,
  local_irq_save,
} from "../../arch/wasm/irqflags";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { INIT_LIST_HEAD, list_add_tail, list_del } from "../../lib/list";
import { DEBUG } from "../../flavour";
import { might_sleep } from "../locking/might_sleep";
import { BUG, WARN } from "../panic";
import { pr } from "../printk/printk";
import { init_completion, wait_for_completion } from "../sched/completion";
import { schedule } from "../sched/core";
import {
  WAIT_ENTRY_BYTES,
  __wake_up,
  finish_wait,
  init_wait_entry,
  init_waitqueue_head,
  prepare_to_wait_event,
} from "../sched/wait";
import { timer_delete, timer_delete_sync } from "../time/timer";
import { find_executing, lock_pool, unlock_pool } from "./pool";
import { check_flush_dependency } from "./flush";
import { flushers_follow, work_ended } from "./process";
import { last_pool, queue_delayed_pending, queue_pending, test_and_set_pending, timer_of } from "./queue";
import {
  FLUSHER_BYTES,
  Flusher,
  PoolWorkqueue,
  Worker,
  WorkerPool,
  WorkqueueStruct,
  data_of,
  done_of,
  entry_of,
  flushers_of,
  is_canceling,
  off_queue,
  pwq_of,
  set_data,
  ws,
} from "./types";

const NO_WORKER: usize = 0;

/** Tasks that wait for another task's cancel_work_sync of the same item. */
const cancel_wait = memory.data(12, 4);

export function cancel_init(): void {
  init_waitqueue_head(cancel_wait);
}

/** Takes an item off its list; it stays pending. False if it is on none. Pool locked. */
function dequeue(pool: WorkerPool, work: usize): bool {
  const pwq = pwq_of(work);
  if (!changetype<usize>(pwq) || pwq.pool != changetype<usize>(pool)) return false;
  const data = data_of(work);
  list_del(entry_of(work));
  INIT_LIST_HEAD(entry_of(work));
  set_data(work, off_queue(pool.id) | WORK_STRUCT_PENDING);
  flushers_follow(pool, work, changetype<Worker>(NO_WORKER));
  work_ended(pwq, data);
  return true;
}

/** Gets hold of an item's pending bit: 1, it was pending and waits no more; 0, it was idle; -EAGAIN, it is just being
 *  queued; -ENOENT, somebody else cancels it. Interrupts disabled. */
function try_to_grab(work: usize, delayed: bool): i32 {
  if (delayed && timer_delete(timer_of(work))) return 1;
  if (!test_and_set_pending(work)) return 0;
  const pool = last_pool(work);
  if (changetype<usize>(pool)) {
    const flags = lock_pool(pool);
    const taken = dequeue(pool, work);
    unlock_pool(pool, flags);
    if (taken) return 1;
  }
  return is_canceling(work) ? -ENOENT : -EAGAIN;
}

/** try_to_grab until it is not -EAGAIN. Called and returns with interrupts disabled; `flags` is what they were
 *  before. */
function grab(work: usize, delayed: bool, flags: u32): i32 {
  let result = try_to_grab(work, delayed);
  while (result == -EAGAIN) {
    local_irq_restore(flags);
    irq_window();
    local_irq_disable();
    result = try_to_grab(work, delayed);
  }
  return result;
}

/** Gives the pending bit up. */
function release(work: usize): void {
  const pool = last_pool(work);
  set_data(work, changetype<usize>(pool) ? off_queue(pool.id) : WORK_STRUCT_NO_POOL);
}

// ── Flushing ──

/** Registers a flusher for the item's last queueing; false if it neither is queued nor runs. Pool locked. */
function follow(pool: WorkerPool, work: usize, flusher: Flusher): bool {
  const pwq = pwq_of(work);
  const queued = changetype<usize>(pwq) != 0 && pwq.pool == changetype<usize>(pool);
  const worker = find_executing(pool, work);
  if (!queued && !changetype<usize>(worker)) return false;
  if (changetype<usize>(worker) && worker.task == this_cpu().current) {
    if (DEBUG) pr(cstr("\x010BUG: work item %ps waits for itself to end"), ws(work).func);
    BUG(cstr("flush_work or cancel_work_sync inside the work item's own function"));
  }
  flusher.work = work;
  flusher.wq = queued ? pwq.wq : changetype<PoolWorkqueue>(worker.current_pwq).wq;
  flusher.worker = queued ? NO_WORKER : changetype<usize>(worker);
  init_completion(done_of(flusher));
  list_add_tail(changetype<usize>(flusher), flushers_of(pool));
  return true;
}

function flush(work: usize, canceling: bool): bool {
  const pool = last_pool(work);
  if (!changetype<usize>(pool)) return false;
  const flusher = changetype<Flusher>(stack_alloc(FLUSHER_BYTES));
  const flags = lock_pool(pool);
  const followed = follow(pool, work, flusher);
  unlock_pool(pool, flags);
  if (DEBUG && followed && !canceling) check_flush_dependency(changetype<WorkqueueStruct>(flusher.wq), work);
  if (followed) wait_for_completion(done_of(flusher));
  stack_free(FLUSHER_BYTES);
  return followed;
}

/** linux/workqueue.h. Sleeps until the item's last queueing has run; false if it was idle. Context: process. */
export function flush_work(work: usize): bool {
  if (DEBUG) might_sleep(cstr("flush_work"));
  if (!ws(work).func) {
    WARN(cstr("flush_work of an item that was never initialised"));
    return false;
  }
  return flush(work, false);
}

/** linux/workqueue.h. Queues a delayed item at once if its delay runs, and flushes it. Context: process. */
export function flush_delayed_work(dwork: usize): bool {
  local_irq_disable();
  if (timer_delete_sync(timer_of(dwork))) {
    queue_pending(changetype<delayed_work>(dwork).cpu, changetype<delayed_work>(dwork).wq, dwork);
  }
  local_irq_enable();
  return flush_work(dwork);
}

// ── Cancelling ──

/** Sleeps until nobody else cancels the item. */
function wait_for_other(work: usize): void {
  const wait = stack_alloc(WAIT_ENTRY_BYTES);
  init_wait_entry(wait, 0);
  prepare_to_wait_event(cancel_wait, wait, TASK_UNINTERRUPTIBLE);
  if (is_canceling(work)) schedule();
  finish_wait(cancel_wait, wait);
  stack_free(WAIT_ENTRY_BYTES);
}

function cancel_sync(work: usize, delayed: bool): bool {
  if (DEBUG) might_sleep(cstr("cancel_work_sync"));
  let result = -ENOENT;
  let flags: u32 = 0;
  for (;;) {
    flags = local_irq_save();
    result = grab(work, delayed, flags);
    if (result != -ENOENT) break;
    local_irq_restore(flags);
    wait_for_other(work);
  }
  const pool = last_pool(work);
  const last = changetype<usize>(pool) ? off_queue(pool.id) : WORK_STRUCT_NO_POOL;
  set_data(work, last | WORK_OFFQ_CANCELING | WORK_STRUCT_PENDING); // nobody can queue it now
  local_irq_restore(flags);
  flush(work, true);
  set_data(work, WORK_STRUCT_NO_POOL);
  __wake_up(cancel_wait, TASK_NORMAL, 0, 0);
  return result == 1;
}

/** linux/workqueue.h. Takes a pending item back and waits until it does not run; whether it was pending. It cannot
 *  be queued meanwhile. Context: process. */
export function cancel_work_sync(work: usize): bool {
  return cancel_sync(work, false);
}

/** linux/workqueue.h. cancel_work_sync for a delayed item. Context: process. */
export function cancel_delayed_work_sync(dwork: usize): bool {
  return cancel_sync(dwork, true);
}

function cancel(work: usize, delayed: bool): bool {
  const flags = local_irq_save();
  const result = grab(work, delayed, flags);
  if (result >= 0) release(work);
  local_irq_restore(flags);
  return result == 1;
}

/** linux/workqueue.h. Takes a pending item back, without waiting; whether it was pending. Context: any. */
export function cancel_work(work: usize): bool {
  return cancel(work, false);
}

/** linux/workqueue.h. Takes a pending delayed item back, without waiting; whether it was pending. Context: any. */
export function cancel_delayed_work(dwork: usize): bool {
  return cancel(dwork, true);
}

/** linux/workqueue.h. Queues a delayed item, or gives a pending one a new delay of `delay` jiffies; whether it was
 *  pending. Context: any. */
export function mod_delayed_work_on(cpu: i32, wq: usize, dwork: usize, delay: u32): bool {
  const flags = local_irq_save();
  const result = grab(dwork, true, flags);
  if (result >= 0) queue_delayed_pending(cpu, wq, dwork, delay);
  local_irq_restore(flags);
  return result != 0;
}

/** linux/workqueue.h. WORK_BUSY_PENDING and WORK_BUSY_RUNNING, as far as they hold. Context: any. */
export function work_busy(work: usize): u32 {
  let busy: u32 = data_of(work) & WORK_STRUCT_PENDING ? WORK_BUSY_PENDING : 0;
  const pool = last_pool(work);
  if (!changetype<usize>(pool)) return busy;
  const flags = lock_pool(pool);
  if (changetype<usize>(find_executing(pool, work))) busy |= WORK_BUSY_RUNNING;
  unlock_pool(pool, flags);
  return busy;
}
