// Worker pools: two for each CPU, of normal and of high priority, and two for any CPU. A worker is a task that exists
// while its pool has something to run: it is created with the first item and ends when the worklist is empty. While
// items are left, a worker that starts one creates a spare behind itself, which goes on if that item sleeps. Up to the
// workqueues' max_active items sleep at a time; the CPU runs one after the other.

import { PF_WQ_WORKER, task_struct } from "../../abi";
import { smp_processor_id, this_cpu } from "../../arch/wasm/cpu";
import { current } from "../../arch/wasm/current";
import { CPU_MAX } from "../../arch/wasm/memory";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_empty, list_next } from "../../lib/list";
import { snprintf_ } from "../../lib/vsprintf";
import {
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "../locking/spinlock";
import { __cond_resched, kthread_run_on } from "../sched/core";
import { jiffies } from "../time/jiffies";
import { process_work } from "./process";
import { send_mayday } from "./rescuer";
import {
  WORKER_BYTES,
  Worker,
  WorkerPool,
  flushers_of,
  scheduled_of,
  work_of,
  workers_of,
  worklist_of,
  ws,
} from "./types";

export const NR_POOLS: u32 = CPU_MAX * 2 + 2;
const pools = memory.data(10 * 64, 8);

/** Some pool lacks a task. */
const retry = memory.data(4, 4);

@inline
export function pool_by_id(id: u32): WorkerPool {
  return changetype<WorkerPool>(id < NR_POOLS ? pools + id * 64 : 0);
}

/** The pool for items of CPU `cpu` (CPU_MAX: any CPU). */
export function pool_of(cpu: u32, highpri: bool): WorkerPool {
  return pool_by_id(cpu * 2 + (highpri ? 1 : 0));
}

@inline
export function lock_pool(pool: WorkerPool): u32 {
  return _raw_spin_lock_irqsave(changetype<usize>(pool));
}

@inline
export function unlock_pool(pool: WorkerPool, flags: u32): void {
  _raw_spin_unlock_irqrestore(changetype<usize>(pool), flags);
}

export function pools_init(): void {
  for (let id: u32 = 0; id < NR_POOLS; id++) {
    const pool = pool_by_id(id);
    pool.id = id;
    pool.cpu = id / 2;
    pool.highpri = id & 1;
    INIT_LIST_HEAD(worklist_of(pool));
    INIT_LIST_HEAD(workers_of(pool));
    INIT_LIST_HEAD(flushers_of(pool));
  }
}

// ── Tasks ──

function create_worker(pool: WorkerPool): void {
  const name = stack_alloc(16);
  const high = pool.highpri ? cstr("H") : cstr("");
  if (pool.cpu < CPU_MAX) snprintf_(name, 16, cstr("kworker/%u:%u%s"), pool.cpu, pool.tasks, high);
  else snprintf_(name, 16, cstr("kworker/u%u:%u%s"), CPU_MAX, pool.tasks, high);
  const cpu = pool.cpu < CPU_MAX ? pool.cpu : smp_processor_id();
  const task = kthread_run_on(cpu, worker_thread.index, changetype<usize>(pool), name);
  stack_free(16);
  if (task) {
    pool.spares++;
    pool.tasks++;
  } else {
    pool.retry = 1; // no memory: the next tick tries again
    store<u32>(retry, 1);
    send_mayday(pool);
  }
}

/** Makes sure that a task will look at the worklist. Pool locked. */
export function ensure_worker(pool: WorkerPool): void {
  if (!pool.spares && !list_empty(worklist_of(pool))) create_worker(pool);
}

/** The tick: creates the tasks for which there was no memory. */
export function workqueue_tick(): void {
  if (!load<u32>(retry)) return;
  store<u32>(retry, 0);
  for (let id: u32 = 0; id < NR_POOLS; id++) {
    const pool = pool_by_id(id);
    if (!pool.retry) continue;
    const flags = lock_pool(pool);
    pool.retry = 0;
    ensure_worker(pool);
    unlock_pool(pool, flags);
  }
}

/** Whether a pool waits for memory for a task. */
export function workqueue_waiting(): bool {
  return load<u32>(retry) != 0;
}

/** The worker of `pool` that runs `work` right now, or 0. Pool locked. */
export function find_executing(pool: WorkerPool, work: usize): Worker {
  for (let at = list_next(workers_of(pool)); at != workers_of(pool); at = list_next(at)) {
    // Memory may have been reused: the same function as well, or it is another item at this address.
    const worker = changetype<Worker>(at);
    if (worker.current_work == work && worker.current_func == ws(work).func) return worker;
  }
  return changetype<Worker>(0);
}

function worker_of(task: task_struct): Worker {
  return changetype<Worker>(task.flags & PF_WQ_WORKER ? task.worker_private : 0);
}

/** The worker that the running task is, or 0. */
export function current_worker(): Worker {
  return worker_of(current());
}

/** The function of the work item that `task` runs, or 0. */
export function worker_func(task: usize): usize {
  const worker = worker_of(changetype<task_struct>(task));
  return changetype<usize>(worker) ? worker.current_func : 0;
}

/** Takes an item off the worklist; 0 if another worker runs it, to which it is left. Pool locked. */
export function take(pool: WorkerPool, entry: usize): usize {
  const running = find_executing(pool, work_of(entry));
  list_del(entry);
  if (!changetype<usize>(running)) return work_of(entry);
  list_add_tail(entry, scheduled_of(running));
  return 0;
}

/** Takes the first item that no other worker runs. Pool locked. */
function take_work(pool: WorkerPool): usize {
  let work: usize = 0;
  while (!work && !list_empty(worklist_of(pool))) work = take(pool, list_next(worklist_of(pool)));
  return work;
}

/** Lets other tasks run if this one has had the CPU across a tick; when it last gave it away, in jiffies. */
function be_fair(pool: WorkerPool, since: u32): u32 {
  if (jiffies() == since) return since;
  _raw_spin_unlock_irq(changetype<usize>(pool));
  __cond_resched();
  _raw_spin_lock_irq(changetype<usize>(pool));
  return jiffies();
}

/** Runs an item and those that were queued again meanwhile. Pool locked; unlocked while they run. */
export function run_work(pool: WorkerPool, worker: Worker, work: usize): void {
  process_work(pool, worker, work);
  while (!list_empty(scheduled_of(worker))) {
    const entry = list_next(scheduled_of(worker));
    list_del(entry);
    process_work(pool, worker, work_of(entry));
  }
}

/** Makes the running task a worker of the pool, which is locked then; what is known of it lies on its stack. */
export function worker_begin(pool: WorkerPool): Worker {
  const worker = changetype<Worker>(stack_alloc(WORKER_BYTES));
  memory.fill(changetype<usize>(worker), 0, WORKER_BYTES);
  worker.task = this_cpu().current;
  current().flags |= PF_WQ_WORKER;
  current().worker_private = changetype<usize>(worker);
  worker.pool = changetype<usize>(pool);
  INIT_LIST_HEAD(scheduled_of(worker));
  _raw_spin_lock_irq(changetype<usize>(pool));
  list_add_tail(changetype<usize>(worker), workers_of(pool));
  return worker;
}

/** The running task is no worker any more, and the pool unlocked. */
export function worker_end(pool: WorkerPool, worker: Worker): void {
  list_del(changetype<usize>(worker));
  current().flags &= ~PF_WQ_WORKER;
  current().worker_private = 0;
  _raw_spin_unlock_irq(changetype<usize>(pool));
  stack_free(WORKER_BYTES);
}

function worker_thread(data: usize): void {
  const pool = changetype<WorkerPool>(data);
  const worker = worker_begin(pool);
  pool.spares--;
  let since = jiffies();
  for (let work = take_work(pool); work; work = take_work(pool)) {
    ensure_worker(pool);
    run_work(pool, worker, work);
    since = be_fair(pool, since);
  }
  pool.tasks--;
  worker_end(pool, worker);
}
