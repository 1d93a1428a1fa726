// kernel/kthread.c: tasks that drivers make for themselves. A kthread begins stopped; it runs its function when somebody
// wakes it, until it is told to stop, or of its own accord. Unlike the core's workers it keeps its stack while it sleeps.

import {
  EBUSY,
  EINTR,
  ENOMEM,
  ENOSYS,
  GFP_KERNEL,
  PF_EXITING,
  PF_KTHREAD,
  PF_NO_SETAFFINITY,
  TASK_COMM_LEN,
  TASK_PARKED,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
  TIF_NOTIFY_SIGNAL,
  offsetof_thread_info_flags,
  sizeof_completion,
  task_struct,
} from "../abi";
import { own_affair, set_call_site, this_cpu } from "../arch/wasm/cpu";
import { current } from "../arch/wasm/current";
import { host_task_exit } from "../arch/wasm/host";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { DEBUG } from "../flavour";
import { ERR_PTR, IS_ERR } from "../lib/err";
import { kvasprintf } from "../lib/kasprintf";
import { vsnprintf } from "../lib/vsprintf";
import { kzalloc } from "../mm/kmalloc";
import { kfree } from "../mm/slub";
import { might_sleep } from "./locking/might_sleep";
import { module_put } from "./module/refs";
import { BUG, WARN } from "./panic";
import { complete, init_completion, wait_for_completion } from "./sched/completion";
import { schedule, set_current_state, wake_up_process, wake_up_state } from "./sched/core";
import { get_task_struct, put_task_struct, task_alloc, task_of } from "./sched/task";

const KTHREAD_SHOULD_STOP: u32 = 1;
const KTHREAD_SHOULD_PARK: u32 = 2;

/** struct kthread: what a task_struct's `worker_private` leads to; two completions follow. */
@unmanaged
class Kthread {
  flags: u32;
  threadfn: usize;
  data: usize;
  /** What threadfn returned. */
  result: i32;
  /** The name, if it is too long for `comm`. */
  full_name: usize;
}

const KTHREAD_BYTES: usize = offsetof<Kthread>() + 2 * sizeof_completion;

@inline
function parked_of(kthread: Kthread): usize {
  return changetype<usize>(kthread) + offsetof<Kthread>();
}

@inline
function exited_of(kthread: Kthread): usize {
  return parked_of(kthread) + sizeof_completion;
}

@inline
function task_struct_of(task: usize): task_struct {
  return changetype<task_struct>(task);
}

/** NULL if the task is none that kthread_create_on_node made. */
function to_kthread(task: usize): Kthread {
  const own = task_struct_of(task);
  return changetype<Kthread>(own.flags & PF_KTHREAD ? own.worker_private : 0);
}

/** The kthread that the caller means; a task of another kind cannot be one. */
function known(task: usize): Kthread {
  const kthread = to_kthread(task);
  if (!changetype<usize>(kthread)) BUG(cstr("a function for kthreads was called for a task that is none"));
  return kthread;
}

/** Other CPUs change the flags. */
@inline
function flags_of(kthread: Kthread): u32 {
  return atomic.load<u32>(changetype<usize>(kthread));
}

@inline
function set_flag(kthread: Kthread, flag: u32): u32 {
  return atomic.or<u32>(changetype<usize>(kthread), flag);
}

// ── Its life ──

/** The thread's own end: whoever waits in kthread_stop() goes on. */
function exited(kthread: Kthread, result: i32): void {
  kthread.result = result;
  current().flags |= PF_EXITING;
  complete(exited_of(kthread));
}

/** The entry of every kthread. */
function kthread(self: usize): void {
  const own = changetype<Kthread>(self);
  let result = -EINTR;
  if (!(flags_of(own) & KTHREAD_SHOULD_STOP)) {
    park(own);
    result = call_indirect<i32>(<u32>own.threadfn, own.data);
  }
  exited(own, result);
}

/** `task` will not run again, though it never ended: nobody may wait for it any more. */
export function kthread_died(task: usize): void {
  const own = to_kthread(task);
  if (!changetype<usize>(own)) return;
  task_struct_of(task).flags |= PF_EXITING;
  complete(exited_of(own));
}

