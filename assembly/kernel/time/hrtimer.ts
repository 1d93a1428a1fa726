// kernel/time/hrtimer.c: timers in nanoseconds. Each CPU has Linux's struct hrtimer_cpu_base with a clock base for each
// clock, once for timers that expire in the timer interrupt and once for those that expire in HRTIMER_SOFTIRQ. A base
// keeps its timers sorted by expiry in a list through the rb_node: rb_left is the one before, rb_right the one behind.

import {
  CLOCK_BOOTTIME,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_TAI,
  HRTIMER_BASE_BOOTTIME,
  HRTIMER_BASE_MONOTONIC,
  HRTIMER_BASE_MONOTONIC_SOFT,
  HRTIMER_BASE_REALTIME,
  HRTIMER_BASE_TAI,
  HRTIMER_MAX_CLOCK_BASES,
  HRTIMER_MODE_HARD,
  HRTIMER_MODE_REL,
  HRTIMER_MODE_SOFT,
  HRTIMER_NORESTART,
  HRTIMER_SOFTIRQ,
  HRTIMER_STATE_ENQUEUED,
  HRTIMER_STATE_INACTIVE,
  KTIME_MAX,
  hrtimer,
  hrtimer_clock_base,
  hrtimer_cpu_base,
  offsetof_hrtimer_cpu_base_clock_base,
  rb_node,
  sizeof_hrtimer,
  sizeof_hrtimer_clock_base,
  sizeof_hrtimer_cpu_base,
} from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { wait_window } from "../../arch/wasm/irqflags";
import { BOOT_NR_CPUS, CPU_MAX } from "../../arch/wasm/memory";
import { DEBUG } from "../../flavour";
import { callback_enter, callback_leave } from "../debug/callback";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../locking/spinlock";
import { BUG, WARN } from "../panic";
import { pr } from "../printk/printk";
import { __raise_softirq_irqoff, open_softirq } from "../softirq";
import { tick_program, tick_program_on } from "./tick";
import { boot_now, mono_now, real_now, tai_now } from "./timekeeping";

/** linux/hrtimer.h. The resolution of hrtimers, ns. */
export const hrtimer_resolution: usize = memory.data(4, 4);

const CPU_BASE_BYTES: usize = (sizeof_hrtimer_cpu_base + 63) & ~63;
const cpu_bases = memory.data(4 * 448, 64);

const HARD_BASES: u32 = HRTIMER_MAX_CLOCK_BASES / 2;

@inline
function cpu_base(cpu: u32): hrtimer_cpu_base {
  return changetype<hrtimer_cpu_base>(cpu_bases + <usize>cpu * CPU_BASE_BYTES);
}

@inline
function clock_base(cpu: u32, index: u32): hrtimer_clock_base {
  const first = changetype<usize>(cpu_base(cpu)) + offsetof_hrtimer_cpu_base_clock_base;
  return changetype<hrtimer_clock_base>(first + <usize>index * sizeof_hrtimer_clock_base);
}

@inline
export function hrt(timer: usize): hrtimer {
  return changetype<hrtimer>(timer);
}

/** The timer's place in its list; a timer is where its node is. */
@inline
function link(timer: usize): rb_node {
  return changetype<rb_node>(timer);
}

@inline
function base_of(timer: usize): hrtimer_clock_base {
  return changetype<hrtimer_clock_base>(hrt(timer).base);
}

/** The lock of the CPU base; its first member. */
@inline
function lock_of(base: hrtimer_clock_base): usize {
  return base.cpu_base;
}

@inline
export function expiry(timer: usize): i64 {
  return hrt(timer).node.expires;
}

@inline
export function first_hrtimer(base: hrtimer_clock_base): usize {
  return base.active.rb_root.rb_leftmost;
}

@inline
function set_first(base: hrtimer_clock_base, timer: usize): void {
  base.active.rb_root.rb_leftmost = timer;
}

