// The lock validator (kernel/locking/lockdep.c), debug flavour: finds the order of locks, and the use of locks in
// interrupts, that could end in a deadlock, though it did not. Each acquisition is looked at once for each chain of locks
// held: what was seen before costs a look into a table.

import { call_site, smp_processor_id, this_cpu } from "../../../arch/wasm/cpu";
import { debug_locks, debug_locks_on } from "../debug_locks";
import {
  HELD_IRQS_OFF,
  HELD_NOCHECK,
  HELD_TRYLOCK,
  HELD_WAITING,
  HeldLock,
  NEST_UNSEEN,
  held_at,
  held_context,
  held_depth,
  held_index,
  held_push,
  held_remove,
} from "../held";
import { idle_task, lock_tasks, next_task, task_of, unlock_tasks } from "../../sched/task";
import {
  LD_WAIT_CONFIG,
  LD_WAIT_INV,
  LD_WAIT_SLEEP,
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
import {
  FIND_LOCK,
  FIND_USAGE,
  GATHER_USAGE,
  add_dependency,
  dependencies_forget,
  dependencies_reset,
  search,
  search_usage,
  step_class,
} from "./graph";
import {
  print_bad_irq_dependency,
  print_circular_bug,
  print_deadlock_bug,
  print_freed_lock,
  print_irq_inversion_bug,
  print_nest_not_held,
  print_unlock_imbalance,
  print_usage_bug,
  print_wait_context,
} from "./report";
import {
  ENABLED_ALL,
  ENABLED_HARDIRQ,
  ENABLED_SOFTIRQ,
  READ,
  USED_IN_HARDIRQ,
  USED_IN_SOFTIRQ,
  exclusive_bit,
  exclusive_mask,
  exclusive_match,
  hardirq_context,
  is_enabled_bit,
  softirq_context,
  softirqs_enabled,
  used_in,
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

const CHAINS: u32 = 4096;
/** Chains of locks that were looked at, by hash. */
const chains = memory.data(4096 * 4, 4);
const CHAIN_START: u32 = 0x9e3779b9;

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

// ── Order ──

/** What the context and the locks that are held let one wait for. */
function check_wait_context(task: usize, held: HeldLock, depth: u32): bool {
  const own = class_at(held.number);
  if (!own.inner || held.flags & HELD_TRYLOCK) return true;
  let inner: u32 = LD_WAIT_SLEEP + 1;
  if (hardirq_context()) inner = load<u32>(__wasm_hardirq_wait_type);
  else if (softirq_context()) inner = LD_WAIT_CONFIG;
  const context = inner;
  for (let i = depth; i && held_context(held_at(task, i - 1)) == held_context(held); i--) {
    const before = held_at(task, i - 1);
    if (before.number && class_at(before.number).inner) inner = min(inner, <u32>class_at(before.number).inner);
  }
  if (<u32>(own.outer ? own.outer : own.inner) <= inner) return true;
  print_wait_context(held, context);
  return false;
}

/** Looks at the simplest case, that a lock of the class is held. 0: reported; 1: no; 2: it is, and may be. */
function check_deadlock(task: usize, held: HeldLock, depth: u32): u32 {
  let nested = false;
  for (let i: u32 = 0; i < depth; i++) {
    const before = held_at(task, i);
    if (held.nest && (before.lock == held.nest || before.nest == held.nest)) nested = true;
    if (before.number != held.number || (held.read == 2 && before.read)) continue;
    if (nested) return 2;
    print_deadlock_bug(before, held);
    return 0;
  }
  return 1;
}

/** Whether `prev` -> `next` connects what interrupts take with what is held when they come. */
function check_irq_usage(prev: HeldLock, next: HeldLock): bool {
  search(prev.number, prev.read != 0, false, GATHER_USAGE, 0, 0);
  const inside = used_in(search_usage());
  if (!inside) return true;
  const forwards = search(next.number, next.read == 2, true, FIND_USAGE, exclusive_mask(inside), 0);
  if (!forwards) return true;
  const unsafe_ = step_class(forwards);
  const usage = <u32>class_at(unsafe_).usage;
  const backwards = search(prev.number, prev.read != 0, false, FIND_USAGE, exclusive_mask(usage & ENABLED_ALL), 0);
  if (!backwards) return true;
  const safe = step_class(backwards);
  const bits = exclusive_match(class_at(safe).usage, usage);
  print_bad_irq_dependency(prev, next, safe, bits & 7, unsafe_, bits >> 3);
  return false;
}

function check_prev_add(prev: HeldLock, next: HeldLock): bool {
  const found = search(next.number, next.read == 2, true, FIND_LOCK, prev.number, prev.read);
  if (found) {
    print_circular_bug(found, prev, next);
    return false;
  }
  if (!check_irq_usage(prev, next)) return false;
  add_dependency(prev.number, prev.read, next.number, next.read, next.site);
  return debug_locks_on();
}

/** Each lock held from the newest to the first that was not merely tried: that one's order before others is known. */
function check_prevs_add(task: usize, next: HeldLock, depth: u32): void {
  for (let i = depth; i; i--) {
    const prev = held_at(task, i - 1);
    if (held_context(prev) != held_context(next)) return;
    if (!prev.number || prev.flags & HELD_NOCHECK) continue;
    if (!check_prev_add(prev, next) || !(prev.flags & HELD_TRYLOCK)) return;
  }
}

/** The hash of a chain that goes on with this lock. */
@inline
function chain_with(chain: u32, held: HeldLock): u32 {
  const mixed = (chain ^ (<u32>held.number | ((<u32>held.read) << 16))) * 0x85ebca6b;
  return (mixed ^ (mixed >> 15)) * 0xc2b2ae35 + 1;
}

/** Whether the chain is seen for the first time. */
function chain_is_new(chain: u32): bool {
  const slot = chains + ((chain >> 7) & (CHAINS - 1)) * 4;
  if (load<u32>(slot) == chain) return false;
  store<u32>(slot, chain);
  return true;
}

/** The record at `depth`, of the running task, is new there. */
function validate(task: usize, held: HeldLock, depth: u32): void {
  let before: u32 = CHAIN_START;
  if (depth) {
    const prev = held_at(task, depth - 1);
    if (held_context(prev) == held_context(held)) before = prev.chain;
  }
  held.chain = held.number ? chain_with(before, held) : before;
  if (!held.number || held.flags & (HELD_TRYLOCK | HELD_NOCHECK) || !chain_is_new(held.chain)) return;
  if (check_deadlock(task, held, depth) == 1) check_prevs_add(task, held, depth);
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
  memory.fill(chains, 0, CHAINS * 4);
  locks_forget(start, size);
}

/** Debug. Forgets what was seen, and that the running task holds anything (lockdep_reset). */
export function lockdep_forget(): void {
  task_of(this_cpu().current).held = 0;
  dependencies_reset();
  classes_reset();
  memory.fill(chains, 0, CHAINS * 4);
  store<u32>(debug_locks, 1);
}

/** At boot. */
export function lockdep_init(): void {
  store<u32>(__wasm_hardirq_wait_type, LD_WAIT_CONFIG);
}
