// Pages (mm/page_poison.c, CONFIG_DEBUG_PAGEALLOC's guard pages), debug flavour only. What a module allocates has a page behind
// it that nobody may write; what it did not ask for of the last page is a red zone too. Freed pages are filled with a
// pattern, which must stand there still when they are given out.
//
//   address ──► ┌───────────────────────┬──────────────┐┌──────────────┐
//               │ size asked for        │ red zone 0xcc││ guard 0xcc   │   nr pages and one
//               └───────────────────────┴──────────────┘└──────────────┘
//   free:         0xaa 0xaa 0xaa …

import { PAGE_POISON, PAGE_SHIFT, PAGE_SIZE, PG_guard, page } from "../../abi";
import { call_site } from "../../arch/wasm/cpu";
import { buddy_give_range, zone_lock } from "../buddy";
import { mm_lock, mm_unlock } from "../lock";
import { PAGE_TYPE_NONE, max_mapnr, page_to_pfn, pfn_to_page } from "../page";
import { set_page_count } from "../page_ref";
import { SLUB_RED_ACTIVE, first_other, report_bytes } from "./poison";
import { FREED_OBJECT, LIVE_OBJECT, Track, page_track } from "./track";

const PAGE_TYPE_GUARD: u32 = ~PG_guard;

/** Whether the pages that are to be allocated get a guard: what the core allocates for itself does not. */
@inline
export function guards(): bool {
  return call_site() != 0;
}

@inline
function address_of(pfn: u32): usize {
  return (<usize>pfn) << PAGE_SHIFT;
}

/** Page `pfn` becomes the guard of the pages before it. */
export function guard_set(pfn: u32): void {
  check_page_poison(pfn, 1);
  changetype<page>(pfn_to_page(pfn)).page_type = PAGE_TYPE_GUARD;
  set_page_count(pfn_to_page(pfn), 1);
  memory.fill(address_of(pfn), SLUB_RED_ACTIVE, PAGE_SIZE);
}

/** Whether page `pfn` guards the page before it. */
@inline
function is_guard(pfn: u32): bool {
  return pfn < load<u32>(max_mapnr) && changetype<page>(pfn_to_page(pfn)).page_type == PAGE_TYPE_GUARD;
}

function check_zone(start: usize, end: usize, object: usize, track: Track): void {
  const bad = first_other(start, end, SLUB_RED_ACTIVE);
  if (bad == end) return;
  report_bytes(cstr("pages"), cstr("Right Redzone overwritten"), object, bad, end, SLUB_RED_ACTIVE, track);
  memory.fill(start, SLUB_RED_ACTIVE, end - start);
}

/** Looks behind what is allocated at page `pfn`. */
export function check_pages(pfn: u32): void {
  const track = page_track(pfn);
  const start = address_of(pfn);
  const nr = (track.size + PAGE_SIZE - 1) >> PAGE_SHIFT;
  check_zone(start + track.size, address_of(pfn + nr), start, track);
  if (is_guard(pfn + nr)) check_zone(address_of(pfn + nr), address_of(pfn + nr + 1), start, track);
}

/** Only `size` bytes of what is allocated at page `pfn` were asked for. */
export function pages_trim(pfn: u32, size: usize): void {
  const track = page_track(pfn);
  memory.fill(address_of(pfn) + size, SLUB_RED_ACTIVE, track.size - size);
  track.size = <u32>size;
}

/** `nr` pages are given out: nobody may have written them since they were freed. */
export function check_page_poison(pfn: u32, nr: u32): void {
  for (let i = pfn; i < pfn + nr; i++) {
    const track = page_track(i);
    if (track.state != FREED_OBJECT) continue;
    track.state = LIVE_OBJECT;
    const end = address_of(i + 1);
    const bad = first_other(address_of(i), end, <u8>PAGE_POISON);
    if (bad == end) continue;
    report_bytes(cstr("pagealloc"), cstr("memory corruption"), address_of(i), bad, end, <u8>PAGE_POISON, track);
  }
}

/** `nr` pages are freed, at which an allocation begins or a part of one is left. */
export function pages_poison(pfn: u32, nr: u32): void {
  if (page_track(pfn).size) check_pages(pfn);
  memory.fill(address_of(pfn), <u8>PAGE_POISON, (<usize>nr) << PAGE_SHIFT);
}

/** The pages before page `pfn` are free: so is their guard, if it is one. */
export function guard_free(pfn: u32): void {
  if (!is_guard(pfn)) return;
  mm_lock(zone_lock);
  if (is_guard(pfn)) {
    // Nobody else has freed it since.
    changetype<page>(pfn_to_page(pfn)).page_type = PAGE_TYPE_NONE;
    set_page_count(pfn_to_page(pfn), 0);
    buddy_give_range(pfn, pfn + 1);
  }
  mm_unlock(zone_lock);
}

/** Looks behind everything that is allocated. */
export function validate_pages(): void {
  for (let pfn: u32 = 0; pfn < load<u32>(max_mapnr); pfn++) {
    if (page_track(pfn).size && page_track(pfn).state != FREED_OBJECT) check_pages(pfn);
  }
}