@inline
function base_now(base: hrtimer_clock_base): i64 {
  return call_indirect<i64>(<u32>base.get_time);
}

/** What a clock is ahead of the monotonic one. */
@inline
export function hrtimer_base_offset(base: hrtimer_clock_base): i64 {
  return base_now(base) - mono_now();
}

// ── The lists. Base locked. ──

function insert(base: hrtimer_clock_base, timer: usize): void {
  let before: usize = 0;
  let behind = first_hrtimer(base);
  while (behind && expiry(behind) <= expiry(timer)) {
    before = behind;
    behind = link(behind).rb_right;
  }
  link(timer).__rb_parent_color = 0;
  link(timer).rb_left = before;
  link(timer).rb_right = behind;
  if (before) link(before).rb_right = timer;
  else set_first(base, timer);
  if (behind) link(behind).rb_left = timer;
  hrt(timer).state = <u8>HRTIMER_STATE_ENQUEUED;
}

function take_out(base: hrtimer_clock_base, timer: usize): void {
  const before = link(timer).rb_left;
  const behind = link(timer).rb_right;
  if (before) link(before).rb_right = behind;
  else set_first(base, behind);
  if (behind) link(behind).rb_left = before;
  link(timer).__rb_parent_color = <u32>timer; // RB_CLEAR_NODE
  hrt(timer).state = <u8>HRTIMER_STATE_INACTIVE;
}

/** Takes a timer out of its list; whether it was in it. */
function remove(base: hrtimer_clock_base, timer: usize): bool {
  if (!hrt(timer).state) return false;
  take_out(base, timer);
  return true;
}

// ── Expiry ──

/** Calls a timer's function, unlocked and with the interrupt flag `flags`; queues the timer again if it says so. */
function run_timer(base: hrtimer_clock_base, timer: usize, flags: u32): void {
  base.running = timer;
  take_out(base, timer);
  _raw_spin_unlock_irqrestore(lock_of(base), flags);
  const fn = hrt(timer).function_;
  const state = callback_enter();
  const again = call_indirect<i32>(<u32>fn, timer);
  if (DEBUG) callback_leave(state, fn);
  _raw_spin_lock_irqsave(lock_of(base));
  if (again != HRTIMER_NORESTART && !hrt(timer).state) insert(base, timer);
  base.running = 0;
}

function run_base(base: hrtimer_clock_base, flags: u32): void {
  const now = base_now(base);
  for (let timer = first_hrtimer(base); timer && hrt(timer)._softexpires <= now; timer = first_hrtimer(base)) {
    run_timer(base, timer, flags);
  }
}

function run_bases(first: u32): void {
  const cpu = smp_processor_id();
  const flags = _raw_spin_lock_irqsave(changetype<usize>(cpu_base(cpu)));
  for (let index = first; index < first + HARD_BASES; index++) run_base(clock_base(cpu, index), flags);
  _raw_spin_unlock_irqrestore(changetype<usize>(cpu_base(cpu)), flags);
}

/** The timer interrupt: runs what expired of the timers for it, and has the softirq run the others. */
export function hrtimer_run_queues(): void {
  if (base_expired(HRTIMER_BASE_MONOTONIC_SOFT)) __raise_softirq_irqoff(HRTIMER_SOFTIRQ);
  run_bases(0);
}

function hrtimer_softirq(action: usize): void {
  run_bases(HRTIMER_BASE_MONOTONIC_SOFT);
  tick_program();
}

/** Whether any of the four clock bases from `first` on has a timer that is due. */
function base_expired(first: u32): bool {
  for (let index = first; index < first + HARD_BASES; index++) {
    const base = clock_base(smp_processor_id(), index);
    const timer = first_hrtimer(base);
    if (timer && hrt(timer)._softexpires <= base_now(base)) return true;
  }
  return false;
}

