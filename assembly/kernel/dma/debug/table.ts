// What devices may reach at the moment (the hash of kernel/dma/debug.c), debug flavour only: one entry for each mapping, for
// each segment of a scatter list, and for each piece of coherent memory. They lie behind the records of the pages, one for
// each page of RAM, and no more: a board on which they run out has a driver that leaks.
//
//   buses ──► Entry ──next──► Entry          by bus address, in buckets of 8 KiB as in Linux
//   lines ──► Entry ──line_next──► Entry     by the first cache line of the memory behind it

import { L1_CACHE_SHIFT } from "../../../abi";
import { call_site } from "../../../arch/wasm/cpu";
import { mm_lock, mm_unlock } from "../../../mm/lock";
import { jiffies } from "../../time/jiffies";
import { pr } from "../../printk/printk";

@unmanaged
export class Entry {
  /** The next one of its bucket, or the next free one. */
  next: usize;
  line_next: usize;
  dev: usize;
  bus: u32;
  size: u32;
  /** The memory behind it. */
  address: usize;
  sg_call_ents: u32;
  sg_mapped_ents: u32;
  /** Who mapped it, and when. */
  site: u32;
  when: u32;
  type: u8;
  direction: u8;
  map_err: u8;
  /** A report has said that the memory was freed. */
  freed: u8;
}

/** Entry.type */
export const SINGLE: u8 = 0;
export const SG: u8 = 1;
export const COHERENT: u8 = 2;
export const RESOURCE: u8 = 3;

/** Entry.map_err: whether the driver has asked dma_mapping_error(). */
export const NOT_APPLICABLE: u8 = 0;
export const NOT_CHECKED: u8 = 1;
export const CHECKED: u8 = 2;

export const HASH_SIZE: u32 = 16384;
const HASH_SHIFT: u32 = 13;

@unmanaged
class Table {
  lock: u32;
  buses: usize;
  lines: usize;
  free: usize;
  total: u32;
  num_free: u32;
  min_free: u32;
  disabled: u32;
}
const table = changetype<Table>(memory.data(offsetof<Table>(), 4));

/** Bytes of the table for `pages` pages of RAM. */
export function dma_debug_bytes(pages: u32): usize {
  return ((<usize>HASH_SIZE) << 3) + <usize>pages * offsetof<Entry>();
}

export function dma_debug_init(address: usize, pages: u32): void {
  memory.fill(address, 0, dma_debug_bytes(pages));
  table.buses = address;
  table.lines = address + ((<usize>HASH_SIZE) << 2);
  table.free = 0;
  const entries = table.lines + ((<usize>HASH_SIZE) << 2);
  for (let i = pages; i--;) give(changetype<Entry>(entries + <usize>i * offsetof<Entry>()));
  table.total = pages;
  table.num_free = pages;
  table.min_free = pages;
  table.disabled = 0;
}

function give(entry: Entry): void {
  entry.next = table.free;
  table.free = changetype<usize>(entry);
}

/** Whether what is mapped is known: entries have run out otherwise. */
@inline
export function dma_debug_enabled(): bool {
  return !table.disabled;
}

export function dma_debug_total(): u32 {
  return table.total;
}

export function dma_debug_num_free(): u32 {
  return table.num_free;
}

export function dma_debug_min_free(): u32 {
  return table.min_free;
}

@inline
export function hash_of(bus: u32): u32 {
  return (bus >> HASH_SHIFT) & (HASH_SIZE - 1);
}

@inline
function bucket_of(index: u32): usize {
  return table.buses + ((<usize>index) << 2);
}

@inline
export function line_of(address: usize): u32 {
  return <u32>(address >> L1_CACHE_SHIFT);
}

@inline
function line_bucket(line: u32): usize {
  return table.lines + ((<usize>(line & (HASH_SIZE - 1))) << 2);
}

/** The first entry of bucket `index`; the others follow by `next`. */
@inline
export function bucket_first(index: u32): Entry {
  return changetype<Entry>(load<usize>(bucket_of(index)));
}

/** The first of the entries among which those are whose memory begins in cache line `line`; they follow by `line_next`. */
@inline
export function line_first(line: u32): Entry {
  return changetype<Entry>(load<usize>(line_bucket(line)));
}

