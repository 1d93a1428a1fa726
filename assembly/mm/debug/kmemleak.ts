// What a module leaves behind (after mm/kmemleak.c), debug flavour only. kmemleak looks for objects that no pointer leads
// to any more; here it is known who allocated each (mm/debug/track), and a module that is gone has no use for any. What
// the core keeps for itself counts as its own (own_affair). Groups by caller and size, for the log and /proc/allocinfo.

import { HZ, INITIAL_JIFFIES, TAINT_DIE, module_ } from "../../abi";
import { own_affair, set_call_site } from "../../arch/wasm/cpu";
import { host_symbol } from "../../arch/wasm/host";
import { SITE_BASE } from "../../arch/wasm/memory";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { DEBUG } from "../../flavour";
import { bug_reported } from "../../kernel/debug/reports";
import { pr } from "../../kernel/printk/printk";
import { test_taint } from "../../kernel/taint";
import { jiffies, time_before } from "../../kernel/time/jiffies";
import { list_next } from "../../lib/list";
import { seq_printf, seq_puts } from "../../lib/seq_buf";
import { kmem_cache } from "../kmem_cache";
import { max_mapnr } from "../page";
import { LIVE, full_of, partial_of, slab_of_list } from "../slab";
import { next_cache } from "../slab_common";
import { kfree, kzalloc } from "../slub";
import { percpu_track, percpu_track_next } from "./percpu_track";
import { validate_pages } from "./guard";
import { validate_slab_caches } from "./poison";
import { FREED_OBJECT, LEAKED_OBJECT, Track, object_track, page_track } from "./track";

// ── Modules and the numbers of their calls ──

@unmanaged
class Owner {
  next: usize;
  mod: usize;
  first: u32;
  count: u32;
}
const owners = memory.data(4, 4);

/** Remembers that `mod` makes the `count` calls from number `first` on; without memory its leaks go unnoticed. */
export function module_sites_add(mod: usize, first: u32, count: u32): void {
  const site = own_affair();
  const owner = changetype<Owner>(kzalloc(offsetof<Owner>(), 0));
  set_call_site(site);
  if (!changetype<usize>(owner)) return;
  owner.next = load<usize>(owners);
  owner.mod = mod;
  owner.first = first;
  owner.count = count;
  store<usize>(owners, changetype<usize>(owner));
}

function owner_link(mod: usize): usize {
  let link = owners;
  while (load<usize>(link) && changetype<Owner>(load<usize>(link)).mod != mod) link = load<usize>(link);
  return link;
}

export function module_sites_remove(mod: usize): void {
  const link = owner_link(mod);
  const owner = load<usize>(link);
  if (!owner) return;
  store<usize>(link, load<usize>(owner));
  kfree(owner);
}

/** Whether a loaded module makes the call `site`. */
function is_loaded(site: u32): bool {
  for (let at = load<usize>(owners); at; at = load<usize>(at)) {
    if (site - changetype<Owner>(at).first < changetype<Owner>(at).count) return true;
  }
  return false;
}

// ── Groups ──

@unmanaged
class Group {
  site: u32;
  size: u32;
  count: u32;
  /** jiffies when the oldest was allocated. */
  oldest: u32;
}

const SYMBOL_BYTES: u32 = 128;
const GROUPS_MAX: u32 = 512;
const groups = memory.data(DEBUG ? 512 * 16 : 4, 4);

@unmanaged
class Collection {
  groups: u32;
  /** Objects and bytes of all groups. */
  objects: u32;
  bytes: u32;
  /** Objects that found no group. */
  others: u32;
}
const found = changetype<Collection>(memory.data(offsetof<Collection>(), 4));

/** What is collected: every object, those of one module, or those of modules that are gone. */
const ALL: u32 = 0;
const OF_MODULE: u32 = 1;
const OF_NOBODY: u32 = 2;

@inline
function group(index: u32): Group {
  return changetype<Group>(groups + <usize>index * offsetof<Group>());
}

/** Whether a table slot holds a function of module `name`, or, if that is 0, of none that is loaded. */
function slot_belongs(slot: u32, name: usize): bool {
  const text = stack_alloc(SYMBOL_BYTES);
  const length = host_symbol(slot, text, SYMBOL_BYTES - 1);
  store<u8>(text + length, 0);
  let at = text;
  while (load<u8>(at) && load<u8>(at) != 0x5b) at++; // cp_start_xmit [8139cp]
  let i: usize = 0;
  if (name && load<u8>(at)) while (load<u8>(name + i) && load<u8>(name + i) == load<u8>(at + 1 + i)) i++;
  const belongs = name ? i > 0 && !load<u8>(name + i) && load<u8>(at + 1 + i) == 0x5d : length == 0;
  stack_free(SYMBOL_BYTES);
  return belongs;
}

