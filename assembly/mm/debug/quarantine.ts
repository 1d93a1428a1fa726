// Freed objects wait here before they are given out again (mm/kasan/quarantine.c), debug flavour only: who still uses one
// then writes into poison and not into somebody else's data, and who frees one again is seen to. First in, first out; at most
// SLOTS objects, and at most a 64th of RAM.

import { BOOT_RAM_END } from "../../arch/wasm/memory";
import { DEBUG } from "../../flavour";
import { kmem_cache } from "../kmem_cache";
import { mm_lock, mm_unlock } from "../lock";
import { object_released, slab_of } from "../slub";
import { check_poison_of, is_poisoned } from "./poison";

const SLOTS: u32 = 1024;

@unmanaged
class Slot {
  object: usize;
  state: usize;
}

@unmanaged
class Quarantine {
  lock: u32;
  /** The oldest object's slot, and how many there are. */
  first: u32;
  count: u32;
  bytes: u32;
}
const quarantine = changetype<Quarantine>(memory.data(offsetof<Quarantine>(), 4));
const slots = memory.data(DEBUG ? 8 * 1024 : 4, 4);

@inline
function slot(index: u32): Slot {
  return changetype<Slot>(slots + ((<usize>(index & (SLOTS - 1))) << 3));
}

export function quarantine_init(): void {
  memory.fill(changetype<usize>(quarantine), 0, offsetof<Quarantine>());
}

/** Takes the oldest object out and looks whether it was written meanwhile; false if there is none. */
function evict(): bool {
  mm_lock(changetype<usize>(quarantine));
  if (!quarantine.count) {
    mm_unlock(changetype<usize>(quarantine));
    return false;
  }
  const oldest = slot(quarantine.first);
  const object = oldest.object;
  const state = oldest.state;
  const s = slab_of(object).cache;
  quarantine.first++;
  quarantine.count--;
  quarantine.bytes -= s.size;
  mm_unlock(changetype<usize>(quarantine));
  check_poison_of(s, object, state);
  object_released(s, object, state);
  return true;
}

/** Whether the freed object is kept; else it may be given out at once. Its state says already that it is not live. */
export function quarantine_put(s: kmem_cache, object: usize, state: usize): bool {
  const limit = load<u32>(BOOT_RAM_END) >> 6;
  if (!is_poisoned(s) || s.size > limit) return false;
  mm_lock(changetype<usize>(quarantine));
  while (quarantine.count == SLOTS || quarantine.bytes + s.size > limit) {
    mm_unlock(changetype<usize>(quarantine));
    evict();
    mm_lock(changetype<usize>(quarantine)); // another CPU may have filled the place
  }
  const newest = slot(quarantine.first + quarantine.count);
  newest.object = object;
  newest.state = state;
  quarantine.count++;
  quarantine.bytes += s.size;
  mm_unlock(changetype<usize>(quarantine));
  return true;
}

/** Lets all objects go: memory is short, or a cache ends. */
export function quarantine_drain(): void {
  while (evict()) {}
}
