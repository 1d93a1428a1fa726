// lib/dec_and_lock.c: drops a reference and takes a spinlock if it was the last one.

import { _raw_spin_lock, _raw_spin_lock_irqsave, _raw_spin_unlock, _raw_spin_unlock_irqrestore } from "./spinlock";

/** Decrements the i32 at `counter` unless it is 1; whether it did. */
function dec_unless_last(counter: usize): bool {
  let value = atomic.load<i32>(counter);
  while (value != 1) {
    const seen = atomic.cmpxchg<i32>(counter, value, value - 1);
    if (seen == value) return true;
    value = seen;
  }
  return false;
}

/** linux/spinlock.h. Decrements the atomic_t at `counter`; if it reaches 0, returns 1 with `lock` held. Context:
 *  any. */
export function _atomic_dec_and_lock(counter: usize, lock: usize): i32 {
  if (dec_unless_last(counter)) return 0;
  _raw_spin_lock(lock);
  if (atomic.sub<i32>(counter, 1) == 1) return 1;
  _raw_spin_unlock(lock);
  return 0;
}

/** linux/spinlock.h. _atomic_dec_and_lock with interrupts disabled while held; the flags go to *`flags`. Context:
 *  any. */
export function _atomic_dec_and_lock_irqsave(counter: usize, lock: usize, flags: usize): i32 {
  if (dec_unless_last(counter)) return 0;
  store<u32>(flags, _raw_spin_lock_irqsave(lock));
  if (atomic.sub<i32>(counter, 1) == 1) return 1;
  _raw_spin_unlock_irqrestore(lock, load<u32>(flags));
  return 0;
}