/** An entry with everything that is the same for all kinds, in the table; NULL, and no more checks, if there is none. */
export function entry_add(dev: usize, bus: u32, size: usize, address: usize, type: u8, direction: u32): Entry {
  if (table.disabled) return changetype<Entry>(0);
  mm_lock(changetype<usize>(table));
  const entry = changetype<Entry>(table.free);
  if (!changetype<usize>(entry)) {
    table.disabled = 1;
    mm_unlock(changetype<usize>(table));
    pr(cstr("\x013DMA-API: debugging out of memory - disabling"));
    return entry;
  }
  table.free = entry.next;
  table.num_free--;
  table.min_free = min(table.min_free, table.num_free);
  memory.fill(changetype<usize>(entry), 0, offsetof<Entry>());
  entry.dev = dev;
  entry.bus = bus;
  entry.size = <u32>size;
  entry.address = address;
  entry.site = call_site();
  entry.when = jiffies();
  entry.type = type;
  entry.direction = <u8>direction;
  const bucket = bucket_of(hash_of(bus));
  entry.next = load<usize>(bucket);
  store<usize>(bucket, changetype<usize>(entry));
  const line = line_bucket(line_of(address));
  entry.line_next = load<usize>(line);
  store<usize>(line, changetype<usize>(entry));
  mm_unlock(changetype<usize>(table));
  return entry;
}

export function entry_remove(entry: Entry): void {
  mm_lock(changetype<usize>(table));
  let link = bucket_of(hash_of(entry.bus));
  while (load<usize>(link) != changetype<usize>(entry)) link = load<usize>(link) + offsetof<Entry>("next");
  store<usize>(link, entry.next);
  link = line_bucket(line_of(entry.address));
  while (load<usize>(link) != changetype<usize>(entry)) link = load<usize>(link) + offsetof<Entry>("line_next");
  store<usize>(link, entry.line_next);
  table.num_free++;
  give(entry);
  mm_unlock(changetype<usize>(table));
}

// ── Finding ──
// Memory may be mapped more than once, and has the same bus address each time: what is looked for is the entry that agrees
// in most. If several agree and none in everything, none is meant.

/** The entries of bucket `index` of `dev` that begin at `bus`, or contain [bus, bus + size) if `containing`. */
function find_in(
  index: u32,
  dev: usize,
  bus: u32,
  size: u32,
  type: u8,
  dir: u32,
  sg_ents: u32,
  containing: bool,
): Entry {
  let found: usize = 0;
  let matches: u32 = 0;
  let best: i32 = -1;
  for (let e = bucket_first(index); changetype<usize>(e); e = changetype<Entry>(e.next)) {
    if (e.dev != dev) continue;
    if (containing ? e.bus > bus || <u64>e.bus + e.size < <u64>bus + size : e.bus != bus) continue;
    matches++;
    const level =
      <i32>(e.size == size) + <i32>(e.type == type) + <i32>(<u32>e.direction == dir) + <i32>(e.sg_call_ents == sg_ents);
    if (level == 4) return e;
    if (level > best) {
      best = level;
      found = changetype<usize>(e);
    }
  }
  return changetype<Entry>(matches == 1 ? found : 0);
}

/** The entry of a mapping that begins at `bus`, or NULL. */
export function find_exact(dev: usize, bus: u32, size: u32, type: u8, dir: u32, sg_ents: u32): Entry {
  mm_lock(changetype<usize>(table));
  const entry = find_in(hash_of(bus), dev, bus, size, type, dir, sg_ents, false);
  mm_unlock(changetype<usize>(table));
  return entry;
}

/** The entry of a mapping that contains [bus, bus + size), or NULL. */
export function find_containing(dev: usize, bus: u32, size: u32, type: u8, dir: u32, sg_ents: u32): Entry {
  mm_lock(changetype<usize>(table));
  let entry = changetype<Entry>(0);
  const limit = min(HASH_SIZE, (bus >> HASH_SHIFT) + 1);
  for (let back: u32 = 0; back < limit && !changetype<usize>(entry); back++) {
    const index = (hash_of(bus) - back) & (HASH_SIZE - 1);
    entry = find_in(index, dev, bus, size, type, dir, sg_ents, true);
  }
  mm_unlock(changetype<usize>(table));
  return entry;
}
