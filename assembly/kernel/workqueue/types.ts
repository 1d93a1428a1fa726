// The structures of the workqueues, and where a work item says what it belongs to. Linux's own are private to
// kernel/workqueue.c; only the encoding of `work_struct.data` is seen by inline code:
//
//   queued:      struct pool_workqueue, 256-aligned │ colour (4) │ LINKED PWQ=1 INACTIVE PENDING=1
//   not queued:  number of the last pool (27)       │ CANCELING  │ 0      PWQ=0 0        PENDING
//
//   workqueue_struct ──► pool_workqueue (one per CPU, or one) ──► worker_pool ──► workers, work items

import {
  WORK_OFFQ_CANCELING,
  WORK_OFFQ_POOL_SHIFT,
  WORK_STRUCT_COLOR_SHIFT,
  WORK_STRUCT_PWQ,
  WORK_STRUCT_WQ_DATA_MASK,
  offsetof_work_struct_entry,
  work_struct,
} from "../../abi";

/** Where work items wait and workers take them from. */
@unmanaged
export class WorkerPool {
  lock: u32;
  id: u32;
  /** The CPU, or CPU_MAX: any. */
  cpu: u32;
  highpri: u32;
  /** list_head of work items that may run. */
  worklist: usize;
  worklist_prev: usize;
  /** list_head of workers that have started. */
  workers: usize;
  workers_prev: usize;
  /** list_head of Flushers. */
  flushers: usize;
  flushers_prev: usize;
  /** Tasks that were created and have not started. */
  spares: u32;
  /** Tasks alive. */
  tasks: u32;
  /** A task could not be created. */
  retry: u32;
}

/** A task that runs work items; lies on its shadow stack. */
@unmanaged
export class Worker {
  next: usize;
  prev: usize;
  task: usize;
  pool: usize;
  /** What it runs now; 0 in between. */
  current_work: usize;
  current_func: usize;
  current_pwq: usize;
  /** It is the workqueue's own, for want of memory. */
  rescuer: u32;
  /** list_head of items that were queued again while this worker ran them: they must not run on another one
   *  meanwhile. */
  scheduled: usize;
  scheduled_prev: usize;
  /** What set_worker_desc said about it. */
  desc0: u64;
  desc1: u64;
  desc2: u64;
}

export const WORKER_BYTES: usize = 80;
export const DESC_BYTES: u32 = 24;

/** A workqueue's share of a pool. 256-aligned: the low bits of its address are flags of a work item. */
@unmanaged
export class PoolWorkqueue {
  pool: usize;
  wq: usize;
  /** Items on the pool's worklist or running, and how many may be. */
  nr_active: u32;
  max_active: u32;
  /** list_head of items that wait until others end. */
  inactive: usize;
  inactive_prev: usize;
}

export const PWQ_BYTES: usize = 256;

@unmanaged
export class WorkqueueStruct {
  name0: u64;
  name1: u64;
  name2: u64;
  flags: u32;
  max_active: u32;
  /** drain_workqueue calls under way. */
  drainers: u32;
  /** Colours: items are queued with `head`; every item of a colour before `tail` has ended. Counters; a colour is one
   *  modulo WORK_NR_COLORS. */
  head: u32;
  tail: u32;
  /** The task that runs items when there is no memory for a worker; 0: WQ_MEM_RECLAIM is not set. */
  rescuer: usize;
  /** list_node among all workqueues. */
  list: usize;
  list_prev: usize;
  /** wait_queue_head of flushers. */
  wait: u32;
  wait_next: usize;
  wait_prev: usize;
  /** pool_workqueue of each CPU; the first serves all if the workqueue is not bound to CPUs. */
  pwq0: usize;
  pwq1: usize;
  pwq2: usize;
  pwq3: usize;
  /** Items of each colour that have not ended: u32[WORK_NR_COLORS]. */
  in_flight: u32;
}

export const WQ_BYTES: usize = offsetof<WorkqueueStruct>("in_flight") + 16 * 4;
export const WQ_NAME_LEN: u32 = 24;

/** Somebody who waits for one item; lies on the waiting task's shadow stack, followed by a completion. */
@unmanaged
export class Flusher {
  next: usize;
  prev: usize;
  work: usize;
  /** The worker that runs the item; 0 while it is still queued. */
  worker: usize;
  wq: usize;
}

export const FLUSHER_BYTES: usize = 48;

@inline
export function done_of(flusher: Flusher): usize {
  return changetype<usize>(flusher) + offsetof<Flusher>();
}

@inline
export function ws(work: usize): work_struct {
  return changetype<work_struct>(work);
}

@inline
export function entry_of(work: usize): usize {
  return work + offsetof_work_struct_entry;
}

@inline
export function work_of(entry: usize): usize {
  return entry - offsetof_work_struct_entry;
}

@inline
export function data_of(work: usize): u32 {
  return atomic.load<u32>(work);
}

@inline
export function set_data(work: usize, data: u32): void {
  atomic.store<u32>(work, data);
}

/** The pool_workqueue that the item is queued on, or 0. */
@inline
export function pwq_of(work: usize): PoolWorkqueue {
  const data = data_of(work);
  return changetype<PoolWorkqueue>(data & WORK_STRUCT_PWQ ? data & WORK_STRUCT_WQ_DATA_MASK : 0);
}

@inline
export function is_canceling(work: usize): bool {
  return (data_of(work) & (WORK_STRUCT_PWQ | WORK_OFFQ_CANCELING)) == WORK_OFFQ_CANCELING;
}

@inline
export function colour_of(data: u32): u32 {
  return (data >> WORK_STRUCT_COLOR_SHIFT) & 15;
}

/** What `data` is while the item is not queued: the pool that ran it last. */
@inline
export function off_queue(pool_id: u32): u32 {
  return pool_id << WORK_OFFQ_POOL_SHIFT;
}

@inline
export function worklist_of(pool: WorkerPool): usize {
  return changetype<usize>(pool) + offsetof<WorkerPool>("worklist");
}

@inline
export function workers_of(pool: WorkerPool): usize {
  return changetype<usize>(pool) + offsetof<WorkerPool>("workers");
}

@inline
export function flushers_of(pool: WorkerPool): usize {
  return changetype<usize>(pool) + offsetof<WorkerPool>("flushers");
}

@inline
export function scheduled_of(worker: Worker): usize {
  return changetype<usize>(worker) + offsetof<Worker>("scheduled");
}

@inline
export function inactive_of(pwq: PoolWorkqueue): usize {
  return changetype<usize>(pwq) + offsetof<PoolWorkqueue>("inactive");
}

@inline
export function wq_wait_of(wq: WorkqueueStruct): usize {
  return changetype<usize>(wq) + offsetof<WorkqueueStruct>("wait");
}

@inline
export function wq_list_of(wq: WorkqueueStruct): usize {
  return changetype<usize>(wq) + offsetof<WorkqueueStruct>("list");
}

@inline
export function in_flight_of(wq: WorkqueueStruct, colour: u32): usize {
  return changetype<usize>(wq) + offsetof<WorkqueueStruct>("in_flight") + (colour & 15) * 4;
}

@inline
export function pwq_slot(wq: WorkqueueStruct, cpu: u32): usize {
  return changetype<usize>(wq) + offsetof<WorkqueueStruct>("pwq0") + cpu * 4;
}