/** What a task's memory no longer needs (free_kthread_struct). */
export function kthread_free(task: usize): void {
  const own = to_kthread(task);
  if (!changetype<usize>(own)) return;
  kfree(own.full_name);
  kfree(changetype<usize>(own));
}

/** The task's name in full, a C string. */
export function kthread_name(task: usize): usize {
  const own = to_kthread(task);
  return changetype<usize>(own) && own.full_name ? own.full_name : task_struct_of(task).comm;
}

/** Makes a kthread, stopped; `namefmt` and `args` give its name. ERR_PTR(-ENOMEM). Its memory is the core's affair: a
 *  module that leaves a thread behind is told about the thread. */
export function kthread_create(threadfn: usize, data: usize, namefmt: usize, args: usize): usize {
  if (DEBUG) might_sleep(cstr("kthread_create_on_node"));
  const site = own_affair();
  const task = create(threadfn, data, namefmt, args);
  set_call_site(site);
  return task;
}

function create(threadfn: usize, data: usize, namefmt: usize, args: usize): usize {
  const own = changetype<Kthread>(kzalloc(KTHREAD_BYTES, GFP_KERNEL));
  if (!changetype<usize>(own)) return ERR_PTR(-ENOMEM);
  own.threadfn = threadfn;
  own.data = data;
  init_completion(parked_of(own));
  init_completion(exited_of(own));
  const name = stack_alloc(TASK_COMM_LEN);
  const length = vsnprintf(name, TASK_COMM_LEN, namefmt, args);
  const task = task_alloc(kthread.index, name);
  stack_free(TASK_COMM_LEN);
  if (!task) {
    kfree(changetype<usize>(own));
    return ERR_PTR(-ENOMEM);
  }
  if (length >= <i32>TASK_COMM_LEN) own.full_name = kvasprintf(GFP_KERNEL, namefmt, args);
  task_of(task).arg0 = changetype<usize>(own);
  task_of(task).nargs = 1;
  task_struct_of(task).flags = PF_KTHREAD;
  task_struct_of(task).worker_private = changetype<usize>(own);
  task_struct_of(task).__state = TASK_UNINTERRUPTIBLE;
  return task;
}

/** linux/kthread.h. Makes a task that calls `int threadfn(data)` once wake_up_process() has been called for it; its name
 *  is given by the format and what follows, `node` is unused. The task, or ERR_PTR(-ENOMEM). Context: process. */
export function kthread_create_on_node(threadfn: usize, data: usize, node: i32, namefmt: usize, args: usize): usize {
  return kthread_create(threadfn, data, namefmt, args);
}

/** linux/kthread.h. kthread_create_on_node() of a task bound to CPU `cpu`, whose number the format may print. The task,
 *  or ERR_PTR(-ENOMEM). Context: process. */
export function kthread_create_on_cpu(threadfn: usize, data: usize, cpu: u32, namefmt: usize): usize {
  const args = stack_alloc(16);
  store<u32>(args, cpu);
  const task = kthread_create(threadfn, data, namefmt, args);
  stack_free(16);
  if (!IS_ERR(task)) kthread_bind(task, cpu);
  return task;
}

/** linux/kthread.h. Binds a kthread that has never been woken to CPU `cpu`. Context: process. */
export function kthread_bind(task: usize, cpu: u32): void {
  if (task_struct_of(task).__state != TASK_UNINTERRUPTIBLE) return WARN(cstr("kthread_bind of a task that runs"));
  const own = task_struct_of(task);
  store<u32>(changetype<usize>(own.cpus_mask), 1 << cpu);
  own.nr_cpus_allowed = 1;
  own.thread_info.cpu = cpu;
  own.flags |= PF_NO_SETAFFINITY;
}

/** linux/kthread.h. Has a kthread's kthread_should_stop() say so, wakes it, and sleeps until it has ended. What its
 *  function returned; -EINTR if that never ran. A thread that may end by itself has to be kept by get_task_struct().
 *  Context: process. */
export function kthread_stop(task: usize): i32 {
  get_task_struct(task);
  const own = known(task);
  set_flag(own, KTHREAD_SHOULD_STOP);
  kthread_unpark(task);
  atomic.or<u32>(
    changetype<usize>(task_struct_of(task).thread_info) + offsetof_thread_info_flags,
    1 << TIF_NOTIFY_SIGNAL,
  );
  wake_up_process(task);
  wait_for_completion(exited_of(own));
  const result = own.result;
  put_task_struct(task);
  return result;
}

