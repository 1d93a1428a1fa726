// Waiting for a whole workqueue (kernel/workqueue.c). Each flush ends a colour: items queued later get the next one,
// and the flush waits until all items of its colour and of those before it have ended.

import { TASK_UNINTERRUPTIBLE, WORK_NR_COLORS, WQ_MEM_RECLAIM, __WQ_DRAINING, __WQ_LEGACY } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { DEBUG } from "../../flavour";
import { might_sleep } from "../locking/might_sleep";
import { snprintf_ } from "../../lib/vsprintf";
import { BUG, WARN_TEXT } from "../panic";
import { pr } from "../printk/printk";
import { schedule } from "../sched/core";
import { WAIT_ENTRY_BYTES, finish_wait, init_wait_entry, prepare_to_wait_event } from "../sched/wait";
import { current_worker } from "./pool";
import { is_chained } from "./queue";
import { PoolWorkqueue, WorkqueueStruct, in_flight_of, wq_wait_of, ws } from "./types";

/** Whether any item of the workqueue has not ended. */
export function wq_busy(wq: WorkqueueStruct): bool {
  let items: u32 = 0;
  for (let colour: u32 = 0; colour < WORK_NR_COLORS; colour++) items |= atomic.load<u32>(in_flight_of(wq, colour));
  return items != 0;
}

/** Sleeps until every colour up to `colour` has ended. */
function wait_ended(wq: WorkqueueStruct, colour: u32): void {
  const wait = stack_alloc(WAIT_ENTRY_BYTES);
  init_wait_entry(wait, 0);
  for (;;) {
    prepare_to_wait_event(wq_wait_of(wq), wait, TASK_UNINTERRUPTIBLE);
    if (<i32>(wq.tail - colour) > 0) break;
    schedule();
  }
  finish_wait(wq_wait_of(wq), wait);
  stack_free(WAIT_ENTRY_BYTES);
}

/** Ends the colour that items are queued with now; returns it. Waits while all colours are in use. */
function end_colour(wq: WorkqueueStruct): u32 {
  while (wq.head - wq.tail >= WORK_NR_COLORS - 1) wait_ended(wq, wq.tail);
  const colour = wq.head++;
  while (wq.tail != wq.head && atomic.load<u32>(in_flight_of(wq, wq.tail)) == 0) wq.tail++;
  return colour;
}

/** Debug. An item of a workqueue that memory may be freed by must not wait for one that may need memory to run; `work` is
 *  the item waited for, 0: all. */
export function check_flush_dependency(target: WorkqueueStruct, work: usize): void {
  const worker = current_worker();
  if (target.flags & WQ_MEM_RECLAIM || !changetype<usize>(worker)) return;
  const wq = changetype<WorkqueueStruct>(changetype<PoolWorkqueue>(worker.current_pwq).wq);
  if ((wq.flags & (WQ_MEM_RECLAIM | __WQ_LEGACY)) != WQ_MEM_RECLAIM) return;
  snprintf_(
    dependency,
    DEPENDENCY_BYTES,
    cstr("workqueue: WQ_MEM_RECLAIM %s:%ps is flushing !WQ_MEM_RECLAIM %s:%ps"),
    changetype<usize>(wq),
    worker.current_func,
    changetype<usize>(target),
    work ? ws(work).func : 0,
  );
  WARN_TEXT(dependency);
}

const DEPENDENCY_BYTES: u32 = 160;
const dependency = memory.data(160);

/** linux/workqueue.h. Sleeps until every item that is queued on `wq` now has run. Context: process. */
export function __flush_workqueue(wq: usize): void {
  if (DEBUG) might_sleep(cstr("flush_workqueue"));
  const queue = changetype<WorkqueueStruct>(wq);
  if (!wq_busy(queue)) return;
  if (is_chained(wq)) {
    if (DEBUG) pr(cstr("\x010BUG: workqueue %s is flushed by one of its own work items"), wq);
    BUG(cstr("a work item waits for itself to end"));
  }
  if (DEBUG) check_flush_dependency(queue, 0);
  wait_ended(queue, end_colour(queue));
}

/** linux/workqueue.h. Flushes `wq` until it is empty; meanwhile only its own items may queue more on it. Context:
 *  process. */
export function drain_workqueue(wq: usize): void {
  const queue = changetype<WorkqueueStruct>(wq);
  queue.drainers++;
  queue.flags |= __WQ_DRAINING;
  for (let tries: u32 = 1; wq_busy(queue); tries++) {
    __flush_workqueue(wq);
    if (tries == 10 || (tries % 100 == 0 && tries <= 1000)) {
      pr(cstr("\x014workqueue %s: %s() isn't complete after %u tries"), wq, cstr("drain_workqueue"), tries);
    }
  }
  if (--queue.drainers == 0) queue.flags &= ~__WQ_DRAINING;
}
