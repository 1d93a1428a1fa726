// The timer wheel of kernel/time/timer.c. Nine levels of 64 buckets; a level's buckets are eight times as coarse as those
// of the level below. A timer goes into the level that its distance asks for, into the bucket that ends at or after its
// expiry, and stays there: far timers expire late by up to an eighth of their distance, and never early.
//
//   level    granularity (HZ 250)    distance
//     0         1 jiffy     4 ms       0 ..      62
//     1         8          32 ms      63 ..     503
//     2        64         256 ms     504 ..    4031     … up to level 8: 16 M jiffies, 18 h
//
// Each CPU has a wheel. A timer stays on the wheel of the CPU where it was initialised, or that add_timer_on names.

import { HZ, LIST_POISON2, TIMER_ARRAYMASK, TIMER_ARRAYSHIFT, TIMER_CPUMASK, hlist_node, timer_list } from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { local_irq_restore } from "../../arch/wasm/irqflags";
import { BOOT_NR_CPUS } from "../../arch/wasm/memory";
import {
  _raw_spin_lock,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock,
  _raw_spin_unlock_irqrestore,
} from "../locking/spinlock";
import { jiffies, time_after, time_before } from "./jiffies";

const LVL_BITS: u32 = 6;
const LVL_SIZE: u32 = 1 << LVL_BITS;
const LVL_MASK: u32 = LVL_SIZE - 1;
const LVL_DEPTH: u32 = HZ > 100 ? 9 : 8;
export const WHEEL_SIZE: u32 = LVL_SIZE * LVL_DEPTH;
/** Each level's clock runs an eighth as fast as that of the level below. */
const LVL_CLK_SHIFT: u32 = 3;
const LVL_CLK_MASK: u32 = 7;
/** Timers further away than the wheel reaches expire at its end. */
const WHEEL_TIMEOUT_CUTOFF: u32 = (LVL_SIZE - 1) << ((LVL_DEPTH - 1) * LVL_CLK_SHIFT);
const WHEEL_TIMEOUT_MAX: u32 = WHEEL_TIMEOUT_CUTOFF - (1 << ((LVL_DEPTH - 1) * LVL_CLK_SHIFT));
/** next_expiry of an empty wheel is this far ahead of its clock. */
export const NEXT_TIMER_MAX_DELTA: u32 = (1 << 30) - 1;

@unmanaged
export class TimerBase {
  /** raw_spinlock over all of this and over the timers on the wheel. */
  lock: u32;
  /** The timer whose function runs. */
  running: usize;
  /** The jiffy that the wheel has come to. */
  clk: u32;
  /** The first jiffy at which a bucket expires, if `recalc` is 0. */
  next_expiry: u32;
  recalc: u32;
  cpu: u32;
}

/** Behind a TimerBase: for each level a u64 with a bit for each bucket that is not empty; the buckets, each an
 *  hlist_head; and the lists that expire right now, one for each level. */
const MAPS: usize = offsetof<TimerBase>();
const BUCKETS: usize = MAPS + 9 * 8;
export const EXPIRED: usize = BUCKETS + 9 * 64 * 4;
const BASE_BYTES: usize = 24 + 9 * 8 + 9 * 64 * 4 + 10 * 4;
const bases = memory.data(4 * (24 + 9 * 8 + 9 * 64 * 4 + 10 * 4), 8);

@inline
export function base_of_cpu(cpu: u32): TimerBase {
  return changetype<TimerBase>(bases + <usize>cpu * BASE_BYTES);
}

@inline
export function lock_of(base: TimerBase): usize {
  return changetype<usize>(base) + offsetof<TimerBase>("lock");
}

@inline
function map_of(base: TimerBase, level: u32): usize {
  return changetype<usize>(base) + MAPS + level * 8;
}

@inline
function bucket_of(base: TimerBase, index: u32): usize {
  return changetype<usize>(base) + BUCKETS + index * 4;
}

@inline
export function tl(timer: usize): timer_list {
  return changetype<timer_list>(timer);
}

@inline
export function node_of(timer: usize): hlist_node {
  return tl(timer).entry;
}

