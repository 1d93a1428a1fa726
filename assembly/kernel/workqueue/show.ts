// What the workqueues have to do (kernel/workqueue.c, show_all_workqueues): in the log, with the functions of the items.

import { task_struct } from "../../abi";
import { CPU_MAX } from "../../arch/wasm/memory";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_empty, list_next } from "../../lib/list";
import { seq_init, seq_printf, seq_text } from "../../lib/seq_buf";
import {
  _raw_spin_lock_irqsave,
  _raw_spin_trylock,
  _raw_spin_unlock,
  _raw_spin_unlock_irqrestore,
} from "../locking/spinlock";
import { __cpu_online_mask, nr_cpu_ids } from "../cpu";
import { pr } from "../printk/printk";
import { NR_POOLS, lock_pool, pool_by_id, unlock_pool } from "./pool";
import {
  PoolWorkqueue,
  Worker,
  WorkerPool,
  WorkqueueStruct,
  inactive_of,
  pwq_of,
  pwq_slot,
  scheduled_of,
  work_of,
  workers_of,
  worklist_of,
  wq_list_of,
  ws,
} from "./types";

/** list_head of all workqueues, and the lock over it. */
const workqueues = memory.data(8, 4);
const lock = memory.data(4, 4);

const LINE_BYTES: u32 = 512;
const line = memory.data(512);

export function workqueues_init(): void {
  INIT_LIST_HEAD(workqueues);
}

export function workqueue_add(wq: WorkqueueStruct): void {
  const flags = _raw_spin_lock_irqsave(lock);
  list_add_tail(wq_list_of(wq), workqueues);
  _raw_spin_unlock_irqrestore(lock, flags);
}

export function workqueue_remove(wq: WorkqueueStruct): void {
  const flags = _raw_spin_lock_irqsave(lock);
  list_del(wq_list_of(wq));
  _raw_spin_unlock_irqrestore(lock, flags);
}

@inline
function wq_of(entry: usize): WorkqueueStruct {
  return changetype<WorkqueueStruct>(entry - offsetof<WorkqueueStruct>("list"));
}

@inline
function pwq_at(wq: WorkqueueStruct, cpu: u32): PoolWorkqueue {
  return changetype<PoolWorkqueue>(load<usize>(pwq_slot(wq, cpu)));
}

// ── Who waits at an address ──

function within(list: usize, from: usize, size: usize): usize {
  for (let at = list_next(list); at != list; at = list_next(at)) if (work_of(at) - from < size) return work_of(at);
  return 0;
}

function within_pool(pool: WorkerPool, from: usize, size: usize): usize {
  let found = within(worklist_of(pool), from, size);
  for (let at = list_next(workers_of(pool)); at != workers_of(pool) && !found; at = list_next(at)) {
    found = within(scheduled_of(changetype<Worker>(at)), from, size);
  }
  return found;
}

/** A queued item that lies within [from, from + size), or 0. A pool that is locked is left out: memory is freed also while
 *  an item is queued, when no task can be made for it. */
export function work_within(from: usize, size: usize): usize {
  if (!list_next(workqueues)) return 0; // memory is freed before there are workqueues, too
  let found: usize = 0;
  const flags = _raw_spin_lock_irqsave(lock);
  for (let id: u32 = 0; id < NR_POOLS && !found; id++) {
    const pool = pool_by_id(id);
    if (!_raw_spin_trylock(changetype<usize>(pool))) continue;
    found = within_pool(pool, from, size);
    _raw_spin_unlock(changetype<usize>(pool));
  }
  for (let at = list_next(workqueues); at != workqueues; at = list_next(at)) {
    for (let cpu: u32 = 0; cpu < CPU_MAX && !found; cpu++) {
      const pwq = pwq_at(wq_of(at), cpu);
      if (changetype<usize>(pwq)) found = within(inactive_of(pwq), from, size);
    }
  }
  _raw_spin_unlock_irqrestore(lock, flags);
  return found;
}

// ── The dump ──

function flush_line(s: usize): void {
  pr(cstr("\x016%s"), seq_text(s));
}

