// The lock validator (kernel/locking/lockdep.c), debug flavour: finds the order of locks, and the use of locks in
// interrupts, that could end in a deadlock, though it did not.

import { call_site, smp_processor_id, this_cpu } from "../../../arch/wasm/cpu";
import { idle_task, lock_tasks, next_task, task_of, unlock_tasks } from "../../sched/task";
import { debug_locks, debug_locks_on } from "../debug_locks";
import {
  HELD_IRQS_OFF,
  HELD_NOCHECK,
  HELD_TRYLOCK,
  HELD_WAITING,
  HeldLock,
  NEST_UNSEEN,
  held_at,
  held_depth,
  held_index,
  held_push,
  held_remove,
} from "../held";
import {
  LD_WAIT_CONFIG,
  LD_WAIT_INV,
  class_at,
  class_forget,
  class_lies_in,
  class_limit,
  class_of,
  classes_reset,
  known_class,
  lock_is_of,
  locks_forget,
  usage_site,
} from "./classes";
import { FIND_USAGE, dependencies_forget, dependencies_reset, search, step_class } from "./graph";
import { chains_forget, check_wait_context, validate } from "./order";
import {
  print_freed_lock,
  print_irq_inversion_bug,
  print_nest_not_held,
  print_unlock_imbalance,
  print_usage_bug,
} from "./report";
import {
  ENABLED_HARDIRQ,
  ENABLED_SOFTIRQ,
  READ,
  USED_IN_HARDIRQ,
  USED_IN_SOFTIRQ,
  exclusive_bit,
  hardirq_context,
  is_enabled_bit,
  softirq_context,
  softirqs_enabled,
} from "./usage";

/** For each CPU: set while the validator works there, since what it calls takes locks too. */
const busy = memory.data(4 * 4, 4);
/** Held by the CPU that looks at the tables. */
const graph_lock = memory.data(4, 4);
/** A CPU that reports something prints, and so may wait for one that waits here: that one lets the lock go unseen. */
const GRAPH_TURNS: u32 = 10000;

/** linux/lockdep.h. u32: what a hardirq handler may wait for, LD_WAIT_*; under PREEMPT_RT most run as threads. Read by the
 *  debug flavour; for lib/locking-selftest. Context: any. */
export const __wasm_hardirq_wait_type: usize = memory.data(4, 4);

/** Begins to work, with interrupts disabled: they would find the tables changing. Returns how they were, plus 1; 0 if
 *  the validator is off or at work. */
function enter(): u32 {
  const own = busy + <usize>smp_processor_id() * 4;
  if (!debug_locks_on() || load<u32>(own)) return 0;
  let turns: u32 = 0;
  while (atomic.cmpxchg<u32>(graph_lock, 0, 1)) if (++turns == GRAPH_TURNS) return 0;
  store<u32>(own, 1);
  const cpu = this_cpu();
  const irqs_off = cpu.irqs_off;
  cpu.irqs_off = 1;
  return irqs_off + 1;
}

function leave(entered: u32): void {
  this_cpu().irqs_off = entered - 1;
  store<u32>(busy + <usize>smp_processor_id() * 4, 0);
  atomic.store<u32>(graph_lock, 0);
}

// ── Usage ──

/** Notes that locks of the class of `held` are used as `bit` says, and looks for what contradicts that. */
function mark_lock(held: HeldLock, bit: u32): void {
  const own = class_at(held.number);
  const usage = <u32>own.usage | (1 << bit);
  if (usage == <u32>own.usage || !debug_locks_on()) return;
  own.usage = <u8>usage;
  store<u32>(usage_site(held.number, bit), held.site);
  const excl = exclusive_bit(bit);
  if (<u32>own.usage & (1 << excl)) return print_usage_bug(held, excl, bit);
  if (!(bit & READ) && <u32>own.usage & (1 << (excl + READ))) return print_usage_bug(held, excl + READ, bit);
  const backwards = is_enabled_bit(bit);
  const xr = backwards ? held.read != 0 : held.read == 2;
  const found = search(held.number, xr, !backwards, FIND_USAGE, 3 << excl, 0);
  if (!found) return;
  const other = step_class(found);
  print_irq_inversion_bug(held, other, !backwards, <u32>class_at(other).usage & (1 << excl) ? excl : excl + READ);
}

