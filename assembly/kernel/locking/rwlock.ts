// kernel/locking/spinlock.c, reader-writer spinlocks, on Linux's qrwlock word:
//
//   31                     9  8  7           0
//   ┌───────────────────────┬──┬──────────────┐
//   │ readers               │W │ writer: 0xff │   W: a writer waits (with several CPUs)
//   └───────────────────────┴──┴──────────────┘
//
// New readers keep off while W is set, but for those in interrupts, which may have interrupted a reader: so readers that
// come and go keep no writer out. A second word, wait_lock, orders waiting CPUs in Linux; here they simply retry.

import { SOFTIRQ_LOCK_OFFSET, _QR_BIAS, _QW_LOCKED, _QW_WAITING, _QW_WMASK } from "../../abi";
import {
  local_irq_disable,
  local_irq_enable,
  local_irq_restore,
  local_irq_save,
  wait_window,
} from "../../arch/wasm/irqflags";
import { in_interrupt, preempt_disable, preempt_enable } from "../../arch/wasm/preempt";
import { DEBUG } from "../../flavour";
import { __local_bh_disable_ip, __local_bh_enable_ip } from "../softirq";
import { force_read_lock_recursive } from "./debug_locks";
import { HELD_SPINNING, HELD_TRYLOCK, held_here, lock_is_contended, one_cpu } from "./held";
import { LD_WAIT_CONFIG } from "./lockdep/classes";
import { acquire, lock_init, release } from "./lockdep/lockdep";

/** How often a CPU retries before the lock is reported. */
const LOCKUP_TURNS: u32 = 10_000_000;

@inline
function try_read(lock: usize): bool {
  const word = <u32>atomic.add<u32>(lock, _QR_BIAS);
  if (!(word & <u32>_QW_WMASK) || ((word & <u32>_QW_WMASK) == <u32>_QW_WAITING && in_interrupt())) return true;
  atomic.sub<u32>(lock, _QR_BIAS);
  return false;
}

@inline
function try_write(lock: usize): bool {
  return atomic.cmpxchg<u32>(lock, 0, _QW_LOCKED) == 0;
}

/** One turn of waiting for the CPU that holds the lock; if that is this one it is a bug, which the debug flavour sees at
 *  once, and a CPU that is alone too. */
function wait(lock: usize, turns: u32): void {
  if (one_cpu() || (DEBUG && held_here(lock)) || turns == LOCKUP_TURNS) lock_is_contended(lock, cstr("rwlock"));
  wait_window(turns);
}

/** Says that a writer waits, and takes the lock when nobody else has it. */
@inline
function try_write_first(lock: usize): bool {
  atomic.or<u32>(lock, _QW_WAITING);
  return atomic.cmpxchg<u32>(lock, _QW_WAITING, _QW_LOCKED) == <u32>_QW_WAITING;
}

/** Debug. A reader may come in while others read. In an interrupt even while a writer waits, else not (qrwlock); the
 *  kernel's own test of the validator wants the former everywhere. */
function read_acquire(lock: usize, flags: u32): void {
  const recursive = in_interrupt() || load<u32>(force_read_lock_recursive) != 0;
  acquire(lock, 0, recursive ? 2 : 1, HELD_SPINNING | flags, 0, LD_WAIT_CONFIG);
}

function write_acquire(lock: usize, subclass: u32, flags: u32): void {
  acquire(lock, subclass, 0, HELD_SPINNING | flags, 0, LD_WAIT_CONFIG);
}

function do_read_lock(lock: usize): void {
  for (let turns: u32 = 0; !try_read(lock); turns++) wait(lock, turns);
  if (DEBUG) read_acquire(lock, 0);
}

function do_write_lock(lock: usize, subclass: u32): void {
  if (!try_write(lock)) {
    for (let turns: u32 = 0; one_cpu() || !try_write_first(lock); turns++) wait(lock, turns);
  }
  if (DEBUG) write_acquire(lock, subclass, 0);
}

@inline
function do_read_unlock(lock: usize): void {
  if (DEBUG && (!release(lock) || load<u32>(lock) < <u32>_QR_BIAS)) return;
  atomic.sub<u32>(lock, _QR_BIAS);
}

@inline
function do_write_unlock(lock: usize): void {
  if (DEBUG) release(lock);
  atomic.store<u8>(lock, 0);
}

/** linux/spinlock.h (shadow). Makes the rwlock free; `name` and `site` ("file:line") are for reports. Context: any. */
export function __wasm_rwlock_init(lock: usize, name: usize, site: usize): void {
  store<u64>(lock, 0);
  if (DEBUG) lock_init(lock, name, site, true, LD_WAIT_CONFIG);
}

/** linux/rwlock_api_smp.h. Takes the lock for reading; readers nest, but outside of interrupts not while a writer waits.
 *  Context: any.
 *  (Differs: on one CPU a lock that a writer holds is reported as a BUG.) */
export function _raw_read_lock(lock: usize): void {
  preempt_disable();
  do_read_lock(lock);
}

