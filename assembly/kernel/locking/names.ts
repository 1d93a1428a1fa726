// Names of locks. The shadow spinlock.h reports where each lock is initialised; the lock itself stays the 4 bytes that
// Linux's layout has for it, so the names live here: a set-associative table that forgets the oldest name of a set when
// it is full. A lock without a name is reported by address alone.

import { DEBUG } from "../../flavour";

const WAYS: u32 = 4;
const SETS: u32 = 256;

@unmanaged
class LockName {
  lock: usize;
  name: usize;
  site: usize;
}

const table = memory.data(SETS * WAYS * 12, 4);
/** The way that the next new name of a set replaces. */
const turn = memory.data(SETS);

@inline
function set_of(lock: usize): u32 {
  return <u32>((lock >> 2) * 0x9e3779b1) >> 24;
}

@inline
function entry(set: u32, way: u32): LockName {
  return changetype<LockName>(table + <usize>(set * WAYS + way) * offsetof<LockName>());
}

function find(lock: usize): LockName {
  const set = set_of(lock);
  for (let way: u32 = 0; way < WAYS; way++) {
    const found = entry(set, way);
    if (found.lock == lock) return found;
  }
  return changetype<LockName>(0);
}

/** Debug. Remembers that `lock` is called `name` and was initialised at `site` ("file:line", or 0). */
@inline
export function lock_set_name(lock: usize, name: usize, site: usize): void {
  if (DEBUG) remember(lock, name, site);
}

function remember(lock: usize, name: usize, site: usize): void {
  let slot = find(lock);
  if (!changetype<usize>(slot)) {
    const set = set_of(lock);
    const way = load<u8>(turn + set);
    store<u8>(turn + set, (way + 1) & <u8>(WAYS - 1));
    slot = entry(set, way);
  }
  slot.lock = lock;
  slot.name = name;
  slot.site = site;
}

/** The lock's name, or "?". */
export function lock_name(lock: usize): usize {
  const found = find(lock);
  return changetype<usize>(found) && found.name ? found.name : cstr("?");
}

/** Where the lock was initialised, or "?". */
export function lock_site(lock: usize): usize {
  const found = find(lock);
  return changetype<usize>(found) && found.site ? found.site : cstr("?");
}

/** Forgets every lock in [start, end) and every name whose text lies there: a module's memory goes away. */
export function lock_names_forget(start: usize, end: usize): void {
  if (!DEBUG) return;
  const size: usize = end - start;
  for (let i: u32 = 0; i < SETS * WAYS; i++) {
    const slot = entry(i / WAYS, i % WAYS);
    if (slot.lock - start < size || slot.name - start < size || slot.site - start < size) {
      slot.lock = 0;
      slot.name = 0;
      slot.site = 0;
    }
  }
}