/** When the first timer of this CPU expires, ns on the monotonic clock; all ones: there is none. */
export function hrtimer_next_ns(): u64 {
  let next: u64 = u64.MAX_VALUE;
  for (let index: u32 = 0; index < HRTIMER_MAX_CLOCK_BASES; index++) {
    const base = clock_base(smp_processor_id(), index);
    const timer = first_hrtimer(base);
    if (timer) next = min(next, <u64>max<i64>(expiry(timer) - hrtimer_base_offset(base), 0));
  }
  return next;
}

// ── The interface ──

function base_index(clock: u32): u32 {
  if (clock == CLOCK_REALTIME) return HRTIMER_BASE_REALTIME;
  if (clock == CLOCK_BOOTTIME) return HRTIMER_BASE_BOOTTIME;
  if (clock == CLOCK_TAI) return HRTIMER_BASE_TAI;
  if (clock != CLOCK_MONOTONIC) WARN(cstr("hrtimer_init: invalid clock id"));
  return HRTIMER_BASE_MONOTONIC;
}

/** linux/hrtimer.h. Readies a timer on clock `clock_id`; the caller sets its function. Context: any. */
export function hrtimer_init(timer: usize, clock_id: i32, mode: u32): void {
  memory.fill(timer, 0, sizeof_hrtimer);
  const soft = (mode & HRTIMER_MODE_SOFT) != 0;
  // A wait from now on must not stretch when the wall clock is set.
  const clock = clock_id == <i32>CLOCK_REALTIME && mode & HRTIMER_MODE_REL ? CLOCK_MONOTONIC : clock_id;
  hrt(timer).is_soft = soft ? 1 : 0;
  hrt(timer).is_hard = mode & HRTIMER_MODE_HARD ? 1 : 0;
  hrt(timer).base = changetype<usize>(clock_base(smp_processor_id(), base_index(clock) + (soft ? HARD_BASES : 0)));
  link(timer).__rb_parent_color = <u32>timer;
}

/** linux/hrtimer.h. Starts a timer, pending or not, to expire between `time` and `time` + `delta` ns; `mode` says
 *  whether `time` counts from now. Context: any. */
export function hrtimer_start_range_ns(timer: usize, time: i64, delta: u64, mode: u32): void {
  const base = base_of(timer);
  const flags = _raw_spin_lock_irqsave(lock_of(base));
  remove(base, timer);
  if (mode & HRTIMER_MODE_REL) time = ktime_add_safe(time, base_now(base));
  hrt(timer)._softexpires = time;
  hrt(timer).node.expires = ktime_add_safe(time, <i64>delta);
  insert(base, timer);
  if (first_hrtimer(base) == timer) tick_program_on(changetype<hrtimer_cpu_base>(base.cpu_base).cpu);
  _raw_spin_unlock_irqrestore(lock_of(base), flags);
}

/** linux/hrtimer.h. Whether the timer is queued or its function runs. Context: any. */
export function hrtimer_active(timer: usize): bool {
  return hrt(timer).state != 0 || base_of(timer).running == timer;
}

/** linux/hrtimer.h. Stops a timer: 1 if it was queued, 0 if not, -1 if its function runs. Context: any. */
export function hrtimer_try_to_cancel(timer: usize): i32 {
  if (!hrtimer_active(timer)) return 0;
  const base = base_of(timer);
  let result = -1;
  const flags = _raw_spin_lock_irqsave(lock_of(base));
  if (base.running != timer) result = remove(base, timer) ? 1 : 0;
  _raw_spin_unlock_irqrestore(lock_of(base), flags);
  return result;
}

/** linux/hrtimer.h. Stops a timer and waits until its function has ended: 1 if it was queued. Context: any.
 *  (Differs: called from the timer's own function it is a BUG instead of a silent deadlock.) */