function wanted(track: Track, what: u32, owner: Owner): bool {
  if (what == ALL) return true;
  if (track.state == LEAKED_OBJECT) return false; // reported before
  if (!track.site) return false;
  if (track.site < SITE_BASE)
    return slot_belongs(track.site, what == OF_MODULE ? changetype<module_>(owner.mod).name : 0);
  return what == OF_MODULE ? track.site - owner.first < owner.count : !is_loaded(track.site);
}

function collect_one(track: Track, what: u32, owner: Owner): void {
  if (!wanted(track, what, owner)) return;
  if (what != ALL) track.state = LEAKED_OBJECT;
  found.objects++;
  found.bytes += track.size;
  let i: u32 = 0;
  while (i < found.groups && (group(i).site != track.site || group(i).size != track.size)) i++;
  if (i == GROUPS_MAX) {
    found.others++;
    return;
  }
  const g = group(i);
  if (i == found.groups) {
    found.groups++;
    g.site = track.site;
    g.size = track.size;
    g.count = 0;
    g.oldest = track.when;
  }
  g.count++;
  if (time_before(track.when, g.oldest)) g.oldest = track.when;
}

function collect_slabs(s: kmem_cache, list: usize, what: u32, owner: Owner): void {
  for (let entry = list_next(list); entry != list; entry = list_next(entry)) {
    const slab = slab_of_list(entry);
    for (let i: u32 = 0; i < s.objects; i++) {
      if (load<u8>(slab.map + i) == LIVE) collect_one(object_track(slab, i), what, owner);
    }
  }
}

function collect(what: u32, owner: Owner): void {
  memory.fill(changetype<usize>(found), 0, offsetof<Collection>());
  for (let s = next_cache(changetype<kmem_cache>(0)); changetype<usize>(s); s = next_cache(s)) {
    collect_slabs(s, partial_of(s), what, owner);
    collect_slabs(s, full_of(s), what, owner);
  }
  for (let pfn: u32 = 0; pfn < load<u32>(max_mapnr); pfn++) {
    if (page_track(pfn).size && page_track(pfn).state != FREED_OBJECT) collect_one(page_track(pfn), what, owner);
  }
  for (let at = percpu_track_next(0); at; at = percpu_track_next(at)) collect_one(percpu_track(at), what, owner);
}

// ── Reports ──

/** How long ago the oldest object was allocated, jiffies. At first there is no tick: `oldest` is 0. */
function age_of(g: Group): u32 {
  return jiffies() - (g.oldest ? g.oldest : INITIAL_JIFFIES);
}

function report(name: usize): void {
  if (!found.objects) return;
  bug_reported();
  pr(
    cstr("\x013kmemleak: %u object%s, %u bytes, allocated by %s and never freed:"),
    found.objects,
    found.objects == 1 ? cstr("") : cstr("s"),
    found.bytes,
    name,
  );
  for (let i: u32 = 0; i < found.groups; i++) {
    const g = group(i);
    const age = age_of(g);
    pr(
      cstr("\x013kmemleak: unreferenced object (size %u): %u, %u bytes, by %pS, age %u.%03us"),
      g.size,
      g.count,
      g.count * g.size,
      g.site,
      age / HZ,
      (age % HZ) * (1000 / HZ),
    );
  }
  if (found.others) pr(cstr("\x013kmemleak: and %u more"), found.others);
}

/** A module has ended, by its exit or a failed init: reports what it allocated and did not free. After an oops nothing is
 *  said: whoever would have freed it may be dead. */
export function kmemleak_module(mod: usize): void {
  if (test_taint(TAINT_DIE)) return;
  validate_slab_caches();
  validate_pages();
  const owner = changetype<Owner>(load<usize>(owner_link(mod)));
  if (!changetype<usize>(owner)) return;
  collect(OF_MODULE, owner);
  report(changetype<module_>(mod).name);
}

/** The power goes: reports what modules that are gone have left and what no report has named yet. */
export function kmemleak_power_off(): void {
  if (test_taint(TAINT_DIE)) return;
  validate_slab_caches();
  validate_pages();
  collect(OF_NOBODY, changetype<Owner>(0));
  report(cstr("modules that are gone"));
}

/** /proc/allocinfo: what is allocated now, by size and caller. Linux has lines of source there, and no age. */
export function proc_allocinfo(s: usize): void {
  collect(ALL, changetype<Owner>(0));
  seq_puts(s, cstr("allocinfo - version: 1.0\n#     <size>  <calls> <tag info>\n"));
  for (let i: u32 = 0; i < found.groups; i++) {
    const g = group(i);
    const age = age_of(g);
    seq_printf(s, cstr("%12u %8u "), g.count * g.size, g.count);
    if (g.site) seq_printf(s, cstr("%pS"), g.site);
    else seq_puts(s, cstr("core"));
    seq_printf(s, cstr(" size:%u age:%u.%03us\n"), g.size, age / HZ, (age % HZ) * (1000 / HZ));
  }
}
