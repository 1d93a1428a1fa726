// A task: the kernel's task_struct, followed by what the core keeps of it, and a fixed-size C shadow stack.
//
//   task ──► ┌──────────────────┐   stack ──► ┌──────────────────┐ canary
//            │ task_struct      │             │        ▲         │
//            ├──────────────────┤             │        │ C frames│
//            │ Task (below)     │             │ __stack_pointer  │
//            └──────────────────┘             └──────────────────┘ stack + stack_bytes()

import {
  GFP_ATOMIC,
  DEFAULT_PRIO,
  TASK_COMM_LEN,
  TASK_DEAD,
  TASK_IDLE,
  offsetof_task_struct_tasks,
  sizeof_task_struct,
  task_struct,
} from "../../abi";
import { cpu_area, smp_processor_id, this_cpu } from "../../arch/wasm/cpu";
import { set_stack_pointer, stack_alloc, stack_free } from "../../arch/wasm/stack";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_next } from "../../lib/list";
import { refcount_dec_and_test, refcount_inc, refcount_set } from "../../lib/refcount";
import { DEBUG } from "../../flavour";
import { kthread_free } from "../kthread";
import { free_pages, __get_free_pages } from "../../mm/page_alloc";
import { kfree, kzalloc } from "../../mm/slub";
import { small_board } from "../../mm/small_board";
import { __cpu_possible_mask, nr_cpu_ids } from "../cpu";
import { snprintf_ } from "../../lib/vsprintf";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../locking/spinlock";
import { BUG } from "../panic";

/** Of a stack; a small board's drivers have small frames. */
const STACK_ORDER: u32 = 2;
const SMALL_STACK_ORDER: u32 = 0;
const STACK_MAX: usize = 0x1000 << STACK_ORDER;
const CANARY: u32 = 0x57ac6e9d; // STACK_END_MAGIC (linux/magic.h)

/** MAX_LOCK_DEPTH: of so many locks at once the debug flavour keeps a record (locking/held.ts), behind a Task. */
export const HELD_MAX: u32 = 48;
const HELD_BYTES: usize = 24;

/** What the core keeps of a task, right behind its task_struct. */
@unmanaged
export class Task {
  /** CPU time, ns, and the time since when the task has been running, as far as the host's last call tells it. */
  runtime: u64;
  since: u64;
  /** The signals that a kthread allows. */
  signals: u64;
  /** Next in the run queue, and on the list of those that other CPUs woke; whether it is on that one. */
  run_next: usize;
  wake_next: usize;
  waking: u32;
  /** Entry point: a table slot, how many of `args` it takes, and whether it returns a value. */
  entry: usize;
  nargs: u32;
  returns: u32;
  arg0: usize;
  arg1: usize;
  arg2: usize;
  arg3: usize;
  /** What the entry returned. */
  result: i32;
  /** Lowest byte of the shadow stack. */
  stack: usize;
  /** `__stack_pointer` while parked. */
  sp: usize;
  /** Whether the task has ever run, and whether it sits in the run queue. */
  started: u32;
  queued: u32;
  /** How often the task was given the CPU back; that plus one when kernel/hung_task looked last, how often in a row it had
   *  not changed, and what it was plus one when the task was given up. */
  switches: u32;
  switches_seen: u32;
  stuck: u32;
  given_up: u32;
  /** Whether the host waits for the result and frees the task itself. */
  host_owned: u32;
  /** When it ends it sleeps, in TASK_IDLE, and begins anew when it is woken. */
  again: u32;
  /** The task ended by a trap, or with locks held: its memory is never used again. */
  kept: u32;
  /** Debug: how many locks it holds or waits for. */
  held: u32;
  /** Debug: reached by a search for tasks that wait for each other, and the one that this one waits for. */
  visited: u32;
  waits_on: usize;
  /** Debug: the wait queue or completion (WAITS_COMPLETION) that it began to wait at last; 0 when that ended. */
  waits_at: usize;
}

export const WAITS_COMPLETION: usize = 1;

/** Every task is on the list that begins at the idle task, as in Linux at init_task, in order of its pid. */
@inline
function tasks_entry(task: usize): usize {
  return task + offsetof_task_struct_tasks;
}

/** The task after `task`; 0 after the last. The idle task comes first. */
export function next_task(task: usize): usize {
  const next = list_next(tasks_entry(task)) - offsetof_task_struct_tasks;
  return next == idle ? 0 : next;
}

/** Task number 0. */
export function idle_task(): usize {
  return idle;
}

const SIZE: usize =
  ((<usize>sizeof_task_struct + 7) & ~7) + offsetof<Task>() + (DEBUG ? <usize>HELD_MAX * HELD_BYTES : 0);

/** The number of tasks created so far; pids count from 1 (0 is the idle task). */
const last_pid = memory.data(4, 4);
/** raw_spinlock over the list of all tasks. */
const tasklist_lock = memory.data(4, 4);

/** Whoever walks through the tasks holds this. */
export function lock_tasks(): u32 {
  return _raw_spin_lock_irqsave(tasklist_lock);
}

export function unlock_tasks(flags: u32): void {
  _raw_spin_unlock_irqrestore(tasklist_lock, flags);
}

@inline
export function task_of(task: usize): Task {
  return changetype<Task>(task + ((<usize>sizeof_task_struct + 7) & ~7));
}

/** Debug: the record of lock number `index`. */
@inline
export function held_slot(task: usize, index: u32): usize {
  return changetype<usize>(task_of(task)) + offsetof<Task>() + <usize>index * HELD_BYTES;
}

