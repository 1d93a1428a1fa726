// linux/refcount.h: a count that saturates instead of wrapping, so that a bug leaks an object instead of freeing it
// twice. Headers inline the arithmetic and call refcount_warn_saturate; the functions here are the same for the core's
// own use.

import {
  REFCOUNT_ADD_NOT_ZERO_OVF,
  REFCOUNT_ADD_OVF,
  REFCOUNT_ADD_UAF,
  REFCOUNT_DEC_LEAK,
  REFCOUNT_SATURATED,
  REFCOUNT_SUB_UAF,
} from "../abi";
import { mutex_lock, mutex_unlock } from "../kernel/locking/mutex";
import { WARN_TEXT } from "../kernel/panic";

/** One bit per kind of complaint: each is made once. */
const complained = memory.data(4, 4);

function complaint(t: u32): usize {
  switch (t) {
    case REFCOUNT_ADD_NOT_ZERO_OVF:
    case REFCOUNT_ADD_OVF:
      return cstr("refcount_t: saturated; leaking memory.");
    case REFCOUNT_ADD_UAF:
      return cstr("refcount_t: addition on 0; use-after-free.");
    case REFCOUNT_SUB_UAF:
      return cstr("refcount_t: underflow; use-after-free.");
    case REFCOUNT_DEC_LEAK:
      return cstr("refcount_t: decrement hit 0; leaking memory.");
    default:
      return cstr("refcount_t: unknown saturation event!?.");
  }
}

/** linux/refcount.h. Pins the count at REFCOUNT_SATURATED and warns once per kind `t` (enum refcount_saturation_type).
 *  Context: any. */
export function refcount_warn_saturate(r: usize, t: u32): void {
  atomic.store<i32>(r, REFCOUNT_SATURATED);
  const bit: u32 = 1 << (t & 7);
  if (atomic.or<u32>(complained, bit) & bit) return;
  WARN_TEXT(complaint(t));
}

@inline
export function refcount_read(r: usize): u32 {
  return atomic.load<u32>(r);
}

@inline
export function refcount_set(r: usize, n: u32): void {
  atomic.store<u32>(r, n);
}

export function refcount_inc(r: usize): void {
  const old = atomic.add<i32>(r, 1);
  if (old == 0) refcount_warn_saturate(r, REFCOUNT_ADD_UAF);
  else if (old < 0 || old + 1 < 0) refcount_warn_saturate(r, REFCOUNT_ADD_OVF);
}

/** Takes a reference unless there is none left; false if there was none. */
export function refcount_inc_not_zero(r: usize): bool {
  let old = atomic.load<i32>(r);
  while (true) {
    if (old == 0) return false;
    const seen = atomic.cmpxchg<i32>(r, old, old + 1);
    if (seen == old) break;
    old = seen;
  }
  if (old < 0 || old + 1 < 0) refcount_warn_saturate(r, REFCOUNT_ADD_NOT_ZERO_OVF);
  return true;
}

/** Gives a reference back; true if it was the last. */
export function refcount_dec_and_test(r: usize): bool {
  const old = atomic.sub<i32>(r, 1);
  if (old == 1) return true;
  if (old <= 0) refcount_warn_saturate(r, REFCOUNT_SUB_UAF);
  return false;
}

/** Drops a reference that is not the last one; whether it did. A saturated count stays. */
function refcount_dec_not_one(r: usize): bool {
  let value = atomic.load<i32>(r);
  while (value != 1) {
    if (value == <i32>REFCOUNT_SATURATED) return true;
    const seen = atomic.cmpxchg<i32>(r, value, value - 1);
    if (seen == value) return true;
    value = seen;
  }
  return false;
}

/** linux/refcount.h. Drops a reference; if it was the last one, returns true with the mutex at `lock` held. Context: process. */
export function refcount_dec_and_mutex_lock(r: usize, lock: usize): bool {
  if (refcount_dec_not_one(r)) return false;
  mutex_lock(lock);
  if (refcount_dec_and_test(r)) return true;
  mutex_unlock(lock);
  return false;
}