/** A timer on a wheel. */
@inline
export function is_pending(timer: usize): bool {
  return node_of(timer).pprev != 0;
}

@inline
export function index_of(timer: usize): u32 {
  return (tl(timer).flags & TIMER_ARRAYMASK) >> TIMER_ARRAYSHIFT;
}

// ── The wheel. Base locked. ──

/** The level for a timer `delta` jiffies ahead. */
function level_for(delta: u32): u32 {
  for (let level: u32 = 0; level < LVL_DEPTH - 1; level++) {
    if (delta < (LVL_SIZE - 1) << (level * LVL_CLK_SHIFT)) return level;
  }
  return LVL_DEPTH - 1;
}

/** Where a timer belongs: the index of its bucket in the low half, the jiffy at which that expires in the high half. */
export function place(expires: u32, clk: u32): u64 {
  const delta = expires - clk;
  if (<i32>delta < 0) return ((<u64>clk) << 32) | (clk & LVL_MASK); // late: the bucket that is next
  if (delta >= WHEEL_TIMEOUT_CUTOFF) expires = clk + WHEEL_TIMEOUT_MAX;
  const level = level_for(delta);
  const shift = level * LVL_CLK_SHIFT;
  const slot = (expires >> shift) + 1; // rounded up, so that it never expires early
  return ((<u64>(slot << shift)) << 32) | (level * LVL_SIZE + (slot & LVL_MASK));
}

export function enqueue(base: TimerBase, timer: usize, where: u64): void {
  const index = <u32>where;
  const expiry = <u32>(where >> 32);
  const head = bucket_of(base, index);
  const first = load<usize>(head);
  node_of(timer).next = first;
  if (first) changetype<hlist_node>(first).pprev = timer;
  store<usize>(head, timer);
  node_of(timer).pprev = head;
  const map = map_of(base, index >> LVL_BITS);
  store<u64>(map, load<u64>(map) | ((<u64>1) << (index & LVL_MASK)));
  tl(timer).flags = (tl(timer).flags & ~TIMER_ARRAYMASK) | (index << TIMER_ARRAYSHIFT);
  if (!time_before(expiry, base.next_expiry)) return;
  base.next_expiry = expiry;
  base.recalc = 0;
}

export function detach(timer: usize, clear_pending: bool): void {
  const node = node_of(timer);
  const next = node.next;
  store<usize>(node.pprev, next);
  if (next) changetype<hlist_node>(next).pprev = node.pprev;
  if (clear_pending) node.pprev = 0;
  node.next = LIST_POISON2;
}

/** Takes a timer off the wheel; whether it was on it. */
export function detach_if_pending(base: TimerBase, timer: usize, clear_pending: bool): bool {
  if (!is_pending(timer)) return false;
  const index = index_of(timer);
  const head = bucket_of(base, index);
  if (load<usize>(head) == timer && !node_of(timer).next) {
    const map = map_of(base, index >> LVL_BITS);
    store<u64>(map, load<u64>(map) & ~((<u64>1) << (index & LVL_MASK)));
    base.recalc = 1;
  }
  detach(timer, clear_pending);
  return true;
}

/** Moves the wheel's clock on while it stood still: to now, or to the next bucket that expires. */
export function forward(base: TimerBase): void {
  const now = jiffies();
  if (<i32>(now - base.clk) < 1) return;
  if (time_after(base.next_expiry, now)) base.clk = now;
  else if (!time_before(base.next_expiry, base.clk)) base.clk = base.next_expiry;
}

/** How many buckets of a level are before the next one that is not empty, from `slot` on and around; -1: all are
 *  empty. */
@inline
function distance(map: u64, slot: u32): i32 {
  return map ? <i32>ctz(rotr<u64>(map, slot)) : -1;
}

