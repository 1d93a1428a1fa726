// kernel/kthread.c, kthread_worker: a kthread that runs work items of its own, one after the other, in their order.

import {
  ENOMEM,
  GFP_KERNEL,
  TASK_INTERRUPTIBLE,
  TASK_RUNNING,
  kthread_delayed_work,
  kthread_work,
  kthread_worker,
  offsetof_kthread_delayed_work_timer,
  offsetof_kthread_work_node,
  offsetof_kthread_worker_delayed_work_list,
  offsetof_kthread_worker_lock,
  offsetof_kthread_worker_work_list,
  sizeof_completion,
  sizeof_kthread_work,
  sizeof_kthread_worker,
  timer_list,
} from "../abi";
import { this_cpu } from "../arch/wasm/cpu";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { DEBUG } from "../flavour";
import { ERR_PTR, IS_ERR } from "../lib/err";
import { INIT_LIST_HEAD, list_add, list_add_tail, list_del, list_empty, list_next } from "../lib/list";
import { kzalloc } from "../mm/kmalloc";
import { kfree } from "../mm/slub";
import { callback_enter, callback_leave } from "./debug/callback";
import { kthread_bind, kthread_create, kthread_should_stop, kthread_stop } from "./kthread";
import {
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "./locking/spinlock";
import { WARN } from "./panic";
import { complete, init_completion, wait_for_completion } from "./sched/completion";
import { __cond_resched, schedule, set_current_state, wake_up_process } from "./sched/core";
import { jiffies } from "./time/jiffies";
import { add_timer, timer_delete_sync } from "./time/timer";

@inline
function kw(work: usize): kthread_work {
  return changetype<kthread_work>(work);
}

@inline
function node_of(work: usize): usize {
  return work + offsetof_kthread_work_node;
}

@inline
function lock_of(worker: usize): usize {
  return worker + offsetof_kthread_worker_lock;
}

@inline
function work_list_of(worker: usize): usize {
  return worker + offsetof_kthread_worker_work_list;
}

@inline
function timer_of(dwork: usize): usize {
  return dwork + offsetof_kthread_delayed_work_timer;
}

// ── The worker ──

/** linux/kthread.h. Readies a struct kthread_worker that has no task yet; `name` and `key` are lockdep's. Context: any. */
export function __kthread_init_worker(worker: usize, name: usize, key: usize): void {
  memory.fill(worker, 0, sizeof_kthread_worker);
  INIT_LIST_HEAD(work_list_of(worker));
  INIT_LIST_HEAD(worker + offsetof_kthread_worker_delayed_work_list);
}

/** Takes the first item off the list: what the worker runs now, or 0. */
function take(worker: usize): usize {
  _raw_spin_lock_irq(lock_of(worker));
  let work: usize = 0;
  if (!list_empty(work_list_of(worker))) {
    work = list_next(work_list_of(worker)) - offsetof_kthread_work_node;
    unlink(work);
  }
  changetype<kthread_worker>(worker).current_work = work;
  _raw_spin_unlock_irq(lock_of(worker));
  return work;
}

function run(work: usize): void {
  const func = kw(work).func;
  const state = callback_enter();
  call_indirect<void>(<u32>func, work);
  if (DEBUG) callback_leave(state, func);
}

/** linux/kthread.h. The function of a worker's kthread, whose data is the struct kthread_worker: runs what is queued until
 *  kthread_stop(). 0. Context: the kthread. */
export function kthread_worker_fn(worker: usize): i32 {
  const own = changetype<kthread_worker>(worker);
  if (own.task && own.task != this_cpu().current) WARN(cstr("a kthread_worker with two tasks"));
  own.task = this_cpu().current;
  for (;;) {
    set_current_state(TASK_INTERRUPTIBLE);
    if (kthread_should_stop()) break;
    const work = take(worker);
    if (work) {
      set_current_state(TASK_RUNNING);
      run(work);
    } else {
      schedule();
    }
    __cond_resched();
  }
  set_current_state(TASK_RUNNING);
  _raw_spin_lock_irq(lock_of(worker));
  own.task = 0;
  _raw_spin_unlock_irq(lock_of(worker));
  return 0;
}

/** Makes a worker and its task, which runs on `cpu` unless that is negative. */
function create_worker(cpu: i32, flags: u32, namefmt: usize, args: usize): usize {
  const worker = kzalloc(sizeof_kthread_worker, GFP_KERNEL);
  if (!worker) return ERR_PTR(-ENOMEM);
  __kthread_init_worker(worker, 0, 0);
  const task = kthread_create(kthread_worker_fn.index, worker, namefmt, args);
  if (IS_ERR(task)) {
    kfree(worker);
    return task;
  }
  if (cpu >= 0) kthread_bind(task, cpu);
  changetype<kthread_worker>(worker).flags = flags;
  changetype<kthread_worker>(worker).task = task;
  wake_up_process(task);
  return worker;
}

/** linux/kthread.h. Makes a worker with a kthread of the given name; `flags` KTW_FREEZABLE. The struct kthread_worker, or
 *  ERR_PTR(-ENOMEM). Context: process. */
export function kthread_create_worker(flags: u32, namefmt: usize, args: usize): usize {
  return create_worker(-1, flags, namefmt, args);
}

/** linux/kthread.h. kthread_create_worker(), bound to CPU `cpu`. Context: process. */
export function kthread_create_worker_on_cpu(cpu: i32, flags: u32, namefmt: usize, args: usize): usize {
  return create_worker(cpu, flags, namefmt, args);
}

/** linux/kthread.h. Runs what is queued, ends the worker's task and frees the worker. Context: process. */
export function kthread_destroy_worker(worker: usize): void {
  const task = changetype<kthread_worker>(worker).task;
  if (!task) return WARN(cstr("kthread_destroy_worker of a worker without a task"));
  kthread_flush_worker(worker);
  kthread_stop(task);
  if (!list_empty(work_list_of(worker))) WARN(cstr("kthread_destroy_worker: work was queued meanwhile"));
  kfree(worker);
}

// ── Queueing ──

function unlink(work: usize): void {
  list_del(node_of(work));
  INIT_LIST_HEAD(node_of(work));
}

/** An item that is queued, or waits for its timer, or that somebody cancels, stays as it is. Worker locked. */
@inline
function blocked(work: usize): bool {
  return !list_empty(node_of(work)) || kw(work).canceling != 0;
}

function check_worker(worker: usize, work: usize): void {
  if (kw(work).worker && kw(work).worker != worker) WARN(cstr("a kthread_work was queued on two workers"));
}

/** Worker locked. */
function insert(worker: usize, work: usize, before: usize): void {
  check_worker(worker, work);
  list_add_tail(node_of(work), before);
  kw(work).worker = worker;
  const own = changetype<kthread_worker>(worker);
  if (!own.current_work && own.task) wake_up_process(own.task);
}

/** linux/kthread.h. Queues an item on a worker; false if it is pending already, or being cancelled. Context: any. */
export function kthread_queue_work(worker: usize, work: usize): bool {
  const flags = _raw_spin_lock_irqsave(lock_of(worker));
  const queued = !blocked(work);
  if (queued) insert(worker, work, work_list_of(worker));
  _raw_spin_unlock_irqrestore(lock_of(worker), flags);
  return queued;
}

/** Worker locked. */
function queue_delayed(worker: usize, dwork: usize, delay: u32): void {
  const work = changetype<usize>(changetype<kthread_delayed_work>(dwork).work);
  if (!delay) return insert(worker, work, work_list_of(worker));
  check_worker(worker, work);
  list_add(node_of(work), worker + offsetof_kthread_worker_delayed_work_list);
  kw(work).worker = worker;
  changetype<timer_list>(timer_of(dwork)).expires = jiffies() + delay;
  add_timer(timer_of(dwork));
}

/** linux/kthread.h. Queues an item after `delay` jiffies; false if it is pending already. Context: any. */
export function kthread_queue_delayed_work(worker: usize, dwork: usize, delay: u32): bool {
  const flags = _raw_spin_lock_irqsave(lock_of(worker));
  const queued = !blocked(dwork);
  if (queued) queue_delayed(worker, dwork, delay);
  _raw_spin_unlock_irqrestore(lock_of(worker), flags);
  return queued;
}

/** linux/kthread.h. The timer function of a struct kthread_delayed_work: queues the item. Context: softirq, interrupts
 *  disabled. */
export function kthread_delayed_work_timer_fn(timer: usize): void {
  const work = timer - offsetof_kthread_delayed_work_timer;
  const worker = kw(work).worker;
  if (!worker) return WARN(cstr("a kthread_delayed_work was initialised while its timer ran"));
  const flags = _raw_spin_lock_irqsave(lock_of(worker));
  check_worker(worker, work);
  if (list_empty(node_of(work))) WARN(cstr("the timer of a kthread_delayed_work that is not queued"));
  unlink(work);
  if (!kw(work).canceling) insert(worker, work, work_list_of(worker));
  _raw_spin_unlock_irqrestore(lock_of(worker), flags);
}

/** linux/kthread.h. Sets the delay of an item to `delay` jiffies from now, pending or not; whether it was pending, true
 *  also if somebody is cancelling it, who wins. Context: any. */
export function kthread_mod_delayed_work(worker: usize, dwork: usize, delay: u32): bool {
  const flags = _raw_spin_lock_irqsave(lock_of(worker));
  let pending = false;
  if (kw(dwork).worker) {
    check_worker(worker, dwork);
    stop_timer(dwork, flags);
    pending = kw(dwork).canceling ? true : unqueue(dwork);
  }
  if (!kw(dwork).canceling) queue_delayed(worker, dwork, delay);
  _raw_spin_unlock_irqrestore(lock_of(worker), flags);
  return pending;
}

// ── Cancelling, flushing ──

/** Sees to it that the timer of a delayed item neither waits nor runs; nobody can queue the item meanwhile. Worker locked,
 *  unlocked in between. */
function stop_timer(dwork: usize, flags: u32): void {
  const worker = kw(dwork).worker;
  kw(dwork).canceling = kw(dwork).canceling + 1;
  _raw_spin_unlock_irqrestore(lock_of(worker), flags);
  timer_delete_sync(timer_of(dwork));
  _raw_spin_lock_irqsave(lock_of(worker));
  kw(dwork).canceling = kw(dwork).canceling - 1;
}

/** Takes an item off its list; whether it was on one. Worker locked. */
function unqueue(work: usize): bool {
  if (list_empty(node_of(work))) return false;
  unlink(work);
  return true;
}

function cancel_sync(work: usize, delayed: bool): bool {
  const worker = kw(work).worker;
  if (!worker) return false;
  const flags = _raw_spin_lock_irqsave(lock_of(worker));
  check_worker(worker, work);
  if (delayed) stop_timer(work, flags);
  const pending = unqueue(work);
  if (changetype<kthread_worker>(worker).current_work == work) {
    kw(work).canceling = kw(work).canceling + 1;
    _raw_spin_unlock_irqrestore(lock_of(worker), flags);
    kthread_flush_work(work);
    _raw_spin_lock_irqsave(lock_of(worker));
    kw(work).canceling = kw(work).canceling - 1;
  }
  _raw_spin_unlock_irqrestore(lock_of(worker), flags);
  return pending;
}

/** linux/kthread.h. Takes an item back and sleeps until it does not run, even if it queues itself again; whether it was
 *  pending. Context: process. */
export function kthread_cancel_work_sync(work: usize): bool {
  return cancel_sync(work, false);
}

/** linux/kthread.h. kthread_cancel_work_sync() of a delayed item. Context: process. */
export function kthread_cancel_delayed_work_sync(dwork: usize): bool {
  return cancel_sync(dwork, true);
}

/** An item that says when its turn has come: a kthread_work, then a completion. Lies on the waiting task's stack. */
const MARK_BYTES: usize = (sizeof_kthread_work + sizeof_completion + 15) & ~15;

function mark_reached(mark: usize): void {
  complete(mark + sizeof_kthread_work);
}

function mark_alloc(): usize {
  const mark = stack_alloc(MARK_BYTES);
  memory.fill(mark, 0, MARK_BYTES);
  INIT_LIST_HEAD(node_of(mark));
  kw(mark).func = mark_reached.index;
  init_completion(mark + sizeof_kthread_work);
  return mark;
}

/** linux/kthread.h. Sleeps until the item has run, if it is queued or runs. Context: process. */
export function kthread_flush_work(work: usize): void {
  const worker = kw(work).worker;
  if (!worker) return;
  const mark = mark_alloc();
  _raw_spin_lock_irq(lock_of(worker));
  check_worker(worker, work);
  let behind: usize = 0;
  if (!list_empty(node_of(work))) behind = list_next(node_of(work));
  else if (changetype<kthread_worker>(worker).current_work == work) behind = list_next(work_list_of(worker));
  if (behind) insert(worker, mark, behind);
  _raw_spin_unlock_irq(lock_of(worker));
  if (behind) wait_for_completion(mark + sizeof_kthread_work);
  stack_free(MARK_BYTES);
}

/** linux/kthread.h. Sleeps until everything has run that is queued on the worker now. Context: process. */
export function kthread_flush_worker(worker: usize): void {
  const mark = mark_alloc();
  kthread_queue_work(worker, mark);
  wait_for_completion(mark + sizeof_kthread_work);
  stack_free(MARK_BYTES);
}
