// Records of per-CPU allocations, debug flavour only: a list, since there are few.

import { own_affair, set_call_site } from "../../arch/wasm/cpu";
import { mm_lock, mm_unlock } from "../lock";
import { kfree, kzalloc } from "../slub";
import { Track, track_alloc } from "./track";

@unmanaged
class PercpuTrack {
  next: usize;
  pointer: usize;
}

const first = memory.data(4, 4);
/** Over the list: any CPU allocates. */
const lock = memory.data(4, 4);

@inline
export function percpu_track(at: usize): Track {
  return changetype<Track>(at + offsetof<PercpuTrack>());
}

/** The record after `at`, the first for 0; 0 at the end. */
export function percpu_track_next(at: usize): usize {
  return at ? changetype<PercpuTrack>(at).next : load<usize>(first);
}

/** Without memory for it the allocation has no record. */
export function percpu_allocated(pointer: usize, size: usize): void {
  const site = own_affair();
  const at = kzalloc(offsetof<PercpuTrack>() + offsetof<Track>(), 0);
  set_call_site(site);
  if (!at) return;
  changetype<PercpuTrack>(at).pointer = pointer;
  track_alloc(percpu_track(at), size);
  mm_lock(lock);
  changetype<PercpuTrack>(at).next = load<usize>(first);
  store<usize>(first, at);
  mm_unlock(lock);
}

export function percpu_freed(pointer: usize): void {
  mm_lock(lock);
  let link = first;
  while (load<usize>(link) && changetype<PercpuTrack>(load<usize>(link)).pointer != pointer) link = load<usize>(link);
  const at = load<usize>(link);
  if (at) store<usize>(link, changetype<PercpuTrack>(at).next);
  mm_unlock(lock);
  if (at) kfree(at);
}