function mark_usage(held: HeldLock): void {
  const read: u32 = held.read ? READ : 0;
  if (!(held.flags & HELD_TRYLOCK)) {
    if (hardirq_context()) mark_lock(held, USED_IN_HARDIRQ + read);
    if (softirq_context()) mark_lock(held, USED_IN_SOFTIRQ + read);
  }
  if (held.flags & HELD_IRQS_OFF) return;
  mark_lock(held, ENABLED_HARDIRQ + read);
  if (softirqs_enabled()) mark_lock(held, ENABLED_SOFTIRQ + read);
}

/** Interrupts, or softirqs, are enabled while locks are held: those are used with them enabled. */
function mark_held_locks(bit: u32): void {
  const task = this_cpu().current;
  for (let i: u32 = 0; i < held_depth(task); i++) {
    const held = held_at(task, i);
    if (held.number && !(held.flags & HELD_NOCHECK)) mark_lock(held, bit + (held.read ? READ : 0));
  }
}

/** Interrupts are about to be enabled. */
export function lockdep_hardirqs_on(): void {
  if (!task_of(this_cpu().current).held || hardirq_context()) return;
  const entered = enter();
  if (!entered) return;
  mark_held_locks(ENABLED_HARDIRQ);
  if (softirqs_enabled()) mark_held_locks(ENABLED_SOFTIRQ);
  leave(entered);
}

/** Softirqs are about to be enabled. */
export function lockdep_softirqs_on(): void {
  if (!task_of(this_cpu().current).held || this_cpu().irqs_off) return;
  const entered = enter();
  if (!entered) return;
  mark_held_locks(ENABLED_SOFTIRQ);
  leave(entered);
}

// ── Taking and releasing ──

function look_at(held: HeldLock, subclass: u32, inner: u32): void {
  const task = this_cpu().current;
  const depth = held_depth(task) - 1;
  held.number = <u16>class_of(held.lock, subclass, inner);
  if (held.number && class_at(held.number).novalidate) held.flags |= HELD_NOCHECK;
  if (held.number) {
    if (!check_wait_context(task, held, depth)) return;
    if (!(held.flags & HELD_NOCHECK)) mark_usage(held);
  }
  if (held.nest && held.number && !(held.nest & NEST_UNSEEN)) {
    const i = held_index(task, held.nest);
    if (!i) return print_nest_not_held(held, known_class(held.nest));
  }
  if (debug_locks_on()) validate(task, held, depth);
}

/** Debug. The running task takes `lock`, or is about to (HELD_WAITING, until lock_acquired). `inner` is what a lock of
 *  its kind lets one wait for, `flags` some of HELD_*. */
export function acquire(lock: usize, subclass: u32, read: u32, flags: u32, nest: usize, inner: u32): void {
  const held = held_push(lock, nest, read, flags);
  if (!changetype<usize>(held)) return;
  const entered = enter();
  if (!entered) return;
  look_at(held, subclass, inner);
  leave(entered);
}

/** Debug. What was about to be taken is. */
export function acquired(lock: usize): void {
  const task = this_cpu().current;
  const i = held_index(task, lock);
  if (i) held_at(task, i - 1).flags &= ~HELD_WAITING;
}

/** Debug. What the running task holds for writing it now holds for reading. */
export function downgrade(lock: usize): void {
  const task = this_cpu().current;
  const i = held_index(task, lock);
  if (i) {
    held_at(task, i - 1).read = 1;
    reacquire(task, i - 1);
  } else {
    unbalanced(lock);
  }
}