function set_comm(task: usize, name: usize): void {
  const comm = changetype<task_struct>(task).comm;
  let i: usize = 0;
  for (; i < <usize>TASK_COMM_LEN - 1; i++) {
    const char = load<u8>(name + i);
    if (!char) break;
    store<u8>(comm + i, char);
  }
  store<u8>(comm + i, 0);
}

/** The idle task of the booting CPU: static, because it exists before the allocator, and on the boot stack. */
const idle = memory.data(4096, 16);
const idle_stack = memory.data(0x4000, 0x1000);

function stack_order(): u32 {
  return small_board() ? SMALL_STACK_ORDER : STACK_ORDER;
}

/** Bytes of a task's shadow stack. */
export function stack_bytes(): usize {
  return (<usize>0x1000) << stack_order();
}

/** What a small board does not use. */
export function idle_stack_unused(): usize {
  return idle_stack + stack_bytes();
}

export function idle_stack_end(): usize {
  return idle_stack + STACK_MAX;
}

/** How a task begins: of normal priority, allowed on every CPU, and one reference that its end gives back. */
function task_defaults(kernel: task_struct): void {
  refcount_set(changetype<usize>(kernel.usage), 1);
  kernel.prio = DEFAULT_PRIO;
  kernel.static_prio = DEFAULT_PRIO;
  kernel.normal_prio = DEFAULT_PRIO;
  store<u32>(changetype<usize>(kernel.cpus_mask), load<u32>(__cpu_possible_mask));
  kernel.cpus_ptr = changetype<usize>(kernel.cpus_mask);
  kernel.nr_cpus_allowed = load<u32>(nr_cpu_ids);
}

/** Makes the running code the booting CPU's idle task, with the boot stack as its shadow stack. */
export function idle_task_init(): void {
  INIT_LIST_HEAD(tasks_entry(idle));
  set_up(idle, idle_stack, cstr("swapper/0"));
  this_cpu().idle = idle;
  become_idle_task();
}

/** An idle task for CPU `cpu` (fork_idle): number 0, and on no list. False: no memory. */
export function idle_task_fork(cpu: u32): bool {
  const name = stack_alloc(16);
  snprintf_(name, 16, cstr("swapper/%u"), cpu);
  const task = task_new(name);
  stack_free(16);
  if (!task) return false;
  changetype<task_struct>(task).thread_info.cpu = cpu;
  cpu_area(cpu).idle = task;
  cpu_area(cpu).current = task;
  return true;
}

/** Makes the running code this CPU's idle task. */
export function become_idle_task(): void {
  const cpu = this_cpu();
  const own = task_of(cpu.idle);
  own.started = 1;
  cpu.current = cpu.idle;
  set_stack_pointer(own.stack + stack_bytes());
}

/** What every task has. */
function set_up(task: usize, stack: usize, name: usize): void {
  const kernel = changetype<task_struct>(task);
  task_defaults(kernel);
  kernel.stack = stack;
  kernel.thread_info.cpu = smp_processor_id();
  set_comm(task, name);
  store<u32>(stack, CANARY);
  task_of(task).stack = stack;
  task_of(task).sp = stack + stack_bytes();
}

/** Memory for a task and its stack, or 0. */
function task_new(name: usize): usize {
  const task = kzalloc(SIZE, GFP_ATOMIC);
  if (!task) return 0;
  const stack = __get_free_pages(GFP_ATOMIC, stack_order());
  if (!stack) {
    kfree(task);
    return 0;
  }
  set_up(task, stack, name);
  return task;
}

/** A task that is not yet runnable, or 0 without memory. `name` is a C string, cut to 15 bytes. Context: any: work and
 *  threaded interrupts get their tasks when they come up. */
export function task_alloc(entry: usize, name: usize): usize {
  const task = task_new(name);
  if (!task) return 0;
  task_of(task).entry = entry;
  const kernel = changetype<task_struct>(task);
  const flags = lock_tasks();
  const pid = load<i32>(last_pid) + 1;
  store<i32>(last_pid, pid);
  kernel.pid = pid;
  kernel.tgid = pid;
  list_add_tail(tasks_entry(task), tasks_entry(idle));
  unlock_tasks(flags);
  return task;
}

/** Frees a task that ended, but for its task_struct while somebody has a reference to that. Never the running one: its
 *  shadow stack is in use. What is left of a task that still holds something stays: locks name it as their owner, and
 *  wait queues and timers may lead to its stack. */
export function task_free(task: usize): void {
  if (changetype<task_struct>(task).__state != TASK_DEAD) BUG(cstr("task_free: the task is alive"));
  if (task_of(task).kept) return;
  const flags = lock_tasks();
  list_del(tasks_entry(task));
  unlock_tasks(flags);
  free_pages(task_of(task).stack, stack_order());
  put_task_struct(task);
}

/** The task ended, and may begin anew. */
export function task_rearm(task: usize): void {
  const own = task_of(task);
  own.started = 0;
  own.sp = own.stack + stack_bytes();
  changetype<task_struct>(task).__state = TASK_IDLE;
}

/** linux/sched/task.h. Keeps the memory of a task_struct. Context: any. */
export function get_task_struct(task: usize): void {
  refcount_inc(changetype<usize>(changetype<task_struct>(task).usage));
}

/** linux/sched/task.h. Gives back what get_task_struct() took. Context: any. */
export function put_task_struct(task: usize): void {
  if (refcount_dec_and_test(changetype<usize>(changetype<task_struct>(task).usage))) __put_task_struct(task);
}

/** linux/sched/task.h. Frees a task_struct to which there is no reference any more. Context: any. */
export function __put_task_struct(task: usize): void {
  kthread_free(task);
  kfree(task);
}

/** Whether the task's shadow stack ran over its end. */
@inline
export function stack_overflowed(task: usize): bool {
  return load<u32>(task_of(task).stack) != CANARY;
}
