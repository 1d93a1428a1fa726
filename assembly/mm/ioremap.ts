// ioremap: device memory and ports as cookies at IOREMAP_BASE and above, which no load or store of wasm can reach. One word
// a page at IOREMAP_PT leads to the mapping's record; between mappings lies a page without, so a run past the end is caught.
//
//   IOREMAP_PT   [ 0 ][ A ][ A ][ 0 ][ B ][ 0 ] …        A: [start, start + length), bus = cookie + delta

import { DEBUG } from "../flavour";
import { GFP_KERNEL, PAGE_SHIFT, PAGE_SIZE, VM_IOREMAP, vm_struct } from "../abi";
import { call_site } from "../arch/wasm/cpu";
import { BOOT_RAM_END, IOREMAP_BASE, IOREMAP_PAGES, IOREMAP_PT, IOMMU_SMALL } from "../arch/wasm/memory";
import { BUG, WARN } from "../kernel/panic";
import { pr } from "../kernel/printk/printk";
import { mm_lock, mm_unlock } from "./lock";
import { kzalloc } from "./kmalloc";
import { kfree } from "./slub";
import { small_board } from "./small_board";
import { vm_area_insert, vm_area_remove } from "./vmalloc";

/** A mapping. Begins as the vm_struct that /proc/vmallocinfo shows. */
@unmanaged
export class IoMapping {
  next: usize;
  addr: usize;
  size: u32;
  flags: u32;
  pages: usize;
  nr_pages: u32;
  phys_addr: u32;
  caller: usize;
  /** First cookie that is valid, and how many bytes are. */
  start: u32;
  length: u32;
  /** Added to a cookie, gives the bus address or the port. */
  delta: u32;
  /** Whether it maps ports. */
  port: u32;
  /** Whether an access outside of the range that was asked for, but in its pages, has been reported. */
  reported: u32;
}

/** Debug: mappings that were ended last, so that a late access can say whose it was. */
@unmanaged
class Ended {
  start: u32;
  length: u32;
  delta: u32;
}
const ENDED_MAX: u32 = 64;
const ended = memory.data(64 * 12, 4);

@unmanaged
class Space {
  lock: u32;
  /** Where the search for free cookies goes on: a cookie that was given back stays unused for long. */
  cursor: u32;
  /** Mappings ended so far; counts in debug. */
  ended: u32;
  /** Pages that there are cookies for. */
  pages: u32;
}
const space = changetype<Space>(memory.data(offsetof<Space>(), 4));

/** Bytes of I/O port space. */
export const IO_SPACE: u32 = 0x10000;

/** Pages that a small board has cookies for. */
const SMALL_PAGES: u32 = 0x400;

/** What a small board does not use of the page table. */
export function ioremap_unused(): usize {
  return IOMMU_SMALL + PAGE_SIZE;
}

export function ioremap_end(): usize {
  return IOREMAP_PT + (IOREMAP_PAGES << 2);
}

@inline
function entry_of(page: u32): usize {
  return <usize>(IOREMAP_PT + (page << 2));
}

/** The first of `count` free pages from `from` on, below `to`; as many as there are in all if there are none. */
function find(from: u32, to: u32, count: u32): u32 {
  let length: u32 = 0;
  for (let page = from; page < to; page++) {
    length = load<u32>(entry_of(page)) ? 0 : length + 1;
    if (length == count) return page + 1 - count;
  }
  return space.pages;
}

/** Enters a mapping and a free page behind it; false if the cookies are used up. */
function place(m: IoMapping, bus: u32): bool {
  mm_lock(changetype<usize>(space));
  const pages = space.pages;
  let first = find(space.cursor, pages, m.nr_pages + 1);
  if (first == pages) first = find(0, pages, m.nr_pages + 1);
  const found = first < pages;
  if (found) {
    for (let i: u32 = 0; i < m.nr_pages; i++) store<usize>(entry_of(first + i), changetype<usize>(m));
    space.cursor = first + m.nr_pages + 1;
    m.addr = IOREMAP_BASE + (first << PAGE_SHIFT);
    m.start = <u32>m.addr + (bus & (PAGE_SIZE - 1));
    m.delta = bus - m.start;
  }
  mm_unlock(changetype<usize>(space));
  return found;
}