export function hrtimer_cancel(timer: usize): i32 {
  let result = hrtimer_try_to_cancel(timer);
  for (let turn: u32 = 0; result < 0; turn++) {
    if (base_of(timer).cpu_base == changetype<usize>(cpu_base(smp_processor_id()))) {
      if (DEBUG) pr(cstr("\x010BUG: hrtimer_cancel waits for %ps, which called it"), hrt(timer).function_);
      BUG(cstr("an hrtimer function waits for itself to end: use hrtimer_try_to_cancel there"));
    }
    wait_window(turn);
    result = hrtimer_try_to_cancel(timer);
  }
  return result;
}

/** linux/hrtimer.h. Moves the expiry of a timer that is not queued on by whole `interval`s until it is past `now`;
 *  how many. Context: any. */
export function hrtimer_forward(timer: usize, now: i64, interval: i64): u64 {
  const late = now - expiry(timer);
  if (late < 0) return 0;
  if (hrt(timer).state) {
    WARN(cstr("hrtimer_forward of a queued timer"));
    return 0;
  }
  const step = max<i64>(interval, 1);
  const overruns = late / step + 1;
  hrt(timer)._softexpires = ktime_add_safe(hrt(timer)._softexpires, overruns * step);
  hrt(timer).node.expires = ktime_add_safe(hrt(timer).node.expires, overruns * step);
  return overruns;
}

/** linux/hrtimer.h. Nanoseconds until the timer expires; `adjust` has no meaning with this resolution. Context: any. */
export function __hrtimer_get_remaining(timer: usize, adjust: bool): i64 {
  return expiry(timer) - base_now(base_of(timer));
}

/** linux/ktime.h. The sum, or KTIME_MAX if it does not fit. Context: any. */
export function ktime_add_safe(lhs: i64, rhs: i64): i64 {
  const sum = lhs + rhs;
  return sum < 0 || sum < lhs || sum < rhs ? KTIME_MAX : sum;
}

/** linux/ktime.h. `kt` nanoseconds divided by `div`, towards zero. Context: any. */
export function __ktime_divns(kt: i64, div: i64): i64 {
  return kt / div;
}

function init_base(cpu: u32, index: u32, clock: u32, get_time: usize): void {
  for (let i = index; i < HRTIMER_MAX_CLOCK_BASES; i += HARD_BASES) {
    const base = clock_base(cpu, i);
    base.cpu_base = changetype<usize>(cpu_base(cpu));
    base.index = i;
    base.clockid = clock;
    base.get_time = get_time;
  }
}

export function hrtimers_init(): void {
  store<u32>(hrtimer_resolution, 1);
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) {
    cpu_base(cpu).cpu = cpu;
    init_base(cpu, HRTIMER_BASE_MONOTONIC, CLOCK_MONOTONIC, mono_now.index);
    init_base(cpu, HRTIMER_BASE_REALTIME, CLOCK_REALTIME, real_now.index);
    init_base(cpu, HRTIMER_BASE_BOOTTIME, CLOCK_BOOTTIME, boot_now.index);
    init_base(cpu, HRTIMER_BASE_TAI, CLOCK_TAI, tai_now.index);
  }
  open_softirq(HRTIMER_SOFTIRQ, hrtimer_softirq.index);
}

/** A clock base of CPU `cpu`, for /proc/timer_list. */
export function hrtimer_base(cpu: u32, index: u32): hrtimer_clock_base {
  return clock_base(cpu, index);
}

/** A queued timer that lies within [from, from + size), or 0. */
export function hrtimer_within(from: usize, size: usize): usize {
  let found: usize = 0;
  for (let cpu: u32 = 0; cpu < load<u32>(BOOT_NR_CPUS) && !found; cpu++) {
    const flags = _raw_spin_lock_irqsave(changetype<usize>(cpu_base(cpu)));
    for (let index: u32 = 0; index < HRTIMER_MAX_CLOCK_BASES && !found; index++) {
      found = first_hrtimer(clock_base(cpu, index));
      while (found && found - from >= size) found = link(found).rb_right;
    }
    _raw_spin_unlock_irqrestore(changetype<usize>(cpu_base(cpu)), flags);
  }
  return found;
}