/** Debug. The running task releases `lock`. False if it does not hold it, which was reported. */
export function release(lock: usize): bool {
  const task = this_cpu().current;
  const own = task_of(task);
  const depth = own.held;
  if (depth && depth == held_depth(task) && held_at(task, depth - 1).lock == lock) {
    own.held = depth - 1;
    return true;
  }
  let i = held_index(task, lock);
  if (!i && depth == held_depth(task)) i = held_index(task, 0); // it had no record
  if (i) {
    held_remove(task, i - 1);
    reacquire(task, i - 1);
    return true;
  }
  if (depth > held_depth(task)) {
    own.held--;
    return true;
  }
  unbalanced(lock);
  return false;
}

/** What was taken after a lock that is gone is now held without it. */
function reacquire(task: usize, from: u32): void {
  const entered = enter();
  if (!entered) return;
  for (let i = from; i < held_depth(task); i++) validate(task, held_at(task, i), i);
  leave(entered);
}

function unbalanced(lock: usize): void {
  const entered = enter();
  if (!entered) return;
  print_unlock_imbalance(lock, class_of(lock, 0, LD_WAIT_INV), call_site());
  leave(entered);
}

/** Debug. Memory is freed, or a lock in it initialised: no lock there may be held, by whoever does it. */
function check_freed(start: usize, size: usize): void {
  const task = this_cpu().current;
  const i = held_index_in(task, start, size);
  const entered = i ? enter() : 0;
  if (!entered) return;
  print_freed_lock(task, held_at(task, i - 1), start, size);
  leave(entered);
}

/** Debug (linux/debug_locks.h). Memory that may have had locks in it is freed: reports one that the running task holds. */
@inline
export function debug_check_no_locks_freed(start: usize, size: usize): void {
  if (task_of(this_cpu().current).held) check_freed(start, size);
}

/** Debug. The same of memory that any task may have locks in, which is forgotten: the next ones there are others. */
export function check_no_locks_left(start: usize, size: usize): void {
  while (true) {
    const task = holder_in(start, size);
    if (!task) return;
    const i = held_index_in(task, start, size) - 1;
    const entered = enter();
    if (entered) {
      print_freed_lock(task, held_at(task, i), start, size);
      leave(entered);
    }
    held_remove(task, i);
  }
}

/** One more than the index of the newest record of a lock in this memory; 0: there is none. */
function held_index_in(task: usize, start: usize, size: usize): u32 {
  let i = held_depth(task);
  while (i && held_at(task, i - 1).lock - start >= size) i--;
  return i;
}

/** A task that has a lock in this memory; 0: none has. */
function holder_in(start: usize, size: usize): usize {
  const flags = lock_tasks();
  let task = idle_task();
  while (task && !held_index_in(task, start, size)) task = next_task(task);
  unlock_tasks(flags);
  return task;
}

/** Debug. A lock is initialised. `name` and `key` say of which class it is; with `has_site` the key is "file:line". */
export function lock_init(
  lock: usize,
  name: usize,
  key: usize,
  has_site: bool,
  inner: u32,
  outer: u32 = 0,
  type: u32 = 0,
): void {
  if (task_of(this_cpu().current).held) check_freed(lock, 4);
  const entered = enter();
  if (!entered) return;
  lock_is_of(lock, name, key, has_site, inner, outer, type);
  leave(entered);
}

/** Debug. Forgets all that is known by a name in [start, end), which goes away, and the locks there. */
export function lockdep_free_range(start: usize, end: usize): void {
  const size = end - start;
  for (let number: u32 = 1; number <= class_limit(); number++) {
    if (!class_lies_in(number, start, size)) continue;
    dependencies_forget(number);
    class_forget(number);
  }
  chains_forget();
  locks_forget(start, size);
}

/** Debug. Forgets what was seen, and that the running task holds anything (lockdep_reset). */
export function lockdep_forget(): void {
  task_of(this_cpu().current).held = 0;
  dependencies_reset();
  classes_reset();
  chains_forget();
  store<u32>(debug_locks, 1);
}

/** At boot. */
export function lockdep_init(): void {
  store<u32>(__wasm_hardirq_wait_type, LD_WAIT_CONFIG);
}
