// kernel/time/timer.c: timers that drivers set in jiffies, and the softirq that runs them when they expire. Where they wait:
// time/wheel.

import { LIST_POISON2, TIMER_CPUMASK, TIMER_INIT_FLAGS, TIMER_IRQSAFE, TIMER_SOFTIRQ, timer_list } from "../../abi";
import { cpu_kick, smp_processor_id } from "../../arch/wasm/cpu";
import { local_irq_save, wait_window } from "../../arch/wasm/irqflags";
import { CPU_MAX } from "../../arch/wasm/memory";
import { in_hardirq, preempt_count } from "../../arch/wasm/preempt";
import { spurious_init } from "../irq/spurious";
import { _raw_spin_lock, _raw_spin_lock_irq, _raw_spin_unlock, _raw_spin_unlock_irq } from "../locking/spinlock";
import { DEBUG } from "../../flavour";
import { callback_enter, callback_leave } from "../debug/callback";
import { debug_print_object } from "../debug/objects";
import { BUG, WARN } from "../panic";
import { pr } from "../printk/printk";
import { __raise_softirq_irqoff, open_softirq } from "../softirq";
import { delay_init } from "./delay";
import { hrtimers_init } from "./hrtimer";
import { jiffies, time_after_eq, time_before } from "./jiffies";
import { tick_init, tick_start } from "./tick";
import { timekeeping_init } from "./timekeeping";
import {
  EXPIRED,
  NEXT_TIMER_MAX_DELTA,
  TimerBase,
  base_of_cpu,
  collect,
  detach,
  detach_if_pending,
  enqueue,
  first_expiry,
  forward,
  index_of,
  is_pending,
  lock_base,
  lock_of,
  node_of,
  place,
  timer_within,
  tl,
  unlock_base,
} from "./wheel";

const MOD_PENDING_ONLY: u32 = 1;
const MOD_REDUCE: u32 = 2;
const MOD_NOT_PENDING: u32 = 4;

/** Debug: `entry.next` of a timer without a function that had one, and may be set in vain. */
const SHUT_DOWN: usize = LIST_POISON2;

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

// ── The interface ──

/** linux/timer.h. Readies a timer that calls `func(struct timer_list *)`; `flags` TIMER_DEFERRABLE, TIMER_PINNED,
 *  TIMER_IRQSAFE. Context: any. (Differs: a deferrable timer is like any other, as without NO_HZ.) */
export function init_timer_key(timer: usize, func: usize, flags: u32, name: usize, key: usize): void {
  if (flags & ~TIMER_INIT_FLAGS) WARN(cstr("init_timer_key: unknown flags"));
  if (DEBUG && timer_within(timer, 1)) {
    debug_print_object(cstr("init active"), cstr("timer_list"), tl(timer).function_);
    remove(timer, false);
  }
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
  if (!tl(timer).function_) {
    if (DEBUG && node_of(timer).next != SHUT_DOWN) {
      debug_print_object(cstr("activate not available"), cstr("timer_list"), 0);
    }
    return false;
  }
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

function shut_down(timer: usize): void {
  tl(timer).function_ = 0;
  if (DEBUG) node_of(timer).next = SHUT_DOWN;
}

function remove(timer: usize, shutdown: bool): i32 {
  if (!shutdown && !is_pending(timer)) return 0;
  const flags = local_irq_save();
  const base = lock_base(timer);
  const was_pending = detach_if_pending(base, timer, true);
  if (shutdown) shut_down(timer);
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

/** linux/timer.h. timer_delete: takes a timer back; 1 if it was pending, else 0. Inline in Linux. Context: any. */
export function del_timer(timer: usize): i32 {
  return remove(timer, false);
}

function try_remove(timer: usize, shutdown: bool): i32 {
  const flags = local_irq_save();
  const base = lock_base(timer);
  let result = -1;
  if (base.running != timer) {
    result = detach_if_pending(base, timer, true) ? 1 : 0;
    if (shutdown) shut_down(timer);
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

/** linux/timer.h. timer_delete_sync: takes a timer back and waits until its function has ended; 1 if it was
 *  pending, else 0. Inline in Linux. Context: process, softirq. */
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
