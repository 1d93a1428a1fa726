// Tasks that wait for each other in a circle, debug flavour. Each waits for a lock that the next one holds, so none will
// ever run again: whoever closes the circle finds it before it goes to sleep, says so with the stack of each, and dies.

import { TASK_DEAD, task_struct } from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { current } from "../../arch/wasm/current";
import { bug_reported } from "../debug/reports";
import { show_stack } from "../debug/stacktrace";
import { BUG } from "../panic";
import { pr } from "../printk/printk";
import { WAITS_COMPLETION, task_of, next_task, idle_task } from "../sched/task";
import { debug_locks_on } from "./debug_locks";
import {
  HELD_SEMAPHORE,
  HELD_WAITING,
  HeldLock,
  held_at,
  held_depth,
  lock_holder,
  next_holder,
  show_held_locks,
} from "./held";
import { static_name } from "./lockdep/classes";
import { print_lock, report_title } from "./lockdep/print";

/** The lock that a task waits for; 0: none. It is the last that it asked for. */
export function waited_for(task: usize): HeldLock {
  const depth = held_depth(task);
  if (!depth || !(held_at(task, depth - 1).flags & HELD_WAITING)) return changetype<HeldLock>(0);
  return held_at(task, depth - 1);
}

/** Of a semaphore it takes only one of its holders to go on, and nobody knows of all. */
function sole_holder(lock: usize): bool {
  if (!changetype<usize>(next_holder(lock, 0))) return false;
  return !changetype<usize>(next_holder(lock, lock_holder()));
}

/** Whether `task` waits, by way of others, for what the running task holds. The way is in each task's `waits_on`. */
function leads_back(task: usize): bool {
  const own = task_of(task);
  const wanted = waited_for(task);
  own.visited = 1;
  if (!changetype<usize>(wanted)) return false;
  if (wanted.flags & HELD_SEMAPHORE && !sole_holder(wanted.lock)) return false;
  for (
    let found = next_holder(wanted.lock, 0);
    changetype<usize>(found);
    found = next_holder(wanted.lock, own.waits_on)
  ) {
    const holder = lock_holder();
    own.waits_on = holder;
    if (holder == this_cpu().current) return true;
    if (!task_of(holder).visited && leads_back(holder)) return true;
  }
  return false;
}

/** linux/debug_locks.h. Lists the locks that each task holds, and the one that it waits for. Context: any. */
export function debug_show_all_locks(): void {
  if (!debug_locks_on()) pr(cstr("\x014INFO: lockdep is turned off."));
  pr(cstr("\x014"));
  pr(cstr("\x014Showing all locks held in the system:"));
  for (let task = idle_task(); task; task = next_task(task)) {
    show_held_locks(task);
    const wanted = waited_for(task);
    if (!changetype<usize>(wanted)) continue;
    const kernel = changetype<task_struct>(task);
    pr(cstr("\x014%s/%d is waiting for lock:"), kernel.comm, kernel.pid);
    print_lock(cstr(" "), 0, wanted);
  }
  pr(cstr("\x014"));
  pr(cstr("\x014============================================="));
  pr(cstr("\x014"));
}

/** Says what `task`, which sleeps, waits for, as far as that is known, and who holds it. */
export function show_blocked_on(task: task_struct): void {
  const own = task_of(changetype<usize>(task));
  const wanted = waited_for(changetype<usize>(task));
  if (changetype<usize>(wanted)) {
    pr(cstr("\x013%s/%d is blocked on this lock:"), task.comm, task.pid);
    print_lock(cstr(""), 0, wanted);
    const first = next_holder(wanted.lock, 0);
    for (let held = first; changetype<usize>(held); held = next_holder(wanted.lock, lock_holder())) {
      const holder = changetype<task_struct>(lock_holder());
      const dead = <u32>holder.__state & TASK_DEAD ? cstr(", which is dead") : cstr("");
      pr(cstr("\x013which %s/%d holds%s."), holder.comm, holder.pid, dead);
    }
    if (!changetype<usize>(first)) pr(cstr("\x013which no task holds."));
  } else if (own.waits_at) {
    const what = own.waits_at & WAITS_COMPLETION ? cstr("completion") : cstr("wait queue");
    const name = static_name(own.waits_at & ~WAITS_COMPLETION);
    pr(cstr("\x013%s/%d waits for the %s %s."), task.comm, task.pid, what, name);
  }
}

function print_waiter(number: u32, task: usize): void {
  const kernel = changetype<task_struct>(task);
  const holder = changetype<task_struct>(task_of(task).waits_on);
  pr(cstr("\x013"));
  pr(cstr("\x013%u) %s/%d is blocked on this lock:"), number, kernel.comm, kernel.pid);
  print_lock(cstr(""), 0, waited_for(task));
  pr(cstr("\x013which %s/%d holds."), holder.comm, holder.pid);
  show_held_locks(task);
  show_stack(task);
}

function report(): void {
  const task = current();
  bug_reported();
  report_title(cstr("[ BUG: circular locking deadlock detected! ]"));
  pr(cstr("\x013%s/%d is about to wait for ever:"), task.comm, task.pid);
  let number: u32 = 1;
  let next = changetype<usize>(task);
  do {
    print_waiter(number++, next);
    next = task_of(next).waits_on;
  } while (next != changetype<usize>(task));
  BUG(cstr("tasks that wait for each other would never run again"));
}

/** One CPU at a time looks: the marks are the tasks' own. */
const looking = memory.data(4, 4);

/** Whether each task of the circle that was found still waits for what the next one holds. What another CPU did meanwhile
 *  may have made a circle of what was true at different times; one that is there stays. */
function still_there(): bool {
  const first = this_cpu().current;
  let task = first;
  do {
    const wanted = waited_for(task);
    const next = task_of(task).waits_on;
    if (!changetype<usize>(wanted) || !holds(next, wanted.lock)) return false;
    task = next;
  } while (task != first);
  return true;
}

function holds(task: usize, lock: usize): bool {
  for (let i = held_depth(task); i; i--) {
    const held = held_at(task, i - 1);
    if (held.lock == lock && !(held.flags & HELD_WAITING)) return true;
  }
  return false;
}

/** Debug. The running task is about to sleep until it gets `lock`, of which it has a record. Never returns if it would
 *  sleep for ever. */
export function check_wait_cycle(lock: usize): void {
  while (atomic.cmpxchg<u32>(looking, 0, 1)) {}
  for (let task = idle_task(); task; task = next_task(task)) task_of(task).visited = 0;
  const found = leads_back(this_cpu().current) && still_there();
  atomic.store<u32>(looking, 0);
  if (found) report();
}
