// Which locks each task holds, debug flavour: spinlocks, rwlocks and what sleeps, in the order in which they were taken
// (lockdep's held_locks). Interrupts run on a task's stack, so theirs are on its list too. And reports about spinlocks
// (kernel/locking/spinlock_debug.c): on one CPU a lock that is already taken will never be released, since whoever would
// release it is below us on the same stack. That is reported, not spun on.

import { HARDIRQ_MASK, SOFTIRQ_OFFSET, task_struct } from "../../abi";
import { call_site, smp_processor_id, this_cpu } from "../../arch/wasm/cpu";
import { current } from "../../arch/wasm/current";
import { BOOT_NR_CPUS } from "../../arch/wasm/memory";
import { irqs_disabled } from "../../arch/wasm/irqflags";
import { preempt_count } from "../../arch/wasm/preempt";
import { DEBUG } from "../../flavour";
import { bug_reported } from "../debug/reports";
import { BUG } from "../panic";
import { pr } from "../printk/printk";
import { HELD_MAX, held_slot, idle_task, next_task, task_of } from "../sched/task";
import { lock_name, lock_site } from "./lockdep/classes";
import { print_lock } from "./lockdep/print";
import { irq_context } from "./lockdep/usage";

@unmanaged
export class HeldLock {
  lock: usize;
  /** The lock that guards the order of locks of this class; 0: none. */
  nest: usize;
  /** The call site that took it; 0: the core. */
  site: u32;
  /** preempt_count when the lock was taken: it says in which context. */
  count: u32;
  /** Says what was held in which order, this one included. */
  chain: u32;
  /** Its class; 0: none. */
  number: u16;
  /** 0 for writing, 1 for reading, 2 for reading by who may recurse. */
  read: u8;
  /** HELD_* and, from bit 6, the irq_context. */
  flags: u8;
}

/** In `nest`: it is nothing that the validator sees held, but the locks that name it are under it all the same. */
export const NEST_UNSEEN: usize = 1;

export const HELD_TRYLOCK: u8 = 1;
/** Its order is not checked. */
export const HELD_NOCHECK: u8 = 2;
export const HELD_IRQS_OFF: u8 = 4;
/** It is being waited for. */
export const HELD_WAITING: u8 = 8;
/** A task may not sleep while it holds it. */
export const HELD_SPINNING: u8 = 16;
/** A semaphore: others may give it back, so a task may end with it. */
export const HELD_SEMAPHORE: u8 = 32;

@inline
export function held_at(task: usize, index: u32): HeldLock {
  return changetype<HeldLock>(held_slot(task, index));
}

@inline
export function held_context(held: HeldLock): u32 {
  return <u32>held.flags >> 6;
}

/** How many records there are of locks that `task` holds or waits for. */
export function held_depth(task: usize): u32 {
  return min(task_of(task).held, HELD_MAX);
}

/** Adds a record of a lock that the running task takes; 0 if there is no room. */
export function held_push(lock: usize, nest: usize, read: u32, flags: u32): HeldLock {
  const task = this_cpu().current;
  const own = task_of(task);
  const depth = own.held++;
  if (depth >= HELD_MAX) return changetype<HeldLock>(0);
  const held = held_at(task, depth);
  held.lock = lock;
  held.nest = nest;
  held.site = call_site();
  held.count = preempt_count();
  held.number = 0;
  held.chain = 0;
  held.read = <u8>read;
  held.flags = <u8>(flags | (irqs_disabled() ? <u32>HELD_IRQS_OFF : 0) | (irq_context() << 6));
  return held;
}

/** One more than the index of the newest record of `lock`; 0: there is none. */
export function held_index(task: usize, lock: usize): u32 {
  let i = held_depth(task);
  while (i && held_at(task, i - 1).lock != lock) i--;
  return i;
}

/** Takes the record at `index` away. */
export function held_remove(task: usize, index: u32): void {
  const own = task_of(task);
  const known = held_depth(task);
  const at = changetype<usize>(held_at(task, index));
  memory.copy(at, at + offsetof<HeldLock>(), changetype<usize>(held_at(task, known)) - at - offsetof<HeldLock>());
  held_at(task, known - 1).lock = 0; // a lock beyond HELD_MAX counts as this one
  own.held--;
}

