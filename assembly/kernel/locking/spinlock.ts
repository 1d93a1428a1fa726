// kernel/locking/spinlock.c: test-and-set by compare-and-swap on byte 0 of Linux's 4-byte qspinlock word, which says who
// holds the lock: the CPU's number + 1. So a CPU that wants what it holds itself is told from one that has to wait. A lock
// disables preemption, that is, it counts: the count forbids sleeping. Ticket order is not kept between CPUs. Alone, a
// CPU needs no atomic operation: interrupts are taken at windows, and none lies in here.

import { SOFTIRQ_LOCK_OFFSET } from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import {
  local_irq_disable,
  local_irq_enable,
  local_irq_restore,
  local_irq_save,
  wait_window,
} from "../../arch/wasm/irqflags";
import { preempt_disable, preempt_enable } from "../../arch/wasm/preempt";
import { DEBUG } from "../../flavour";
import { __local_bh_disable_ip, __local_bh_enable_ip } from "../softirq";
import { HELD_SPINNING, HELD_TRYLOCK, lock_is_contended, one_cpu } from "./held";
import { LD_WAIT_CONFIG, LD_WAIT_SPIN } from "./lockdep/classes";
import { acquire, lock_init, release } from "./lockdep/lockdep";
import { nest_of } from "./lockdep/maps";

/** Turns of the waiting loop after which a lock of another CPU is reported. */
const LOCKUP_TURNS: u32 = 10_000_000;
const LOOKS: u32 = 64;

/** What this CPU writes into a lock. */
@inline
function own_mark(): u8 {
  return <u8>(smp_processor_id() + 1);
}

@inline
function try_lock(lock: usize): bool {
  if (load<u8>(lock)) return false;
  if (!one_cpu()) return atomic.cmpxchg<u8>(lock, 0, own_mark()) == 0;
  store<u8>(lock, 1);
  return true;
}

/** Debug. The lock is taken; who waits for it would hang, so the order is looked at afterwards. */
function spin_acquire(lock: usize, subclass: u32, flags: u32, nest: usize): void {
  acquire(lock, subclass, 0, HELD_SPINNING | flags, nest, LD_WAIT_CONFIG);
}

/** The lock is taken: waits for the CPU that has it; if that is this one, it will wait for ever, and says so. Who takes a
 *  lock calls this in plain sight: the report takes locks too, and asc leaves a call of an inline function that comes back
 *  to itself. */
function wait(lock: usize): void {
  let turns: u32 = 0;
  while (!try_lock(lock)) {
    if (load<u8>(lock) == own_mark() || ++turns == LOCKUP_TURNS) lock_is_contended(lock, cstr("spinlock"));
    spin(lock);
    wait_window(turns);
  }
}

/** Most locks are held for a short time: looks a few times before it asks whether there is anything else to do. */
function spin(lock: usize): void {
  for (let looks: u32 = 0; looks < LOOKS && atomic.load<u8>(lock); looks++) {}
}

@inline
function do_raw_spin_unlock(lock: usize): void {
  if (DEBUG) release(lock);
  if (one_cpu()) store<u8>(lock, 0);
  else atomic.store<u8>(lock, 0);
}

@inline
function do_raw_spin_trylock(lock: usize): bool {
  if (!try_lock(lock)) return false;
  if (DEBUG) spin_acquire(lock, 0, HELD_TRYLOCK, 0);
  return true;
}

/** linux/spinlock.h (shadow). Makes the 4-byte lock free; `name` and `site` ("file:line") are for reports. Context:
 *  any. */
export function __wasm_spin_lock_init(lock: usize, name: usize, site: usize): void {
  store<u32>(lock, 0);
  if (DEBUG) lock_init(lock, name, site, true, LD_WAIT_CONFIG);
}

/** linux/spinlock.h (shadow). __wasm_spin_lock_init for a raw_spinlock_t: a spinlock inside would sleep under PREEMPT_RT.
 *  Context: any. */
export function __wasm_raw_spin_lock_init(lock: usize, name: usize, site: usize): void {
  store<u32>(lock, 0);
  if (DEBUG) lock_init(lock, name, site, true, LD_WAIT_SPIN);
}

/** linux/spinlock.h. Makes the lock free. A macro in Linux. Context: any. */
export function spin_lock_init(lock: usize): void {
  store<u32>(lock, 0);
}

/** linux/spinlock_api_smp.h. Takes the lock and disables preemption. Context: any.
 *  (Differs: a lock that this CPU holds already is reported as a BUG, since nobody could release it.) */
export function _raw_spin_lock(lock: usize): void {
  preempt_disable();
  if (!try_lock(lock)) wait(lock);
  if (DEBUG) spin_acquire(lock, 0, 0, 0);
}

/** linux/spinlock_api_smp.h. _raw_spin_lock with interrupts disabled. Context: any, interrupts enabled. */
export function _raw_spin_lock_irq(lock: usize): void {
  local_irq_disable();
  preempt_disable();
  if (!try_lock(lock)) wait(lock);
  if (DEBUG) spin_acquire(lock, 0, 0, 0);
}

/** linux/spinlock_api_smp.h. _raw_spin_lock with interrupts disabled; returns the flags for the unlock. Context:
 *  any. */
