// kernel/workqueue.c: workqueues as drivers make them, and the system's own. How items run: workqueue/pool.

import {
  ENODEV,
  GFP_KERNEL,
  WORK_CPU_UNBOUND,
  WORK_STRUCT_NO_POOL,
  WQ_DFL_ACTIVE,
  WQ_FREEZABLE,
  WQ_HIGHPRI,
  WQ_MAX_ACTIVE,
  WQ_MEM_RECLAIM,
  WQ_POWER_EFFICIENT,
  WQ_UNBOUND,
  __WQ_ORDERED,
  __WQ_ORDERED_EXPLICIT,
  sizeof_work_struct,
} from "../abi";
import { smp_processor_id } from "../arch/wasm/cpu";
import { BOOT_NR_CPUS, CPU_MAX } from "../arch/wasm/memory";
import { in_interrupt } from "../arch/wasm/preempt";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { INIT_LIST_HEAD, list_empty } from "../lib/list";
import { vsnprintf } from "../lib/vsprintf";
import { kzalloc } from "../mm/kmalloc";
import { kfree } from "../mm/slub";
import { BUG, WARN } from "./panic";
import { pr } from "./printk/printk";
import { init_waitqueue_head } from "./sched/wait";
import { cancel_init, flush_work } from "./workqueue/cancel";
import { drain_workqueue } from "./workqueue/flush";
import { current_worker, lock_pool, pool_of, pools_init, unlock_pool } from "./workqueue/pool";
import { activate_first } from "./workqueue/process";
import { queue_work_on } from "./workqueue/queue";
import { rescuer_create, rescuer_free } from "./workqueue/rescuer";
import { workqueue_add, workqueue_remove, workqueues_init } from "./workqueue/show";
import {
  DESC_BYTES,
  PWQ_BYTES,
  PoolWorkqueue,
  WQ_BYTES,
  WQ_NAME_LEN,
  Worker,
  WorkerPool,
  WorkqueueStruct,
  entry_of,
  inactive_of,
  pwq_slot,
  set_data,
  wq_wait_of,
  ws,
} from "./workqueue/types";

/** linux/workqueue.h. The usual workqueue of schedule_work(), struct workqueue_struct *. */
export const system_wq: usize = memory.data(4, 4);
/** linux/workqueue.h. The system's workqueue of high priority. */
export const system_highpri_wq: usize = memory.data(4, 4);
/** linux/workqueue.h. The system's workqueue for items that run long. */
export const system_long_wq: usize = memory.data(4, 4);
/** linux/workqueue.h. The system's workqueue that is not bound to a CPU. */
export const system_unbound_wq: usize = memory.data(4, 4);
/** linux/workqueue.h. The system's workqueue that a suspend freezes: here nothing suspends. */
export const system_freezable_wq: usize = memory.data(4, 4);
/** linux/workqueue.h. The system's workqueue that may save power by not being bound to a CPU. */
export const system_power_efficient_wq: usize = memory.data(4, 4);
/** linux/workqueue.h. system_power_efficient_wq, freezable. */
export const system_freezable_power_efficient_wq: usize = memory.data(4, 4);

// ── Making and ending workqueues ──

function free_wq(wq: usize): void {
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) kfree(load<usize>(pwq_slot(changetype<WorkqueueStruct>(wq), cpu)));
  kfree(wq);
}

function add_pwq(wq: WorkqueueStruct, slot: u32, cpu: u32): bool {
  const address = kzalloc(PWQ_BYTES, GFP_KERNEL);
  if (!address) return false;
  if (address & (PWQ_BYTES - 1)) BUG(cstr("workqueue: kmalloc(256) is not aligned to 256"));
  const pwq = changetype<PoolWorkqueue>(address);
  pwq.wq = changetype<usize>(wq);
  pwq.pool = changetype<usize>(pool_of(cpu, (wq.flags & WQ_HIGHPRI) != 0));
  pwq.max_active = wq.max_active;
  INIT_LIST_HEAD(inactive_of(pwq));
  store<usize>(pwq_slot(wq, slot), address);
  return true;
}