/** How many locks the running task and the interrupts on its stack hold; `spinning`: only those that forbid to sleep. */
export function locks_held(spinning: bool): u32 {
  const task = this_cpu().current;
  let count: u32 = task_of(task).held - held_depth(task);
  for (let i = held_depth(task); i; i--) {
    const flags = held_at(task, i - 1).flags;
    if (!(flags & (HELD_WAITING | HELD_SEMAPHORE)) && (!spinning || flags & HELD_SPINNING)) count++;
  }
  return count;
}

/** How many locks `task` holds, spinlocks too. */
export function task_locks_held(task: usize): u32 {
  let count = task_of(task).held;
  for (let i = held_depth(task); i; i--) if (held_at(task, i - 1).flags & (HELD_WAITING | HELD_SEMAPHORE)) count--;
  return count;
}

/** The record of `lock` of a task that holds it, from the task after `task` on; that task is in lock_holder(). 0: none. */
export function next_holder(lock: usize, task: usize): HeldLock {
  for (let next = task ? next_task(task) : idle_task(); next; next = next_task(next)) {
    for (let i = held_depth(next); i; i--) {
      const held = held_at(next, i - 1);
      if (held.lock != lock || held.flags & HELD_WAITING) continue;
      store<usize>(holder, next);
      return held;
    }
  }
  return changetype<HeldLock>(0);
}

const holder = memory.data(4, 4);

export function lock_holder(): usize {
  return load<usize>(holder);
}

/** linux/debug_locks.h (lockdep_print_held_locks). Lists the locks that a task holds; `note` ends the first line. */
export function list_held_locks(task: usize, note: usize): void {
  const kernel = changetype<task_struct>(task);
  const count = task_locks_held(task);
  if (!count) return;
  pr(cstr("\x014%u lock%s held by %s/%d%s:"), count, count > 1 ? cstr("s") : cstr(""), kernel.comm, kernel.pid, note);
  let number: u32 = 0;
  for (let i: u32 = 0; i < held_depth(task); i++) {
    const held = held_at(task, i);
    if (!held.lock || held.flags & HELD_WAITING) continue;
    print_lock(cstr(" #%u: "), number++, held);
  }
}

/** linux/debug_locks.h (debug_show_held_locks). Lists the locks that a task holds. Context: any. */
export function show_held_locks(task: usize): void {
  list_held_locks(task, cstr(""));
}

/** Debug. Whether the task that runs here, or an interrupt on its stack, holds `lock`. */
export function held_here(lock: usize): bool {
  return held_index(this_cpu().current, lock) != 0;
}

function context_name(count: u32): usize {
  if (count & <u32>HARDIRQ_MASK) return cstr("a hardirq");
  if (count & <u32>SOFTIRQ_OFFSET) return cstr("a softirq");
  return cstr("task context");
}

/** Prints what is wrong with a lock: "BUG: spinlock recursion on CPU#0, insmod/7" and what is known of the lock. */
export function spin_dump(lock: usize, kind: usize, what: usize): void {
  const task = current();
  const record = next_holder(lock, 0);
  const known = changetype<usize>(record) != 0;
  const owner = changetype<task_struct>(known ? lock_holder() : 0);
  pr(cstr("\x010BUG: %s %s on CPU#%u, %s/%d"), kind, what, smp_processor_id(), task.comm, task.pid);
  pr(
    cstr("\x010 lock: 0x%px (%s, %s), value: %08x, .owner: %s/%d"),
    lock,
    lock_name(lock),
    lock_site(lock),
    load<u32>(lock),
    known ? owner.comm : cstr("<none>"),
    known ? owner.pid : -1,
  );
  if (known) {
    pr(
      cstr("\x010 taken in %s with preempt_count %08x, wanted in %s with preempt_count %08x"),
      context_name(record.count),
      record.count,
      context_name(preempt_count()),
      preempt_count(),
    );
  }
}

/** Whether this CPU is alone: nobody else ever takes or releases a lock. */
@inline
export function one_cpu(): bool {
  return load<u32>(BOOT_NR_CPUS) == 1;
}

/** A lock that this CPU holds itself, or that another holds for ever. Never returns. */
export function lock_is_contended(lock: usize, kind: usize): void {
  if (DEBUG) {
    const own = changetype<usize>(next_holder(lock, 0)) && lock_holder() == changetype<usize>(current());
    bug_reported();
    spin_dump(lock, kind, own ? cstr("recursion") : cstr("lockup"));
  }
  BUG(cstr("a lock that nobody can release any more was taken again"));
}
