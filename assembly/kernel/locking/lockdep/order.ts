// In which order locks are taken, and in which contexts (kernel/locking/lockdep.c), debug flavour: each acquisition is looked
// at once for each chain of locks held; what was seen before costs a look into a table.

import { DEBUG } from "../../../flavour";
import { debug_locks_on } from "../debug_locks";
import { HELD_NOCHECK, HELD_TRYLOCK, HeldLock, held_at, held_context } from "../held";
import { LD_WAIT_CONFIG, LD_WAIT_SLEEP, class_at } from "./classes";
import { FIND_LOCK, FIND_USAGE, GATHER_USAGE, add_dependency, search, search_usage, step_class } from "./graph";
import { __wasm_hardirq_wait_type } from "./lockdep";
import { print_bad_irq_dependency, print_circular_bug, print_deadlock_bug, print_wait_context } from "./report";
import { ENABLED_ALL, exclusive_mask, exclusive_match, hardirq_context, softirq_context, used_in } from "./usage";

const CHAINS: u32 = 4096;
/** Chains of locks that were looked at, by hash. */
const chains = memory.data(DEBUG ? 4096 * 4 : 4, 4);
const CHAIN_START: u32 = 0x9e3779b9;

/** Looks at every chain anew. */
export function chains_forget(): void {
  memory.fill(chains, 0, CHAINS * 4);
}

/** What the context and the locks that are held let one wait for. */
export function check_wait_context(task: usize, held: HeldLock, depth: u32): bool {
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
  // As Linux, which counts such locks as one that was taken several times.
  if (held.nest && depth && held_at(task, depth - 1).number == held.number) return 2;
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
export function validate(task: usize, held: HeldLock, depth: u32): void {
  let before: u32 = CHAIN_START;
  if (depth) {
    const prev = held_at(task, depth - 1);
    if (held_context(prev) == held_context(held)) before = prev.chain;
  }
  held.chain = held.number ? chain_with(before, held) : before;
  if (!held.number || held.flags & (HELD_TRYLOCK | HELD_NOCHECK) || !chain_is_new(held.chain)) return;
  if (check_deadlock(task, held, depth) == 1) check_prevs_add(task, held, depth);
}
