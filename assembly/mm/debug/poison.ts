// Poison and red zones (mm/slub.c with slub_debug=FZPU), debug flavour only. Behind the bytes that were asked for stand
// up to 64 that nobody may write; what was freed is filled with a pattern that nobody may change.
//
//   object ──► ┌──────────────────────┬──────────────┬───────┐
//              │ size asked for       │ red zone 0xcc│ slack │   one slot of a slab
//              └──────────────────────┴──────────────┴───────┘
//   free:        0x6b 0x6b 0x6b …

import { SLAB_TYPESAFE_BY_RCU, __GFP_ZERO } from "../../abi";
import { bug_reported } from "../../kernel/debug/reports";
import { debug_check_no_obj_freed } from "../../kernel/debug/objects";
import { check_freed } from "../../kernel/dma/debug/memory";
import { debug_check_no_locks_freed } from "../../kernel/locking/lockdep/lockdep";
import { dump_stack } from "../../kernel/panic";
import { pr } from "../../kernel/printk/printk";
import { print_tainted } from "../../kernel/taint";
import { kmem_cache } from "../kmem_cache";
import { LIVE, Slab, full_of, partial_of, slab_of_list } from "../slab";
import { list_next } from "../../lib/list";
import { next_cache } from "../slab_common";
import { FREED_OBJECT, Track, object_track, print_tracks, track_alloc, track_free, track_of_state } from "./track";

/** linux/poison.h */
const POISON_FREE: u8 = 0x6b;
export const SLUB_RED_ACTIVE: u8 = 0xcc;

/** Caches whose objects stay as they are when they are free. */
@inline
export function is_poisoned(s: kmem_cache): bool {
  return !s.ctor && !(s.flags & SLAB_TYPESAFE_BY_RCU);
}

/** Bytes of a red zone, at most: an overflow that begins behind it is not one. */
const RED_ZONE_MAX: u32 = 64;

@inline
function red_zone_end(s: kmem_cache, size: u32): u32 {
  return min(size + RED_ZONE_MAX, s.size);
}

/** The first byte of [start, end) that is not `value`; `end` if all are. */
export function first_other(start: usize, end: usize, value: u8): usize {
  while (start < end && start & 7) {
    if (load<u8>(start) != value) return start;
    start++;
  }
  const word: u64 = <u64>value * 0x0101010101010101;
  while (start + 8 <= end && load<u64>(start) == word) start += 8;
  while (start < end && load<u8>(start) == value) start++;
  return start;
}

/** Begins a report, as slab_bug() does. */
function slab_bug(name: usize, what: usize): void {
  pr(cstr("\x013============================================================================="));
  pr(cstr("\x013BUG %s (%s): %s"), name, print_tainted(), what);
  pr(cstr("\x013-----------------------------------------------------------------------------"));
}

/** Reports that not all of [bad, end) is `value`, in or behind the object at `object` from the cache `name`. */
export function report_bytes(
  name: usize,
  what: usize,
  object: usize,
  bad: usize,
  end: usize,
  value: u8,
  track: Track,
): void {
  let last = end - 1;
  while (load<u8>(last) == value) last--;
  bug_reported();
  slab_bug(name, what);
  pr(
    cstr("\x0130x%08x-0x%08x @offset=%d. First byte 0x%x instead of 0x%x"),
    bad,
    last,
    bad - object,
    load<u8>(bad),
    value,
  );
  print_tracks(track);
  pr(cstr("\x013Object 0x%08x, %u bytes"), object, track.size);
  dump_stack();
}

function check_red_zone(s: kmem_cache, object: usize, track: Track): void {
  const end = object + red_zone_end(s, track.size);
  const bad = first_other(object + track.size, end, SLUB_RED_ACTIVE);
  if (bad == end) return;
  report_bytes(s.name, cstr("Right Redzone overwritten"), object, bad, end, SLUB_RED_ACTIVE, track);
  memory.fill(object + track.size, SLUB_RED_ACTIVE, end - object - track.size);
}

function check_poison(s: kmem_cache, object: usize, track: Track): void {
  if (track.state != FREED_OBJECT || !is_poisoned(s)) return;
  const end = object + track.size;
  const bad = first_other(object, end, POISON_FREE);
  if (bad == end) return;
  report_bytes(s.name, cstr("Poison overwritten"), object, bad, end, POISON_FREE, track);
  memory.fill(object, POISON_FREE, end - object);
}

/** An object that was free until now is to be given out soon. */
export function check_poison_of(s: kmem_cache, object: usize, state: usize): void {
  check_poison(s, object, track_of_state(object, state));
}

/** The memory of a new slab: what is not set by its user shows. */
export function slab_created(s: kmem_cache, base: usize): void {
  if (is_poisoned(s)) memory.fill(base, POISON_FREE, s.objects * s.size);
}

/** An object is given out for `size` bytes. */
export function object_allocated(s: kmem_cache, object: usize, state: usize, size: usize, gfp: u32): void {
  const track = track_of_state(object, state);
  check_poison(s, object, track);
  track_alloc(track, size);
  if (gfp & __GFP_ZERO) memory.fill(object, 0, size);
  memory.fill(object + size, SLUB_RED_ACTIVE, red_zone_end(s, <u32>size) - size);
}

/** A live object is freed. */
export function object_freed(s: kmem_cache, object: usize, state: usize): void {
  const track = track_of_state(object, state);
  check_red_zone(s, object, track);
  check_freed(object, track.size);
  debug_check_no_locks_freed(object, track.size);
  debug_check_no_obj_freed(object, track.size);
  track_free(track);
  if (is_poisoned(s)) memory.fill(object, POISON_FREE, track.size);
}

function validate_slabs(s: kmem_cache, list: usize): void {
  for (let entry = list_next(list); entry != list; entry = list_next(entry)) {
    const slab = slab_of_list(entry);
    for (let i: u32 = 0; i < s.objects; i++) {
      const object = slab.base + i * s.size;
      if (load<u8>(slab.map + i) == LIVE) check_red_zone(s, object, object_track(slab, i));
      else check_poison(s, object, object_track(slab, i));
    }
  }
}

function validate_slab_cache(s: kmem_cache): void {
  validate_slabs(s, partial_of(s));
  validate_slabs(s, full_of(s));
}

/** Looks at every object of every cache: what was written behind one, or to one that is free. */
export function validate_slab_caches(): void {
  for (let s = next_cache(changetype<kmem_cache>(0)); changetype<usize>(s); s = next_cache(s)) {
    validate_slab_cache(s);
  }
}