function map(bus: u32, length: u32, port: bool): usize {
  const m = changetype<IoMapping>(kzalloc(offsetof<IoMapping>(), GFP_KERNEL));
  if (!changetype<usize>(m)) return 0;
  m.nr_pages = ((bus & (PAGE_SIZE - 1)) + length + PAGE_SIZE - 1) >> PAGE_SHIFT;
  m.size = (m.nr_pages + 1) << PAGE_SHIFT;
  m.flags = VM_IOREMAP;
  m.caller = call_site();
  m.phys_addr = bus & ~(PAGE_SIZE - 1);
  m.length = length;
  m.port = port;
  if (!place(m, bus)) {
    pr(cstr("\x014ioremap: no cookies left for %u bytes at %08x"), length, bus);
    kfree(changetype<usize>(m));
    return 0;
  }
  vm_area_insert(changetype<vm_struct>(changetype<usize>(m)));
  return m.start;
}

/** linux/io.h. A cookie for `size` bytes of device memory at bus address `phys`, for readl and its kin. Returns NULL if `phys`
 *  is RAM, `size` 0 or the range wraps, or no cookies are left. Context: process. */
export function ioremap(phys: u32, size: usize): usize {
  if (!size || phys + size - 1 < phys || size > <usize>(space.pages << PAGE_SHIFT)) return 0;
  if (phys < load<u32>(BOOT_RAM_END)) {
    pr(cstr("\x014ioremap on RAM at %08x"), phys);
    WARN(cstr("ioremap on RAM"));
    return 0;
  }
  return map(phys, <u32>size, false);
}

/** asm-generic/iomap.h. A cookie for `nr` ports from `port` on, for ioread8 and its kin. Returns NULL for ports that do not
 *  exist. Context: process. */
export function ioport_map(port: u32, nr: u32): usize {
  if (!nr || port >= IO_SPACE || nr > IO_SPACE - port) return 0;
  return map(port, nr, true);
}

/** The mapping whose pages `cookie` lies in, or NULL. */
@inline
function mapping_at(cookie: usize): IoMapping {
  const page = (<u32>cookie - IOREMAP_BASE) >> PAGE_SHIFT;
  return changetype<IoMapping>(page < space.pages ? load<usize>(entry_of(page)) : 0);
}

/** linux/io.h. Ends a mapping by its cookie; NULL is ignored. Another address is reported. Context: process. */
export function iounmap(cookie: usize): void {
  if (!cookie) return;
  const m = mapping_at(cookie);
  if (!changetype<usize>(m) || m.addr >> PAGE_SHIFT != cookie >> PAGE_SHIFT) {
    pr(cstr("\x013iounmap of %08x, which ioremap did not return"), cookie);
    WARN(cstr("invalid iounmap"));
    return;
  }
  mm_lock(changetype<usize>(space));
  if (DEBUG) note_end(m);
  const first = (<u32>m.addr - IOREMAP_BASE) >> PAGE_SHIFT;
  for (let i: u32 = 0; i < m.nr_pages; i++) store<u32>(entry_of(first + i), 0);
  mm_unlock(changetype<usize>(space));
  vm_area_remove(changetype<vm_struct>(changetype<usize>(m)));
  kfree(changetype<usize>(m));
}

@inline
function ended_at(i: u32): Ended {
  return changetype<Ended>(ended + <usize>(i % ENDED_MAX) * offsetof<Ended>());
}

function note_end(m: IoMapping): void {
  const e = ended_at(space.ended++);
  e.start = m.start;
  e.length = m.length;
  e.delta = m.delta;
}

/** The mapping that had `cookie` last, of those noted; NULL if none had. */
function find_ended(cookie: u32): Ended {
  for (let i: u32 = 1; i <= ENDED_MAX && i <= space.ended; i++) {
    const e = ended_at(space.ended - i);
    if (cookie - e.start < e.length) return e;
  }
  return changetype<Ended>(0);
}