/** linux/kthread.h. Whether somebody wants the running kthread to end. Context: the kthread. */
export function kthread_should_stop(): bool {
  return (flags_of(known(this_cpu().current)) & KTHREAD_SHOULD_STOP) != 0;
}

/** linux/kthread.h. kthread_should_stop() of a thread that a suspend may freeze: none ever does, `was_frozen` (or NULL)
 *  is set to false. Context: the kthread. */
export function kthread_freezable_should_stop(was_frozen: usize): bool {
  if (was_frozen) store<u8>(was_frozen, 0);
  return kthread_should_stop();
}

/** linux/kthread.h. Ends the running kthread, after completing `comp` unless that is NULL; `code` is what kthread_stop()
 *  returns. Never returns. Context: the kthread. */
export function kthread_complete_and_exit(comp: usize, code: i32): void {
  if (comp) complete(comp);
  kthread_exit(code);
}

/** linux/module.h. Drops a reference of the module that the running kthread's code belongs to, and ends the thread with
 *  `code`. Never returns. Context: the kthread. */
export function __module_put_and_kthread_exit(mod: usize, code: i32): void {
  module_put(mod);
  kthread_exit(code);
}

/** What called the thread's function is not there any more when this comes back: the host takes the stack down. */
function kthread_exit(code: i32): void {
  exited(known(this_cpu().current), code);
  host_task_exit();
  unreachable();
}

/** linux/kthread.h. The data that a kthread was created with. Context: any. */
export function kthread_data(task: usize): usize {
  return known(task).data;
}

/** linux/kthread.h. The function that a kthread was created with; NULL if the task is none. Context: any. */
export function kthread_func(task: usize): usize {
  const own = to_kthread(task);
  return changetype<usize>(own) ? own.threadfn : 0;
}

// ── Parking: a pause that somebody else wants ──

/** Sleeps while the thread is to park. */
function park(own: Kthread): void {
  for (;;) {
    set_current_state(TASK_PARKED);
    if (!(flags_of(own) & KTHREAD_SHOULD_PARK)) break;
    complete(parked_of(own));
    schedule();
  }
  set_current_state(TASK_RUNNING);
}

/** linux/kthread.h. Sleeps while somebody wants the running kthread to park. Context: the kthread. */
export function kthread_parkme(): void {
  park(known(this_cpu().current));
}

/** linux/kthread.h. Whether somebody wants the running kthread to park. Context: the kthread. */
export function kthread_should_park(): bool {
  return __kthread_should_park(this_cpu().current);
}

/** linux/kthread.h. Whether somebody wants kthread `task` to park. Context: any. */
export function __kthread_should_park(task: usize): bool {
  return (flags_of(known(task)) & KTHREAD_SHOULD_PARK) != 0;
}

/** linux/kthread.h. Has a kthread's kthread_should_park() say so, wakes it and sleeps until it has called
 *  kthread_parkme(); one that never ran parks before its function. 0; -EBUSY if it is to park already, -ENOSYS if it has
 *  ended. Context: process. */
export function kthread_park(task: usize): i32 {
  const own = known(task);
  if (task_struct_of(task).flags & PF_EXITING) {
    WARN(cstr("kthread_park of a thread that has ended"));
    return -ENOSYS;
  }
  if (set_flag(own, KTHREAD_SHOULD_PARK) & KTHREAD_SHOULD_PARK) {
    WARN(cstr("kthread_park of a thread that parks"));
    return -EBUSY;
  }
  if (task == this_cpu().current) return 0;
  wake_up_process(task);
  wait_for_completion(parked_of(own));
  return 0;
}

/** linux/kthread.h. Lets a kthread go on that kthread_park() stopped. Context: any. */
export function kthread_unpark(task: usize): void {
  const own = known(task);
  if (!(atomic.and<u32>(changetype<usize>(own), ~KTHREAD_SHOULD_PARK) & KTHREAD_SHOULD_PARK)) return;
  wake_up_state(task, TASK_PARKED);
}
