// kernel/time/timer.c: the timer wheel. Nine levels of 64 buckets; a level's buckets are eight times as coarse as those
// of the level below. A timer goes into the level that its distance asks for, into the bucket that ends at or after its
// expiry, and stays there: far timers expire late by up to an eighth of their distance, and never early.
//
//   level    granularity (HZ 250)    distance
//     0         1 jiffy     4 ms       0 ..      62
//     1         8          32 ms      63 ..     503
//     2        64         256 ms     504 ..    4031     … up to level 8: 16 M jiffies, 18 h
//
// Each CPU has a wheel. A timer stays on the wheel of the CPU where it was initialised, or that add_timer_on names.

import {
  HZ,
  LIST_POISON2,
  TIMER_ARRAYMASK,
  TIMER_ARRAYSHIFT,
  TIMER_CPUMASK,
  TIMER_INIT_FLAGS,
  TIMER_IRQSAFE,
  TIMER_SOFTIRQ,
  hlist_node,
  timer_list,
} from "../../abi";
import { cpu_kick, smp_processor_id } from "../../arch/wasm/cpu";
import { local_irq_restore, local_irq_save, wait_window } from "../../arch/wasm/irqflags";
import { CPU_MAX } from "../../arch/wasm/memory";
import { in_hardirq, preempt_count, preempt_count_add } from "../../arch/wasm/preempt";
import { spurious_init } from "../irq/spurious";
import {
  _raw_spin_lock,
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "../locking/spinlock";
import { DEBUG } from "../../flavour";
import { callback_enter, callback_leave } from "../debug/callback";
import { BUG, WARN } from "../panic";
import { pr } from "../printk/printk";
import { __raise_softirq_irqoff, open_softirq } from "../softirq";
import { delay_init } from "./delay";
import { hrtimers_init } from "./hrtimer";
import { jiffies, time_after, time_after_eq, time_before } from "./jiffies";
import { tick_init, tick_start } from "./tick";
import { timekeeping_init } from "./timekeeping";

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
const NEXT_TIMER_MAX_DELTA: u32 = (1 << 30) - 1;

@unmanaged
class TimerBase {
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
const EXPIRED: usize = BUCKETS + 9 * 64 * 4;
const BASE_BYTES: usize = 24 + 9 * 8 + 9 * 64 * 4 + 10 * 4;
const bases = memory.data(4 * (24 + 9 * 8 + 9 * 64 * 4 + 10 * 4), 8);

const MOD_PENDING_ONLY: u32 = 1;
const MOD_REDUCE: u32 = 2;
const MOD_NOT_PENDING: u32 = 4;

@inline
function base_of_cpu(cpu: u32): TimerBase {
  return changetype<TimerBase>(bases + <usize>cpu * BASE_BYTES);
}

@inline
function lock_of(base: TimerBase): usize {
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
function tl(timer: usize): timer_list {
  return changetype<timer_list>(timer);
}

@inline
function node_of(timer: usize): hlist_node {
  return tl(timer).entry;
}

/** A timer on a wheel. */
@inline
function is_pending(timer: usize): bool {
  return node_of(timer).pprev != 0;
}

@inline
function index_of(timer: usize): u32 {
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
function place(expires: u32, clk: u32): u64 {
  const delta = expires - clk;
  if (<i32>delta < 0) return ((<u64>clk) << 32) | (clk & LVL_MASK); // late: the bucket that is next
  if (delta >= WHEEL_TIMEOUT_CUTOFF) expires = clk + WHEEL_TIMEOUT_MAX;
  const level = level_for(delta);
  const shift = level * LVL_CLK_SHIFT;
  const slot = (expires >> shift) + 1; // rounded up, so that it never expires early
  return ((<u64>(slot << shift)) << 32) | (level * LVL_SIZE + (slot & LVL_MASK));
}

function enqueue(base: TimerBase, timer: usize, where: u64): void {
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

function detach(timer: usize, clear_pending: bool): void {
  const node = node_of(timer);
  const next = node.next;
  store<usize>(node.pprev, next);
  if (next) changetype<hlist_node>(next).pprev = node.pprev;
  if (clear_pending) node.pprev = 0;
  node.next = LIST_POISON2;
}

/** Takes a timer off the wheel; whether it was on it. */
function detach_if_pending(base: TimerBase, timer: usize, clear_pending: bool): bool {
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
function forward(base: TimerBase): void {
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
function first_expiry(base: TimerBase): u32 {
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
function lock_base(timer: usize): TimerBase {
  while (true) {
    const base = base_of_cpu(tl(timer).flags & TIMER_CPUMASK);
    _raw_spin_lock(lock_of(base));
    if ((tl(timer).flags & TIMER_CPUMASK) == base.cpu) return base;
    _raw_spin_unlock(lock_of(base));
  }
}

function unlock_base(base: TimerBase, flags: u32): void {
  _raw_spin_unlock(lock_of(base));
  local_irq_restore(flags);
}

// ── Expiry ──

function call_timer_fn(timer: usize, fn: usize): void {
  const state = callback_enter();
  const entered = DEBUG ? preempt_count() : 0;
  call_indirect<void>(<u32>fn, timer);
  if (!DEBUG) return;
  if (preempt_count() != entered) pr(cstr("\x014timer: %pS preempt leak: %08x -> %08x"), fn, entered, preempt_count());
  callback_leave(state, fn);
}

/** Runs the timers of one list. Base locked with interrupts disabled; unlocked while a function runs. */
function expire_list(base: TimerBase, list: usize): void {
  for (let timer = load<usize>(list); timer; timer = load<usize>(list)) {
    base.running = timer;
    detach(timer, true);
    const fn = tl(timer).function_;
    if (!fn) {
      WARN(cstr("a timer without a function expired"));
    } else if (tl(timer).flags & TIMER_IRQSAFE) {
      _raw_spin_unlock(lock_of(base));
      call_timer_fn(timer, fn);
      _raw_spin_lock(lock_of(base));
    } else {
      _raw_spin_unlock_irq(lock_of(base));
      call_timer_fn(timer, fn);
      _raw_spin_lock_irq(lock_of(base));
    }
    base.running = 0;
  }
}

/** Moves the buckets that expire at the wheel's clock to the lists of expired timers; how many levels were looked
 *  at. */
function collect(base: TimerBase): u32 {
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

function run_timers(action: usize): void {
  const base = base_of_cpu(smp_processor_id());
  if (time_before(jiffies(), base.next_expiry)) return;
  _raw_spin_lock_irq(lock_of(base));
  while (time_after_eq(jiffies(), base.clk) && time_after_eq(jiffies(), base.next_expiry)) {
    base.clk = base.next_expiry;
    let levels = collect(base);
    base.clk++;
    base.next_expiry = first_expiry(base);
    base.recalc = 0;
    while (levels--) expire_list(base, changetype<usize>(base) + EXPIRED + levels * 4);
  }
  _raw_spin_unlock_irq(lock_of(base));
}

/** The timer interrupt: has the softirq run what expired. */
export function timers_tick(): void {
  if (time_after_eq(jiffies(), base_of_cpu(smp_processor_id()).next_expiry)) __raise_softirq_irqoff(TIMER_SOFTIRQ);
}

/** The first timer of a bucket of this CPU's wheel, or 0. */
export function wheel_bucket(index: u32): usize {
  return load<usize>(bucket_of(base_of_cpu(smp_processor_id()), index));
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

// ── The interface ──

/** linux/timer.h. Readies a timer that calls `func(struct timer_list *)`; `flags` TIMER_DEFERRABLE, TIMER_PINNED,
 *  TIMER_IRQSAFE. Context: any. (Differs: a deferrable timer is like any other, as without NO_HZ.) */
export function init_timer_key(timer: usize, func: usize, flags: u32, name: usize, key: usize): void {
  if (flags & ~TIMER_INIT_FLAGS) WARN(cstr("init_timer_key: unknown flags"));
  node_of(timer).pprev = 0;
  tl(timer).function_ = func;
  tl(timer).flags = (flags & TIMER_INIT_FLAGS) | smp_processor_id();
}

/** Whether a pending timer need not move for the new expiry; its expiry is then as wanted. Base locked. */
function stays(base: TimerBase, timer: usize, expires: u32, options: u32): bool {
  const reduce = (options & MOD_REDUCE) != 0;
  if (reduce && <i32>(tl(timer).expires - expires) <= 0) return true;
  if (<u32>place(expires, base.clk) != index_of(timer)) return false;
  tl(timer).expires = expires;
  return true;
}

/** Sets a timer; whether it was pending. A timer that was shut down stays as it is. Base locked. */
function set_timer(base: TimerBase, timer: usize, expires: u32, options: u32): bool {
  if (!tl(timer).function_) return false;
  forward(base);
  if (!(options & MOD_NOT_PENDING) && is_pending(timer) && stays(base, timer, expires, options)) return true;
  const was_pending = detach_if_pending(base, timer, false);
  if (!was_pending && options & MOD_PENDING_ONLY) return false;
  tl(timer).expires = expires;
  enqueue(base, timer, place(expires, base.clk));
  return was_pending;
}

function modify(timer: usize, expires: u32, options: u32): i32 {
  const pending = !(options & MOD_NOT_PENDING) && is_pending(timer);
  if (pending && tl(timer).expires == expires) return 1;
  const flags = local_irq_save();
  const base = lock_base(timer);
  const was_pending = set_timer(base, timer, expires, options);
  unlock_base(base, flags);
  if (base.cpu != smp_processor_id()) cpu_kick(base.cpu); // if it is idle it looks when to wake up next
  return was_pending ? 1 : 0;
}

/** linux/timer.h. Sets a timer to expire at jiffy `expires`, pending or not; 1 if it was pending, else 0. Context:
 *  any. */
export function mod_timer(timer: usize, expires: u32): i32 {
  return modify(timer, expires, 0);
}

/** linux/timer.h. mod_timer, if the timer is pending; 1 if it was. Context: any. */
export function mod_timer_pending(timer: usize, expires: u32): i32 {
  return modify(timer, expires, MOD_PENDING_ONLY);
}

/** linux/timer.h. mod_timer, unless the timer is pending and expires sooner; 1 if it was pending. Context: any. */
export function timer_reduce(timer: usize, expires: u32): i32 {
  return modify(timer, expires, MOD_REDUCE);
}

/** linux/timer.h. Starts a timer that is not pending, at its `expires`. A pending one is reported and stays.
 *  Context: any. */
export function add_timer(timer: usize): void {
  if (is_pending(timer)) WARN(cstr("add_timer of a pending timer"));
  else modify(timer, tl(timer).expires, MOD_NOT_PENDING);
}

/** linux/timer.h. add_timer on the wheel of CPU `cpu`. Context: any. */
export function add_timer_on(timer: usize, cpu: i32): void {
  if (is_pending(timer)) return WARN(cstr("add_timer_on of a pending timer"));
  const flags = local_irq_save();
  const base = lock_base(timer);
  tl(timer).flags = (tl(timer).flags & ~TIMER_CPUMASK) | cpu;
  unlock_base(base, flags);
  modify(timer, tl(timer).expires, MOD_NOT_PENDING);
}

function remove(timer: usize, shutdown: bool): i32 {
  if (!shutdown && !is_pending(timer)) return 0;
  const flags = local_irq_save();
  const base = lock_base(timer);
  const was_pending = detach_if_pending(base, timer, true);
  if (shutdown) tl(timer).function_ = 0;
  unlock_base(base, flags);
  return was_pending ? 1 : 0;
}

/** linux/timer.h. Stops a timer: 1 if it was pending. Its function may still run. Context: any. */
export function timer_delete(timer: usize): i32 {
  return remove(timer, false);
}

/** linux/timer.h. timer_delete for good: the timer cannot be set any more. Context: any. */
export function timer_shutdown(timer: usize): i32 {
  return remove(timer, true);
}

/** linux/timer.h. del_timer() for a module built without the kernel's headers. Context: any. */
export function del_timer(timer: usize): i32 {
  return remove(timer, false);
}

function try_remove(timer: usize, shutdown: bool): i32 {
  const flags = local_irq_save();
  const base = lock_base(timer);
  let result = -1;
  if (base.running != timer) {
    result = detach_if_pending(base, timer, true) ? 1 : 0;
    if (shutdown) tl(timer).function_ = 0;
  }
  unlock_base(base, flags);
  return result;
}

/** linux/timer.h. Stops a timer: 1 if it was pending, 0 if not, -1 if its function runs. Context: any. */
export function try_to_del_timer_sync(timer: usize): i32 {
  return try_remove(timer, false);
}

/** On this CPU the running function is below us on the stack: it would never end. */
function check_own_callback(timer: usize): void {
  if (base_of_cpu(smp_processor_id()).running != timer) return;
  if (DEBUG) pr(cstr("\x010BUG: timer_delete_sync waits for %ps, which called it"), tl(timer).function_);
  BUG(cstr("a timer function waits for itself to end: use timer_delete (del_timer) there"));
}

function remove_sync(timer: usize, shutdown: bool): i32 {
  if (in_hardirq() && !(tl(timer).flags & TIMER_IRQSAFE)) WARN(cstr("timer_delete_sync in a hardirq"));
  let result = try_remove(timer, shutdown);
  for (let turn: u32 = 0; result < 0; turn++) {
    check_own_callback(timer);
    wait_window(turn);
    result = try_remove(timer, shutdown);
  }
  return result;
}

/** linux/timer.h. Stops a timer and waits until its function has ended: 1 if it was pending. Context: process, softirq.
 *  (Differs: called from the timer's own function it is a BUG instead of a silent deadlock.) */
export function timer_delete_sync(timer: usize): i32 {
  return remove_sync(timer, false);
}

/** linux/timer.h. timer_delete_sync for good: the timer cannot be set any more. Context: process, softirq. */
export function timer_shutdown_sync(timer: usize): i32 {
  return remove_sync(timer, true);
}

/** linux/timer.h. del_timer_sync() for a module built without the kernel's headers. Context: process, softirq. */
export function del_timer_sync(timer: usize): i32 {
  return remove_sync(timer, false);
}

/** Starts all that has to do with time: jiffies, the wheels, hrtimers, and the timer interrupt. */
export function timers_init(): void {
  tick_init();
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) {
    const base = base_of_cpu(cpu);
    base.cpu = cpu;
    base.clk = jiffies();
    base.next_expiry = base.clk + NEXT_TIMER_MAX_DELTA;
  }
  delay_init();
  timekeeping_init();
  hrtimers_init();
  open_softirq(TIMER_SOFTIRQ, run_timers.index);
  spurious_init();
  tick_start();
}