export function _raw_spin_lock_irqsave(lock: usize): u32 {
  const flags = local_irq_save();
  preempt_disable();
  if (!try_lock(lock)) wait(lock);
  if (DEBUG) spin_acquire(lock, 0, 0, 0);
  return flags;
}

/** linux/spinlock_api_smp.h. _raw_spin_lock with softirqs disabled. Context: process, softirq. */
export function _raw_spin_lock_bh(lock: usize): void {
  __local_bh_disable_ip(0, SOFTIRQ_LOCK_OFFSET);
  if (!try_lock(lock)) wait(lock);
  if (DEBUG) spin_acquire(lock, 0, 0, 0);
}

/** linux/spinlock_api_smp.h. _raw_spin_lock of a lock that may be taken while others of its class are held: `subclass`
 *  0..7 says at which level. Context: any. */
export function _raw_spin_lock_nested(lock: usize, subclass: i32): void {
  preempt_disable();
  if (!try_lock(lock)) wait(lock);
  if (DEBUG) spin_acquire(lock, subclass, 0, 0);
}

/** linux/spinlock_api_smp.h. _raw_spin_lock_nested with softirqs disabled. Context: process, softirq. */
export function _raw_spin_lock_bh_nested(lock: usize, subclass: i32): void {
  __local_bh_disable_ip(0, SOFTIRQ_LOCK_OFFSET);
  if (!try_lock(lock)) wait(lock);
  if (DEBUG) spin_acquire(lock, subclass, 0, 0);
}

/** linux/spinlock_api_smp.h. _raw_spin_lock_nested with interrupts disabled; returns the flags. Context: any. */
export function _raw_spin_lock_irqsave_nested(lock: usize, subclass: i32): u32 {
  const flags = local_irq_save();
  _raw_spin_lock_nested(lock, subclass);
  return flags;
}

/** linux/spinlock_api_smp.h. _raw_spin_lock of one of several locks of a class, whose order the lock of lockdep_map
 *  `nest` guards. Context: any. */
export function _raw_spin_lock_nest_lock(lock: usize, nest: usize): void {
  preempt_disable();
  if (!try_lock(lock)) wait(lock);
  if (DEBUG) spin_acquire(lock, 0, 0, nest_of(nest));
}

/** linux/spinlock_api_smp.h. Takes the lock if it is free: 1, else 0. Context: any. */
export function _raw_spin_trylock(lock: usize): i32 {
  preempt_disable();
  if (do_raw_spin_trylock(lock)) return 1;
  preempt_enable();
  return 0;
}

/** linux/spinlock_api_smp.h. _raw_spin_trylock with softirqs disabled if it returns 1. Context: process, softirq. */
export function _raw_spin_trylock_bh(lock: usize): i32 {
  __local_bh_disable_ip(0, SOFTIRQ_LOCK_OFFSET);
  if (do_raw_spin_trylock(lock)) return 1;
  __local_bh_enable_ip(0, SOFTIRQ_LOCK_OFFSET);
  return 0;
}

/** linux/spinlock_api_smp.h. Releases the lock. Releasing a free lock is reported (debug). Context: any. */
export function _raw_spin_unlock(lock: usize): void {
  do_raw_spin_unlock(lock);
  preempt_enable();
}

/** linux/spinlock_api_smp.h. Releases the lock and enables interrupts: an interrupt window. Context: any. */
export function _raw_spin_unlock_irq(lock: usize): void {
  do_raw_spin_unlock(lock);
  local_irq_enable();
  preempt_enable();
}

/** linux/spinlock_api_smp.h. Releases the lock and restores the interrupt flag; enabling is a window. Context: any. */
export function _raw_spin_unlock_irqrestore(lock: usize, flags: u32): void {
  do_raw_spin_unlock(lock);
  local_irq_restore(flags);
  preempt_enable();
}

/** linux/spinlock_api_smp.h. Releases the lock and enables softirqs, running what is pending. Context: process,
 *  softirq. */
export function _raw_spin_unlock_bh(lock: usize): void {
  do_raw_spin_unlock(lock);
  __local_bh_enable_ip(0, SOFTIRQ_LOCK_OFFSET);
}

/** linux/spinlock.h. _raw_spin_lock: takes the lock and disables preemption. Inline in Linux. Context: any. */
export function spin_lock(lock: usize): void {
  _raw_spin_lock(lock);
}

/** linux/spinlock.h. _raw_spin_unlock: releases the lock and enables preemption. Inline in Linux. Context: any. */
export function spin_unlock(lock: usize): void {
  _raw_spin_unlock(lock);
}

/** linux/spinlock.h. Disables interrupts and takes the lock; returns the flags, which Linux's macro assigns to its
 *  second argument. Context: any. */
export function spin_lock_irqsave(lock: usize): u32 {
  return _raw_spin_lock_irqsave(lock);
}

/** linux/spinlock.h. Releases the lock and puts interrupts back as `flags` say. Inline in Linux. Context: any. */
export function spin_unlock_irqrestore(lock: usize, flags: u32): void {
  _raw_spin_unlock_irqrestore(lock, flags);
}
