// Who allocated what, and who freed it (struct track of mm/slub.c, mm/page_owner.c), debug flavour only. Each object of a
// slab has a record, and each page of RAM one for the block that begins there:
//
//   slab     Slab descriptor + TRACKS ──► Track[objects]                  (pages of their own)
//   pages    page_tracks ──► Track[max_mapnr]                            (behind mem_map)
//
// A caller is the number of a call that a module makes (host/loader/call-sites.ts), 0 for the core's own affairs.

import { PAGE_SHIFT, page, task_struct } from "../../abi";
import { call_site, this_cpu } from "../../arch/wasm/cpu";
import { check_freed } from "../../kernel/dma/debug/memory";
import { debug_check_no_locks_freed } from "../../kernel/locking/lockdep/lockdep";
import { pr } from "../../kernel/printk/printk";
import { jiffies } from "../../kernel/time/jiffies";
import { page_is_buddy } from "../buddy";
import { LIVE, Slab } from "../slab";
import { check_page_poison, pages_poison } from "./guard";
import { FLAG_SLAB, compound_head, max_mapnr, page_to_pfn, virt_to_page } from "../page";

@unmanaged
export class Track {
  /** Who allocated it, or has it now: the number of a call, a table slot (net/core/skb_owner), or 0. How many bytes (0: it never was), when (jiffies), and which task. */
  site: u32;
  size: u32;
  when: u32;
  pid: i32;
  /** Who freed it last. */
  free_site: u32;
  /** LIVE_OBJECT, FREED_OBJECT or LEAKED_OBJECT. */
  state: u32;
  free_when: u32;
  free_pid: i32;
}

export const LIVE_OBJECT: u32 = 0;
export const FREED_OBJECT: u32 = 1;
/** A live one that a report has called a leak. */
export const LEAKED_OBJECT: u32 = 2;

/** Where a slab's descriptor leads to its records: behind what release has of it (mm/slab). */
export const TRACKS: usize = 64;

const page_tracks = memory.data(4, 4);

/** Bytes of records for `pages` pages. */
export function page_tracks_bytes(pages: u32): usize {
  return <usize>pages * offsetof<Track>();
}

export function page_tracks_init(address: usize, pages: u32): void {
  store<usize>(page_tracks, address);
  memory.fill(address, 0, page_tracks_bytes(pages));
}

@inline
export function page_track(pfn: u32): Track {
  return changetype<Track>(load<usize>(page_tracks) + <usize>pfn * offsetof<Track>());
}

@inline
export function tracks_of(slab: Slab): usize {
  return load<usize>(changetype<usize>(slab), TRACKS);
}

@inline
export function object_track(slab: Slab, index: u32): Track {
  return changetype<Track>(tracks_of(slab) + <usize>index * offsetof<Track>());
}

/** The record of the live or free object whose state byte is at `state`. */
@inline
export function track_of_state(object: usize, state: usize): Track {
  const slab = changetype<Slab>(<usize>changetype<page>(virt_to_page(object)).private_);
  return object_track(slab, <u32>(state - slab.map));
}

/** Whether `address` lies in an object of a slab that is free, or at the start of free pages. */
export function object_is_freed(address: usize): bool {
  if (<u32>(address >> PAGE_SHIFT) >= load<u32>(max_mapnr)) return false;
  const p = virt_to_page(address);
  if (!(changetype<page>(p).flags & FLAG_SLAB)) return page_is_buddy(p);
  const slab = changetype<Slab>(<usize>changetype<page>(p).private_);
  const index = <u32>(address - slab.base) / slab.cache.size;
  return index < slab.cache.objects && load<u8>(slab.map + index) != LIVE;
}

function current_pid(): i32 {
  const task = this_cpu().current;
  return task ? changetype<task_struct>(task).pid : 0; // before there are tasks
}

export function track_alloc(track: Track, size: usize): void {
  track.site = call_site();
  track.size = <u32>size;
  track.when = jiffies();
  track.pid = current_pid();
  track.state = LIVE_OBJECT;
}

export function track_free(track: Track): void {
  track.free_site = call_site();
  track.free_when = jiffies();
  track.free_pid = current_pid();
  track.state = FREED_OBJECT;
}

/** 2^order or any other number of pages from `p` on were allocated. */
export function pages_allocated(p: usize, nr: u32): void {
  check_page_poison(page_to_pfn(p), nr);
  track_alloc(page_track(page_to_pfn(p)), (<usize>nr) << PAGE_SHIFT);
}

/** `nr` pages are freed. */
export function pages_freed(pfn: u32, nr: u32): void {
  check_freed((<usize>pfn) << PAGE_SHIFT, (<usize>nr) << PAGE_SHIFT);
  debug_check_no_locks_freed((<usize>pfn) << PAGE_SHIFT, (<usize>nr) << PAGE_SHIFT);
  pages_poison(pfn, nr);
  // Each page remembers the block that it was part of, for a report of a late write.
  const first = page_track(pfn);
  track_free(first);
  for (let i: u32 = 1; i < nr; i++) {
    const track = page_track(pfn + i);
    memory.copy(changetype<usize>(track), changetype<usize>(first), offsetof<Track>());
    track.size = 0;
  }
  first.size = 0;
}

/** The pages that begin with those of `p` belong to `owner`: the number of a call, a table slot, or 0 for the core. */
export function page_owner(p: usize, owner: u32): void {
  page_track(page_to_pfn(compound_head(p))).site = owner;
}

/** The same for what kmalloc or a cache gave, by any address in it. */
export function object_owner(address: usize, owner: u32): void {
  const p = virt_to_page(address);
  if (!(changetype<page>(p).flags & FLAG_SLAB)) return page_owner(p, owner);
  const slab = changetype<Slab>(<usize>changetype<page>(p).private_);
  object_track(slab, <u32>(address - slab.base) / slab.cache.size).site = owner;
}

function print_one(what: usize, site: u32, when: u32, pid: i32): void {
  if (site) pr(cstr("\x013%s in %pS age=%u cpu=0 pid=%d"), what, site, jiffies() - when, pid);
  else pr(cstr("\x013%s in the core age=%u cpu=0 pid=%d"), what, jiffies() - when, pid);
}

/** Who allocated the object and who freed it, as mm/slub.c prints it. */
export function print_tracks(track: Track): void {
  if (track.size) print_one(cstr("Allocated"), track.site, track.when, track.pid);
  if (track.state == FREED_OBJECT || track.free_when)
    print_one(cstr("Freed"), track.free_site, track.free_when, track.free_pid);
}