/** One share for each CPU, or one for all. */
function add_pwqs(wq: WorkqueueStruct): bool {
  if (wq.flags & WQ_UNBOUND) return add_pwq(wq, 0, CPU_MAX);
  for (let cpu: u32 = 0; cpu < load<u32>(BOOT_NR_CPUS); cpu++) {
    if (!add_pwq(wq, cpu, cpu)) return false;
  }
  return true;
}

/** linux/workqueue.h. Makes a workqueue; `fmt` and `args` give its name, `flags` WQ_*, `max_active` how many items
 *  may run or sleep at a time on a CPU (0: 256). NULL without memory. Context: process.
 *  (Differs: tasks have no priorities, so WQ_HIGHPRI only keeps items apart from others.) */
export function alloc_workqueue(fmt: usize, flags: u32, max_active: i32, args: usize): usize {
  const wq = kzalloc(WQ_BYTES, GFP_KERNEL);
  if (!wq) return 0;
  const queue = changetype<WorkqueueStruct>(wq);
  // A workqueue that runs one item at a time on any CPU keeps their order.
  if (flags & WQ_UNBOUND && max_active == 1) flags |= __WQ_ORDERED;
  vsnprintf(wq, WQ_NAME_LEN, fmt, args);
  queue.flags = flags;
  queue.max_active = clamp_max_active(max_active ? max_active : WQ_DFL_ACTIVE, wq);
  init_waitqueue_head(wq_wait_of(queue));
  if (!add_pwqs(queue) || (flags & WQ_MEM_RECLAIM && !rescuer_create(wq))) {
    free_wq(wq);
    return 0;
  }
  workqueue_add(queue);
  return wq;
}

function clamp_max_active(wanted: i32, wq: usize): u32 {
  const clamped = min<i32>(max<i32>(wanted, 1), WQ_MAX_ACTIVE);
  if (clamped != wanted) {
    pr(
      cstr("\x014workqueue: max_active %d requested for %s is out of range, clamping between %d and %d"),
      wanted,
      wq,
      1,
      WQ_MAX_ACTIVE,
    );
  }
  return clamped;
}

/** linux/workqueue.h. Runs what is queued and frees the workqueue. Context: process. */
export function destroy_workqueue(wq: usize): void {
  drain_workqueue(wq);
  workqueue_remove(changetype<WorkqueueStruct>(wq));
  rescuer_free(wq);
  free_wq(wq);
}

/** linux/workqueue.h. Changes how many items may run or sleep at a time; of an ordered workqueue that is one for ever.
 *  Context: process. */
export function workqueue_set_max_active(wq: usize, max_active: i32): void {
  const queue = changetype<WorkqueueStruct>(wq);
  if (queue.flags & __WQ_ORDERED_EXPLICIT) return WARN(cstr("workqueue_set_max_active of an ordered workqueue"));
  queue.flags &= ~__WQ_ORDERED;
  queue.max_active = clamp_max_active(max_active, wq);
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) {
    const pwq = changetype<PoolWorkqueue>(load<usize>(pwq_slot(queue, cpu)));
    if (!changetype<usize>(pwq)) continue;
    const pool = changetype<WorkerPool>(pwq.pool);
    const flags = lock_pool(pool);
    pwq.max_active = queue.max_active;
    activate_first(pwq);
    unlock_pool(pool, flags);
  }
}

/** linux/workqueue.h. Whether items of `wq` wait because max_active others run; a hint. Context: any. */
export function workqueue_congested(cpu: i32, wq: usize): bool {
  const queue = changetype<WorkqueueStruct>(wq);
  const own_cpu = queue.flags & WQ_UNBOUND ? 0 : cpu == WORK_CPU_UNBOUND ? smp_processor_id() : cpu;
  return !list_empty(inactive_of(changetype<PoolWorkqueue>(load<usize>(pwq_slot(queue, own_cpu)))));
}

// ── Workers and items ──

/** linux/workqueue.h. The work item that the running task executes, or NULL. Context: process. */
export function current_work(): usize {
  const worker = current_worker();
  return changetype<usize>(worker) ? worker.current_work : 0;
}

/** linux/workqueue.h. Says, for reports, what the running work item is about. Context: process. */
export function set_worker_desc(fmt: usize, args: usize): void {
  const worker = current_worker();
  if (!changetype<usize>(worker)) return;
  vsnprintf(changetype<usize>(worker) + offsetof<Worker>("desc0"), DESC_BYTES, fmt, args);
}