/** " cpus=0 node=0 flags=0x0 nice=0": pools of no CPU in particular have Linux's flag POOL_DISASSOCIATED. */
function print_pool(s: usize, pool: WorkerPool): void {
  if (pool.cpu < CPU_MAX) seq_printf(s, cstr(" cpus=%u node=0 flags=0x0"), pool.cpu);
  else seq_printf(s, cstr(" cpus=%*pbl flags=0x4"), load<u32>(nr_cpu_ids), __cpu_online_mask);
  seq_printf(s, cstr(" nice=%d"), pool.highpri ? -20 : 0);
}

/** Prints the items of a list that are the share's, after `title`. */
function print_items(title: usize, list: usize, pwq: PoolWorkqueue): void {
  const s = seq_init(line, LINE_BYTES);
  let separator = title;
  for (let at = list_next(list); at != list; at = list_next(at)) {
    if (changetype<usize>(pwq_of(work_of(at))) != changetype<usize>(pwq)) continue;
    seq_printf(s, cstr("%s %ps"), separator, ws(work_of(at)).func);
    separator = cstr(",");
  }
  if (separator != title) flush_line(s);
}

function print_running(pool: WorkerPool, pwq: PoolWorkqueue): void {
  const s = seq_init(line, LINE_BYTES);
  const title = cstr("    in-flight:");
  let separator = title;
  for (let at = list_next(workers_of(pool)); at != workers_of(pool); at = list_next(at)) {
    const worker = changetype<Worker>(at);
    if (worker.current_pwq != changetype<usize>(pwq)) continue;
    const pid = changetype<task_struct>(worker.task).pid;
    seq_printf(
      s,
      cstr("%s %d%s:%ps"),
      separator,
      pid,
      worker.rescuer ? cstr("(RESCUER)") : cstr(""),
      worker.current_func,
    );
    for (let item = list_next(scheduled_of(worker)); item != scheduled_of(worker); item = list_next(item)) {
      seq_printf(s, cstr(", %ps"), ws(work_of(item)).func);
    }
    separator = cstr(",");
  }
  if (separator != title) flush_line(s);
}

@inline
function is_busy(pwq: PoolWorkqueue): bool {
  return changetype<usize>(pwq) != 0 && (pwq.nr_active != 0 || !list_empty(inactive_of(pwq)));
}

function show_pwq(pwq: PoolWorkqueue): void {
  const pool = changetype<WorkerPool>(pwq.pool);
  const flags = lock_pool(pool);
  const s = seq_init(line, LINE_BYTES);
  seq_printf(s, cstr("  pwq %u:"), pool.id);
  print_pool(s, pool);
  seq_printf(s, cstr(" active=%u/%u"), pwq.nr_active, pwq.max_active);
  flush_line(s);
  print_running(pool, pwq);
  print_items(cstr("    pending:"), worklist_of(pool), pwq);
  print_items(cstr("    inactive:"), inactive_of(pwq), pwq);
  unlock_pool(pool, flags);
}

function show_one_workqueue(wq: WorkqueueStruct): void {
  let busy = false;
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) busy = busy || is_busy(pwq_at(wq, cpu));
  if (!busy) return;
  pr(cstr("\x016workqueue %s: flags=0x%x"), changetype<usize>(wq), wq.flags);
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) if (is_busy(pwq_at(wq, cpu))) show_pwq(pwq_at(wq, cpu));
}

function show_one_pool(pool: WorkerPool): void {
  if (!pool.tasks) return;
  const s = seq_init(line, LINE_BYTES);
  seq_printf(s, cstr("pool %u:"), pool.id);
  print_pool(s, pool);
  seq_printf(s, cstr(" workers=%u"), pool.tasks);
  flush_line(s);
}

/** linux/workqueue.h. Prints the workqueues that have items, these with their functions, and the pools that have tasks. */
export function show_all_workqueues(): void {
  pr(cstr("\x016Showing busy workqueues and worker pools:"));
  const flags = _raw_spin_lock_irqsave(lock);
  for (let at = list_next(workqueues); at != workqueues; at = list_next(at)) show_one_workqueue(wq_of(at));
  _raw_spin_unlock_irqrestore(lock, flags);
  for (let id: u32 = 0; id < NR_POOLS; id++) show_one_pool(pool_by_id(id));
}