/** linux/rwlock_api_smp.h. _raw_read_lock with interrupts disabled. Context: any, interrupts enabled. */
export function _raw_read_lock_irq(lock: usize): void {
  local_irq_disable();
  preempt_disable();
  do_read_lock(lock);
}

/** linux/rwlock_api_smp.h. _raw_read_lock with interrupts disabled; returns the flags. Context: any. */
export function _raw_read_lock_irqsave(lock: usize): u32 {
  const flags = local_irq_save();
  preempt_disable();
  do_read_lock(lock);
  return flags;
}

/** linux/rwlock_api_smp.h. _raw_read_lock with softirqs disabled. Context: process, softirq. */
export function _raw_read_lock_bh(lock: usize): void {
  __local_bh_disable_ip(0, SOFTIRQ_LOCK_OFFSET);
  do_read_lock(lock);
}

/** linux/rwlock_api_smp.h. Takes the lock for reading unless a writer has it: 1, else 0. Context: any. */
export function _raw_read_trylock(lock: usize): i32 {
  preempt_disable();
  if (try_read(lock)) {
    if (DEBUG) read_acquire(lock, HELD_TRYLOCK);
    return 1;
  }
  preempt_enable();
  return 0;
}

/** linux/rwlock_api_smp.h. Releases a read lock. Context: any. */
export function _raw_read_unlock(lock: usize): void {
  do_read_unlock(lock);
  preempt_enable();
}

/** linux/rwlock_api_smp.h. Releases a read lock and enables interrupts: a window. Context: any. */
export function _raw_read_unlock_irq(lock: usize): void {
  do_read_unlock(lock);
  local_irq_enable();
  preempt_enable();
}

/** linux/rwlock_api_smp.h. Releases a read lock and restores the interrupt flag. Context: any. */
export function _raw_read_unlock_irqrestore(lock: usize, flags: u32): void {
  do_read_unlock(lock);
  local_irq_restore(flags);
  preempt_enable();
}

/** linux/rwlock_api_smp.h. Releases a read lock and enables softirqs. Context: process, softirq. */
export function _raw_read_unlock_bh(lock: usize): void {
  do_read_unlock(lock);
  __local_bh_enable_ip(0, SOFTIRQ_LOCK_OFFSET);
}

/** linux/rwlock_api_smp.h. Takes the lock for writing. Context: any.
 *  (Differs: on one CPU a lock that anybody holds is reported as a BUG.) */
export function _raw_write_lock(lock: usize): void {
  preempt_disable();
  do_write_lock(lock, 0);
}

/** linux/rwlock_api_smp.h. _raw_write_lock of a lock that may be taken while others of its class are held: `subclass`
 *  0..7 says at which level. Context: any. */
export function _raw_write_lock_nested(lock: usize, subclass: i32): void {
  preempt_disable();
  do_write_lock(lock, subclass);
}

/** linux/rwlock_api_smp.h. _raw_write_lock with interrupts disabled. Context: any, interrupts enabled. */
export function _raw_write_lock_irq(lock: usize): void {
  local_irq_disable();
  preempt_disable();
  do_write_lock(lock, 0);
}

/** linux/rwlock_api_smp.h. _raw_write_lock with interrupts disabled; returns the flags. Context: any. */
export function _raw_write_lock_irqsave(lock: usize): u32 {
  const flags = local_irq_save();
  preempt_disable();
  do_write_lock(lock, 0);
  return flags;
}

/** linux/rwlock_api_smp.h. _raw_write_lock with softirqs disabled. Context: process, softirq. */
export function _raw_write_lock_bh(lock: usize): void {
  __local_bh_disable_ip(0, SOFTIRQ_LOCK_OFFSET);
  do_write_lock(lock, 0);
}

/** linux/rwlock_api_smp.h. Takes the lock for writing if nobody has it: 1, else 0. Context: any. */
export function _raw_write_trylock(lock: usize): i32 {
  preempt_disable();
  if (try_write(lock)) {
    if (DEBUG) write_acquire(lock, 0, HELD_TRYLOCK);
    return 1;
  }
  preempt_enable();
  return 0;
}

/** linux/rwlock_api_smp.h. Releases a write lock. Context: any. */
export function _raw_write_unlock(lock: usize): void {
  do_write_unlock(lock);
  preempt_enable();
}

/** linux/rwlock_api_smp.h. Releases a write lock and enables interrupts: a window. Context: any. */
export function _raw_write_unlock_irq(lock: usize): void {
  do_write_unlock(lock);
  local_irq_enable();
  preempt_enable();
}

/** linux/rwlock_api_smp.h. Releases a write lock and restores the interrupt flag. Context: any. */
export function _raw_write_unlock_irqrestore(lock: usize, flags: u32): void {
  do_write_unlock(lock);
  local_irq_restore(flags);
  preempt_enable();
}

/** linux/rwlock_api_smp.h. Releases a write lock and enables softirqs. Context: process, softirq. */
export function _raw_write_unlock_bh(lock: usize): void {
  do_write_unlock(lock);
  __local_bh_enable_ip(0, SOFTIRQ_LOCK_OFFSET);
}
