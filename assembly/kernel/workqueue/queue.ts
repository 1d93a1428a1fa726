// Queueing work items, at once and after a delay (kernel/workqueue.c).

import {
  NR_CPUS,
  WORK_CPU_UNBOUND,
  WORK_OFFQ_POOL_SHIFT,
  WORK_STRUCT_INACTIVE,
  WORK_STRUCT_PENDING,
  WORK_STRUCT_PWQ,
  WQ_UNBOUND,
  __WQ_DRAINING,
  delayed_work,
  offsetof_delayed_work_timer,
  timer_list,
} from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { local_irq_restore, local_irq_save } from "../../arch/wasm/irqflags";
import { list_add_tail, list_empty, list_next } from "../../lib/list";
import { DEBUG } from "../../flavour";
import { debug_print_object } from "../debug/objects";
import { WARN } from "../panic";
import { pr } from "../printk/printk";
import { jiffies } from "../time/jiffies";
import { add_timer, add_timer_on } from "../time/timer";
import { current_worker, find_executing, lock_pool, pool_by_id, unlock_pool } from "./pool";
import { activate, colour_begin } from "./process";
import {
  PoolWorkqueue,
  WorkerPool,
  WorkqueueStruct,
  data_of,
  entry_of,
  inactive_of,
  pwq_slot,
  set_data,
  ws,
} from "./types";

/** Marks an item pending; whether it was. */
@inline
export function test_and_set_pending(work: usize): bool {
  return (atomic.or<u32>(work, WORK_STRUCT_PENDING) & WORK_STRUCT_PENDING) != 0;
}

/** The pool that ran the item last, or runs it, or 0. */
export function last_pool(work: usize): WorkerPool {
  const data = data_of(work);
  if (data & WORK_STRUCT_PWQ) return changetype<WorkerPool>(changetype<PoolWorkqueue>(data & ~255).pool);
  return pool_by_id(data >> WORK_OFFQ_POOL_SHIFT);
}

/** Whether the running task works for `wq`: such a task may queue more while the workqueue is drained. */
export function is_chained(wq: usize): bool {
  const worker = current_worker();
  if (!changetype<usize>(worker) || !worker.current_pwq) return false;
  return changetype<PoolWorkqueue>(worker.current_pwq).wq == wq;
}

/** The workqueue's share of the pool that the item must go to: where it runs now if it does, else where it was asked
 *  to. */
function target(cpu: u32, wq: WorkqueueStruct, work: usize): PoolWorkqueue {
  const own_cpu = wq.flags & WQ_UNBOUND ? 0 : cpu == WORK_CPU_UNBOUND ? smp_processor_id() : cpu;
  const wanted = changetype<PoolWorkqueue>(load<usize>(pwq_slot(wq, own_cpu)));
  const last = last_pool(work);
  if (!changetype<usize>(last) || changetype<usize>(last) == wanted.pool) return wanted;
  const flags = lock_pool(last);
  const worker = find_executing(last, work);
  const running = changetype<PoolWorkqueue>(changetype<usize>(worker) ? worker.current_pwq : 0);
  unlock_pool(last, flags);
  return changetype<usize>(running) && running.wq == changetype<usize>(wq) ? running : wanted;
}

/** Queues an item whose pending bit the caller has set. Interrupts disabled. */
export function queue_pending(cpu: u32, wq: usize, work: usize): void {
  const queue = changetype<WorkqueueStruct>(wq);
  if (DEBUG && !list_next(entry_of(work))) {
    debug_print_object(cstr("activate not available"), cstr("work_struct"), ws(work).func);
    return set_data(work, 0);
  }
  if (queue.flags & __WQ_DRAINING && !is_chained(wq)) {
    pr(cstr("\x014workqueue: cannot queue %ps on wq %s"), ws(work).func, wq);
    WARN(cstr("work was queued on a workqueue that is being drained"));
    atomic.and<u32>(work, ~WORK_STRUCT_PENDING);
    return;
  }
  const pwq = target(cpu, queue, work);
  const pool = changetype<WorkerPool>(pwq.pool);
  const flags = lock_pool(pool);
  const data = <u32>changetype<usize>(pwq) | WORK_STRUCT_PENDING | WORK_STRUCT_PWQ | colour_begin(queue);
  if (pwq.nr_active < pwq.max_active && list_empty(inactive_of(pwq))) {
    pwq.nr_active++;
    set_data(work, data);
    activate(pool, work);
  } else {
    set_data(work, data | WORK_STRUCT_INACTIVE);
    list_add_tail(entry_of(work), inactive_of(pwq));
  }
  unlock_pool(pool, flags);
}

/** linux/workqueue.h. Queues an item to run on CPU `cpu` (WORK_CPU_UNBOUND: this one); false if it is pending already.
 *  Context: any. */
export function queue_work_on(cpu: i32, wq: usize, work: usize): bool {
  const flags = local_irq_save();
  const queued = !test_and_set_pending(work);
  if (queued) queue_pending(cpu, wq, work);
  local_irq_restore(flags);
  return queued;
}

/** linux/workqueue.h. Queues an item on a CPU of NUMA node `node`: there is one node. Context: any. */
export function queue_work_node(node: i32, wq: usize, work: usize): bool {
  return queue_work_on(WORK_CPU_UNBOUND, wq, work);
}

/** linux/workqueue.h. Queues an item on `wq`; false if it is pending already, on whatever queue. Inline in Linux.
 *  Context: any. */
export function queue_work(wq: usize, work: usize): bool {
  return queue_work_on(WORK_CPU_UNBOUND, wq, work);
}

// ── Delayed work ──

@inline
export function timer_of(dwork: usize): usize {
  return dwork + offsetof_delayed_work_timer;
}

/** Starts the timer of a delayed item whose pending bit the caller has set. Interrupts disabled. */
export function queue_delayed_pending(cpu: u32, wq: usize, dwork: usize, delay: u32): void {
  if (DEBUG && changetype<timer_list>(timer_of(dwork)).function_ != delayed_work_timer_fn.index) {
    WARN(cstr("a delayed work item that was not initialised as one"));
  }
  if (!delay) return queue_pending(cpu, wq, dwork);
  changetype<delayed_work>(dwork).wq = wq;
  changetype<delayed_work>(dwork).cpu = cpu;
  changetype<timer_list>(timer_of(dwork)).expires = jiffies() + delay;
  if (cpu < NR_CPUS) add_timer_on(timer_of(dwork), cpu);
  else add_timer(timer_of(dwork));
}

/** linux/workqueue.h. The timer function of delayed work: queues the item. Context: softirq, interrupts disabled. */
export function delayed_work_timer_fn(timer: usize): void {
  const dwork = timer - offsetof_delayed_work_timer;
  queue_pending(changetype<delayed_work>(dwork).cpu, changetype<delayed_work>(dwork).wq, dwork);
}

/** linux/workqueue.h. Queues an item after `delay` jiffies; false if it is pending already. Context: any. */
export function queue_delayed_work_on(cpu: i32, wq: usize, dwork: usize, delay: u32): bool {
  const flags = local_irq_save();
  const queued = !test_and_set_pending(dwork);
  if (queued) queue_delayed_pending(cpu, wq, dwork, delay);
  local_irq_restore(flags);
  return queued;
}
