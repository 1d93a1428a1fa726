// Which spinlocks and rwlocks a CPU holds (debug), and the reports about them (kernel/locking/spinlock_debug.c). A task
// cannot park while it holds one, so one list per CPU is enough. On one CPU a lock that is already taken will never be
// released: whoever would release it is below us on the same stack. That is reported, not spun on (DESIGN: lock-free
// spinlocks).

import { HARDIRQ_MASK, SOFTIRQ_OFFSET, task_struct } from "../../abi";
import { call_site, smp_processor_id } from "../../arch/wasm/cpu";
import { current } from "../../arch/wasm/current";
import { BOOT_NR_CPUS, CPU_MAX } from "../../arch/wasm/memory";
import { preempt_count } from "../../arch/wasm/preempt";
import { DEBUG } from "../../flavour";
import { BUG, dump_stack } from "../panic";
import { pr } from "../printk/printk";
import { lock_name, lock_site } from "./names";

const HELD_MAX: u32 = 31;

@unmanaged
class HeldLock {
  lock: usize;
  task: usize;
  /** preempt_count just after the lock was taken: it says in which context. */
  count: u32;
  /** The call site that took it; 0: the core. */
  site: u32;
}

@unmanaged
class HeldLocks {
  /** How many are held; counts beyond HELD_MAX, of which no more is known. */
  count: u32;
}

const BYTES: usize = 4 + 31 * 16;
const held = memory.data(4 * (4 + 31 * 16), 4);

@inline
function held_by(cpu: u32): HeldLocks {
  return changetype<HeldLocks>(held + <usize>cpu * BYTES);
}

@inline
function slot(list: HeldLocks, index: u32): HeldLock {
  return changetype<HeldLock>(changetype<usize>(list) + offsetof<HeldLocks>() + <usize>index * offsetof<HeldLock>());
}

@inline
export function lock_acquired(lock: usize): void {
  const list = held_by(smp_processor_id());
  const count = list.count;
  list.count = count + 1;
  if (count >= HELD_MAX) return;
  const top = slot(list, count);
  top.lock = lock;
  top.task = changetype<usize>(current());
  top.count = preempt_count();
  top.site = call_site();
}

/** A lock that is not the newest, or one beyond HELD_MAX, which has no record. */
function remove_below(list: HeldLocks, lock: usize): void {
  const known = min(list.count, HELD_MAX);
  let i = index_of(list, lock, known);
  if (!i && list.count <= HELD_MAX) {
    i = index_of(list, 0, known); // it had no record
    if (!i) return;
  }
  if (i) {
    const from = changetype<usize>(slot(list, i));
    memory.copy(from - offsetof<HeldLock>(), from, changetype<usize>(slot(list, known)) - from);
    slot(list, known - 1).lock = 0; // a lock beyond HELD_MAX counts as this one
  }
  list.count--;
}

/** One more than the index of the newest record of `lock`; 0: there is none. */
function index_of(list: HeldLocks, lock: usize, known: u32): u32 {
  let i = known;
  while (i > 0 && slot(list, i - 1).lock != lock) i--;
  return i;
}

@inline
export function lock_released(lock: usize): void {
  const list = held_by(smp_processor_id());
  const last = list.count - 1;
  if (last < HELD_MAX && slot(list, last).lock == lock) list.count = last;
  else remove_below(list, lock);
}

/** The record of `lock`, if this CPU holds it. */
function find(lock: usize): HeldLock {
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) {
    const list = held_by(cpu);
    for (let i = min(list.count, HELD_MAX); i > 0; i--) {
      if (slot(list, i - 1).lock == lock) return slot(list, i - 1);
    }
  }
  return changetype<HeldLock>(0);
}

/** Debug. Whether this CPU holds `lock`, as far as it has a record. */
export function held_here(lock: usize): bool {
  const list = held_by(smp_processor_id());
  return index_of(list, lock, min(list.count, HELD_MAX)) != 0;
}

function context_name(count: u32): usize {
  if (count & <u32>HARDIRQ_MASK) return cstr("a hardirq");
  if (count & <u32>SOFTIRQ_OFFSET) return cstr("a softirq");
  return cstr("task context");
}

/** Prints what is wrong with a lock: "BUG: spinlock recursion on CPU#0, insmod/7" and what is known of the lock. */
export function spin_dump(lock: usize, kind: usize, what: usize): void {
  const task = current();
  const record = find(lock);
  const known = changetype<usize>(record) != 0;
  const owner = changetype<task_struct>(known ? record.task : 0);
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
    const record = find(lock);
    const own = changetype<usize>(record) && record.task == changetype<usize>(current());
    spin_dump(lock, kind, own ? cstr("recursion") : cstr("lockup"));
  }
  BUG(cstr("a lock that nobody can release any more was taken again"));
}

/** Debug. Releasing a lock that is not held: reported and survived, as with Linux's CONFIG_DEBUG_SPINLOCK. */
export function lock_is_free(lock: usize, kind: usize): void {
  spin_dump(lock, kind, cstr("already unlocked"));
  dump_stack();
}

/** Debug. How many spinlocks and rwlocks this CPU holds. */
export function spinlocks_held(): u32 {
  return held_by(smp_processor_id()).count;
}

/** Debug. Lists the spinlocks and rwlocks that this CPU holds, the newest first, for a report. */
export function show_held_spinlocks(): void {
  if (!DEBUG) return;
  const list = held_by(smp_processor_id());
  for (let i = min(list.count, HELD_MAX); i > 0; i--) {
    const lock = slot(list, i - 1).lock;
    const site = slot(list, i - 1).site;
    if (!lock) continue;
    if (site) pr(cstr("\x014 spinlock held: 0x%px (%s, %s), at: %pS"), lock, lock_name(lock), lock_site(lock), site);
    else pr(cstr("\x014 spinlock held: 0x%px (%s, %s)"), lock, lock_name(lock), lock_site(lock));
  }
}