/** A work item, idle, that calls `func(struct work_struct *)`. */
export function INIT_WORK(work: usize, func: usize): void {
  set_data(work, WORK_STRUCT_NO_POOL);
  INIT_LIST_HEAD(entry_of(work));
  ws(work).func = func;
}

/** linux/workqueue.h. Queues an item on system_wq; false if it is pending already. Context: any. */
export function schedule_work(work: usize): bool {
  return queue_work_on(WORK_CPU_UNBOUND, load<usize>(system_wq), work);
}

/** linux/workqueue.h. Calls `fn(struct work_struct *)` at once (0), or in interrupt context through system_wq (1).
 *  Context: any. */
export function execute_in_process_context(fn: usize, ew: usize): i32 {
  if (!in_interrupt()) {
    call_indirect<void>(<u32>fn, ew);
    return 0;
  }
  INIT_WORK(ew, fn);
  schedule_work(ew);
  return 1;
}

/** linux/workqueue.h. In Linux, the compiler's warning for flushing the system's workqueues hangs on this name; it does
 *  nothing. Context: any. */
export function __warn_flushing_systemwide_wq(): void {}

/** A work item that calls a function on a CPU; lies on the caller's shadow stack. */
@unmanaged
class WorkForCpu {
  work0: u64;
  work1: u64;
  fn: usize;
  arg: usize;
  result: i32;
}

function work_for_cpu(work: usize): void {
  const call = changetype<WorkForCpu>(work);
  call.result = call_indirect<i32>(<u32>call.fn, call.arg);
}

/** linux/workqueue.h. Sleeps until `fn(arg)` has run on CPU `cpu`; what it returned. Context: process. */
export function work_on_cpu_key(cpu: i32, fn: usize, arg: usize, key: usize): i32 {
  const work = stack_alloc(32);
  INIT_WORK(work, work_for_cpu.index);
  changetype<WorkForCpu>(work).fn = fn;
  changetype<WorkForCpu>(work).arg = arg;
  queue_work_on(cpu, load<usize>(system_wq), work);
  flush_work(work);
  const result = changetype<WorkForCpu>(work).result;
  stack_free(32);
  return result;
}

/** linux/workqueue.h. work_on_cpu_key, or -ENODEV if there is no such CPU. Context: process. */
export function work_on_cpu_safe_key(cpu: i32, fn: usize, arg: usize, key: usize): i32 {
  return <u32>cpu < load<u32>(BOOT_NR_CPUS) ? work_on_cpu_key(cpu, fn, arg, key) : -ENODEV;
}

/** linux/workqueue.h. Sleeps until `func(struct work_struct *)` has run on every CPU; 0. Context: process. */
export function schedule_on_each_cpu(func: usize): i32 {
  const work = stack_alloc(sizeof_work_struct);
  for (let cpu: u32 = 0; cpu < load<u32>(BOOT_NR_CPUS); cpu++) {
    INIT_WORK(work, func);
    queue_work_on(cpu, load<usize>(system_wq), work);
    flush_work(work);
  }
  stack_free(sizeof_work_struct);
  return 0;
}

function make_system_wq(symbol: usize, name: usize, flags: u32): void {
  const wq = alloc_workqueue(name, flags, 0, 0);
  if (!wq) BUG(cstr("workqueue_init: no memory for the system's workqueues"));
  store<usize>(symbol, wq);
}

/** The system's workqueues. After the allocator. */
export function workqueue_init(): void {
  pools_init();
  workqueues_init();
  cancel_init();
  make_system_wq(system_wq, cstr("events"), 0);
  make_system_wq(system_highpri_wq, cstr("events_highpri"), WQ_HIGHPRI);
  make_system_wq(system_long_wq, cstr("events_long"), 0);
  make_system_wq(system_unbound_wq, cstr("events_unbound"), WQ_UNBOUND);
  make_system_wq(system_freezable_wq, cstr("events_freezable"), WQ_FREEZABLE);
  make_system_wq(system_power_efficient_wq, cstr("events_power_efficient"), WQ_POWER_EFFICIENT);
  make_system_wq(
    system_freezable_power_efficient_wq,
    cstr("events_freezable_power_efficient"),
    WQ_FREEZABLE | WQ_POWER_EFFICIENT,
  );
}