/** asm-generic/iomap.h. Ends a mapping of ports. Context: process. */
export function ioport_unmap(cookie: usize): void {
  iounmap(cookie);
}

/** Whether an access that the mapping was not made for lies in its pages. Linux maps whole pages too, so drivers that
 *  ask for less than they use work; here it is said, once a mapping. */
function in_pages(m: IoMapping, cookie: usize, width: u32, name: usize): bool {
  if (m.port || cookie & (width - 1) || cookie + width - m.addr > m.nr_pages << PAGE_SHIFT) return false;
  if (!m.reported) {
    m.reported = 1;
    pr(
      cstr("\x014ioremap: %s of bus address 0x%08x, beyond the mapping 0x%08x-0x%08x but in its page"),
      name,
      cookie + m.delta,
      m.start + m.delta,
      m.start + m.length - 1 + m.delta,
    );
  }
  return true;
}

/** The mapping for an access of `width` bytes at `cookie`; a bad access does not return. `name` is the accessor's. */
@inline
export function io_mapping(cookie: usize, width: u32, name: usize): IoMapping {
  const m = mapping_at(cookie);
  if (changetype<usize>(m)) {
    const offset = <u32>cookie - m.start;
    if (offset < m.length && m.length - offset >= width && !(cookie & (width - 1))) return m;
    if (in_pages(m, cookie, width, name)) return m;
  }
  bad_access(cookie, width, name);
  return m;
}

/** The bus address for an access to device memory. */
@inline
export function mmio_address(cookie: usize, width: u32, name: usize): u32 {
  const m = io_mapping(cookie, width, name);
  if (m.port) bad_access(cookie, width, name);
  return <u32>cookie + m.delta;
}

/** Stops at an access that no mapping allows; debug says what is wrong with it. */
export function bad_access(cookie: usize, width: u32, name: usize): void {
  if (DEBUG) report_access(cookie, width, name);
  BUG(cstr("bad MMIO access"));
}

function report_access(cookie: usize, width: u32, name: usize): void {
  let m = mapping_at(cookie);
  const e = changetype<usize>(m) ? changetype<Ended>(0) : find_ended(<u32>cookie);
  if (!changetype<usize>(m)) m = mapping_at(cookie - PAGE_SIZE);
  if (cookie < <usize>load<u32>(BOOT_RAM_END)) {
    pr(cstr("\x011bad MMIO access: %s of 0x%08x, which is memory and no cookie from ioremap"), name, cookie);
  } else if (changetype<usize>(e)) {
    pr(
      cstr("\x011bad MMIO access: %s of 0x%08x after iounmap of 0x%08x-0x%08x (bus address 0x%x)"),
      name,
      cookie,
      e.start,
      e.start + e.length - 1,
      e.start + e.delta,
    );
  } else if (!changetype<usize>(m)) {
    pr(cstr("\x011bad MMIO access: %s of 0x%08x outside any mapping"), name, cookie);
  } else if (<u32>cookie - m.start >= m.length || m.length - (<u32>cookie - m.start) < width) {
    pr(
      cstr("\x011bad MMIO access: %s of 0x%08x outside mapping of 0x%08x-0x%08x (%s 0x%x)"),
      name,
      cookie,
      m.start,
      m.start + m.length - 1,
      m.port ? cstr("port") : cstr("bus address"),
      m.start + m.delta,
    );
  } else if (cookie & (width - 1)) {
    pr(cstr("\x011bad MMIO access: %s of 0x%08x is not aligned to %u bytes"), name, cookie, width);
  } else {
    pr(cstr("\x011bad MMIO access: %s of 0x%08x, which maps ports: use ioread and iowrite"), name, cookie);
  }
}

export function ioremap_init(): void {
  space.pages = small_board() ? SMALL_PAGES : IOREMAP_PAGES;
  memory.fill(IOREMAP_PT, 0, space.pages << 2);
  space.lock = 0;
  space.cursor = 0;
}
