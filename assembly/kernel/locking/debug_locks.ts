// lib/debug_locks.c: the lock debugging's one switch. The first report turns the validator off, since what it knows is no
// longer true then.

/** linux/debug_locks.h. int: 1 while the lock validator looks for bugs (debug flavour); the first that it finds sets it
 *  to 0. */
export const debug_locks: usize = memory.data(4, 4);

/** linux/debug_locks.h. int: 1 while what the lock validator finds is not printed (lib/locking-selftest). */
export const debug_locks_silent: usize = memory.data(4, 4);

/** linux/lockdep.h. int: 1 while every reader of an rwlock counts as one that may recurse (lib/locking-selftest). */
export const force_read_lock_recursive: usize = memory.data(4, 4);

/** At boot. */
export function debug_locks_init(): void {
  store<u32>(debug_locks, 1);
}

@inline
export function debug_locks_on(): bool {
  return load<u32>(debug_locks) != 0;
}

/** linux/debug_locks.h. Turns lock debugging off after a bug was found; 1 if that shall be reported. Context: any. */
export function debug_locks_off(): i32 {
  if (!atomic.xchg<u32>(debug_locks, 0)) return 0;
  return load<u32>(debug_locks_silent) ? 0 : 1;
}