/** The first jiffy at which a bucket of the wheel expires. */
export function first_expiry(base: TimerBase): u32 {
  let next = base.clk + NEXT_TIMER_MAX_DELTA;
  let clk = base.clk;
  for (let level: u32 = 0; level < LVL_DEPTH; level++) {
    const ahead = distance(load<u64>(map_of(base, level)), clk & LVL_MASK);
    const low = clk & LVL_CLK_MASK;
    if (ahead >= 0) {
      const expiry = (clk + ahead) << (level * LVL_CLK_SHIFT);
      if (time_before(expiry, next)) next = expiry;
      // Nothing above can be sooner than where this level's clock carries over.
      if (<u32>ahead <= ((LVL_CLK_MASK + 1 - low) & LVL_CLK_MASK)) break;
    }
    clk = (clk >> LVL_CLK_SHIFT) + (low ? 1 : 0);
  }
  return next;
}

/** The wheel that the timer is on, or would go to, locked. Interrupts disabled. */
export function lock_base(timer: usize): TimerBase {
  while (true) {
    const base = base_of_cpu(tl(timer).flags & TIMER_CPUMASK);
    _raw_spin_lock(lock_of(base));
    if ((tl(timer).flags & TIMER_CPUMASK) == base.cpu) return base;
    _raw_spin_unlock(lock_of(base));
  }
}

export function unlock_base(base: TimerBase, flags: u32): void {
  _raw_spin_unlock(lock_of(base));
  local_irq_restore(flags);
}

/** Moves the buckets that expire at the wheel's clock to the lists of expired timers; how many levels were looked
 *  at. */
export function collect(base: TimerBase): u32 {
  let clk = base.clk;
  for (let level: u32 = 0; level < LVL_DEPTH; level++) {
    const slot = clk & LVL_MASK;
    const map = load<u64>(map_of(base, level));
    const list = changetype<usize>(base) + EXPIRED + level * 4;
    store<usize>(list, 0);
    if (map & ((<u64>1) << slot)) {
      const head = bucket_of(base, level * LVL_SIZE + slot);
      const first = load<usize>(head);
      store<u64>(map_of(base, level), map & ~((<u64>1) << slot));
      store<usize>(head, 0);
      store<usize>(list, first);
      changetype<hlist_node>(first).pprev = list;
    }
    if (clk & LVL_CLK_MASK) return level + 1;
    clk >>= LVL_CLK_SHIFT;
  }
  return LVL_DEPTH;
}

/** The first timer of a bucket of CPU `cpu`'s wheel, or 0. */
export function wheel_bucket(cpu: u32, index: u32): usize {
  return load<usize>(bucket_of(base_of_cpu(cpu), index));
}

function first_within(base: TimerBase, from: usize, size: usize): usize {
  for (let level: u32 = 0; level < LVL_DEPTH; level++) {
    for (let map = load<u64>(map_of(base, level)); map; map &= map - 1) {
      let timer = load<usize>(bucket_of(base, level * LVL_SIZE + <u32>ctz(map)));
      for (; timer; timer = node_of(timer).next) if (timer - from < size) return timer;
    }
  }
  return 0;
}

/** A timer that is on some wheel and lies within [from, from + size), or 0. */
export function timer_within(from: usize, size: usize): usize {
  let found: usize = 0;
  for (let cpu: u32 = 0; cpu < load<u32>(BOOT_NR_CPUS) && !found; cpu++) {
    const base = base_of_cpu(cpu);
    const flags = _raw_spin_lock_irqsave(lock_of(base));
    found = first_within(base, from, size);
    _raw_spin_unlock_irqrestore(lock_of(base), flags);
  }
  return found;
}

/** Whether any timer is on this CPU's wheel. */
export function timers_pending(): bool {
  const base = base_of_cpu(smp_processor_id());
  let any: u64 = 0;
  for (let level: u32 = 0; level < LVL_DEPTH; level++) any |= load<u64>(map_of(base, level));
  return any != 0;
}

/** The jiffy at which this CPU's wheel next has something to do. */
export function timers_next_expiry(): u32 {
  const base = base_of_cpu(smp_processor_id());
  const flags = _raw_spin_lock_irqsave(lock_of(base));
  if (base.recalc) {
    base.next_expiry = first_expiry(base);
    base.recalc = 0;
  }
  _raw_spin_unlock_irqrestore(lock_of(base), flags);
  return base.next_expiry;
}
