// kernel/resource.c: who owns which addresses. A resource is a range [start, end]; its children lie inside it, side by
// side and in order. The trees of memory and of I/O ports are data symbols that modules see.

import {
  EBUSY,
  EINVAL,
  GFP_KERNEL,
  IORESOURCE_BUSY,
  IORESOURCE_EXT_TYPE_BITS,
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_MUXED,
  IORESOURCE_SYSTEM_RAM,
  IORESOURCE_TYPE_BITS,
  IORESOURCE_UNSET,
  TASK_NORMAL,
  TASK_UNINTERRUPTIBLE,
  resource,
  sizeof_resource,
} from "../abi";
import { BOOT_DMA_BASE, BOOT_RAM_END } from "../arch/wasm/memory";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { seq_printf } from "../lib/seq_buf";
import { kzalloc } from "../mm/kmalloc";
import { kfree } from "../mm/slub";
import { _raw_read_lock, _raw_read_unlock, _raw_write_lock, _raw_write_unlock } from "./locking/rwlock";
import { BUG, WARN } from "./panic";
import { pr } from "./printk/printk";
import { schedule, set_current_state } from "./sched/core";
import {
  WAIT_ENTRY_BYTES,
  __wake_up,
  add_wait_queue,
  init_waitqueue_head,
  init_wait_entry,
  remove_wait_queue,
} from "./sched/wait";

/** The last I/O port of an x86-like port space. */
const IO_SPACE_LIMIT: u32 = 0xffff;

/** linux/ioport.h. The tree of I/O ports, struct resource. */
export const ioport_resource: usize = memory.data(32, 8);

/** linux/ioport.h. The tree of memory addresses, struct resource. */
export const iomem_resource: usize = memory.data(32, 8);

const system_ram = memory.data(32, 8);
const resource_lock = memory.data(8, 8);
const muxed_wait = memory.data(16, 8);

@inline
function res(address: usize): resource {
  return changetype<resource>(address);
}

@inline
function type_of(r: resource): u32 {
  return r.flags & IORESOURCE_TYPE_BITS;
}

function contains(outer: resource, inner: resource): bool {
  if (type_of(outer) != type_of(inner)) return false;
  if ((outer.flags | inner.flags) & IORESOURCE_UNSET) return false;
  return outer.start <= inner.start && outer.end >= inner.end;
}

/** Fills a root and the range of RAM. Before any other function of this file. */
export function resource_init(): void {
  init_waitqueue_head(muxed_wait);
  set_root(ioport_resource, cstr("PCI IO"), IO_SPACE_LIMIT, IORESOURCE_IO);
  set_root(iomem_resource, cstr("PCI mem"), u32.MAX_VALUE, IORESOURCE_MEM);
  const ram = res(system_ram);
  ram.name = cstr("System RAM");
  ram.start = load<u32>(BOOT_DMA_BASE);
  ram.end = ram.start + load<u32>(BOOT_RAM_END) - 1;
  ram.flags = IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY;
  if (request_resource(iomem_resource, system_ram)) BUG(cstr("resource_init: RAM does not fit into the memory map"));
}

function set_root(root: usize, name: usize, end: u32, flags: u32): void {
  res(root).name = name;
  res(root).end = end;
  res(root).flags = flags;
}

// ── The tree. All below are called with resource_lock held for writing. ──

/** Links `added` between two children of `root`: `before` (0: as the first) and what follows it. */
function link_child(root: usize, before: usize, added: usize): void {
  res(added).parent = root;
  res(added).sibling = before ? res(before).sibling : res(root).child;
  if (before) res(before).sibling = added;
  else res(root).child = added;
}

/** Makes `added` a child of `root`. Returns 0, or what is in its way: a child that overlaps, or `root` if it sticks
 *  out. */
function insert_child(root: usize, added: usize): usize {
  const start = res(added).start;
  const end = res(added).end;
  if (end < start || start < res(root).start || end > res(root).end) return root;
  let before: usize = 0;
  for (let child = res(root).child; child && res(child).start <= end; child = res(child).sibling) {
    if (res(child).end >= start) return child;
    before = child;
  }
  link_child(root, before, added);
  return 0;
}

/** The child of `parent` just before `child`; 0 if that is the first, and -1 if it is none. */
function child_before(parent: usize, child: usize): usize {
  let before: usize = 0;
  for (let at = res(parent).child; at; at = res(at).sibling) {
    if (at == child) return before;
    before = at;
  }
  return -1;
}

function replace_link(parent: usize, before: usize, next: usize): void {
  if (before) res(before).sibling = next;
  else res(parent).child = next;
}

/** Takes `old` out of its parent; its children go with it, or take its place. */
function unlink(old: usize, with_children: bool): i32 {
  const parent = res(old).parent;
  const before = child_before(parent, old);
  if (before == -1) return -EINVAL;
  let next = res(old).sibling;
  if (!with_children && res(old).child) {
    let last = res(old).child;
    for (res(last).parent = parent; res(last).sibling;) {
      last = res(last).sibling;
      res(last).parent = parent;
    }
    res(last).sibling = next;
    next = res(old).child;
  }
  replace_link(parent, before, next);
  res(old).parent = 0;
  return 0;
}

/** Gives `added` the children of `parent` from `first` on that lie inside it, and their place. */
function adopt(parent: usize, added: usize, first: usize): usize {
  let last = first;
  for (;;) {
    if (res(last).start < res(added).start || res(last).end > res(added).end) return last;
    const next = res(last).sibling;
    if (!next || res(next).start > res(added).end) break;
    last = next;
  }
  replace_link(parent, child_before(parent, first), added);
  res(added).parent = parent;
  res(added).sibling = res(last).sibling;
  res(added).child = first;
  res(last).sibling = 0;
  for (let child = first; child; child = res(child).sibling) res(child).parent = added;
  return 0;
}

/** Puts `added` as deep into the tree as it fits; what it covers becomes its children. Returns 0 or the conflict. */
function insert_deep(root: usize, added: usize): usize {
  let parent = root;
  while (true) {
    const conflict = insert_child(parent, added);
    if (!conflict || conflict == parent) return conflict;
    if (conflict == added) {
      WARN(cstr("a resource was inserted twice"));
      return conflict;
    }
    const inside = res(conflict).start <= res(added).start && res(conflict).end >= res(added).end;
    const same = res(conflict).start == res(added).start && res(conflict).end == res(added).end;
    if (!inside || same) return adopt(parent, added, conflict);
    parent = conflict;
  }
}

/** What a caller of allocate_resource asks for. */
@unmanaged
class Constraint {
  min: u32;
  max: u32;
  align: u32;
  alignf: usize;
  alignf_data: usize;
}

/** Looks for `size` bytes in the gap [start, end]; if they fit, stores the range to `out` and returns true.
 *  `avail` is scratch for the range that the caller's alignment function sees. */
function fit(start: u32, end: u32, size: u32, want: Constraint, out: resource, avail: resource): bool {
  if (start < want.min) start = want.min;
  if (end > want.max) end = want.max;
  const aligned = (start + want.align - 1) & ~(want.align - 1);
  if (end < start || aligned < start || aligned > end) return false;
  avail.start = aligned;
  avail.end = end;
  avail.flags = out.flags & ~IORESOURCE_UNSET;
  let first = aligned;
  if (want.alignf) {
    first = call_indirect<u32>(<u32>want.alignf, want.alignf_data, changetype<usize>(avail), size, want.align);
  }
  const last = first + size - 1;
  if (last < first || first < avail.start || last > avail.end) return false;
  out.start = first;
  out.end = last;
  return true;
}

/** Looks for a free range under `root`, where `old` (or 0) counts as free; stores it to `out`. */
function find_free(root: usize, old: usize, out: resource, size: u32, want: Constraint): i32 {
  const avail = stack_alloc(sizeof_resource);
  memory.fill(avail, 0, sizeof_resource);
  let start = res(root).start;
  let found = false;
  let full = false;
  for (let child = res(root).child; child && !found && !full; child = res(child).sibling) {
    if (child == old) continue;
    if (res(child).start > start) found = fit(start, res(child).start - 1, size, want, out, res(avail));
    full = res(child).end >= res(root).end;
    start = res(child).end + 1;
  }
  if (!found && !full) found = fit(start, res(root).end, size, want, out, res(avail));
  stack_free(sizeof_resource);
  return found ? 0 : -EBUSY;
}

/** Gives an allocated resource another size, in its place or in another. */
function reallocate(root: usize, old: usize, size: u32, want: Constraint): i32 {
  const found = stack_alloc(sizeof_resource);
  memory.copy(found, old, sizeof_resource);
  let error = find_free(root, old, res(found), size, want);
  if (!error) {
    const grows = contains(res(found), res(old));
    if (!grows && res(old).child) {
      error = -EBUSY;
    } else {
      const moves = !grows && !contains(res(old), res(found));
      if (moves) unlink(old, true);
      res(old).start = res(found).start;
      res(old).end = res(found).end;
      if (moves && insert_child(root, old)) BUG(cstr("reallocate: a free range is taken"));
    }
  }
  stack_free(sizeof_resource);
  return error;
}

function adjust(r: usize, start: u32, size: u32): i32 {
  const end = start + size - 1;
  const parent = res(r).parent;
  if (parent) {
    if (start < res(parent).start || end > res(parent).end) return -EBUSY;
    if (res(r).sibling && res(res(r).sibling).start <= end) return -EBUSY;
    const before = child_before(parent, r);
    if (before && res(before).end >= start) return -EBUSY;
  }
  for (let child = res(r).child; child; child = res(child).sibling) {
    if (res(child).start < start || res(child).end > end) return -EBUSY;
  }
  res(r).start = start;
  res(r).end = end;
  return 0;
}

// ── The interface. ──

/** linux/ioport.h. Makes `added` a child of `root`. Returns 0, or the resource in its way. Context: any but hardirq. */
export function request_resource_conflict(root: usize, added: usize): usize {
  _raw_write_lock(resource_lock);
  const conflict = insert_child(root, added);
  _raw_write_unlock(resource_lock);
  return conflict;
}

/** linux/ioport.h. Makes `added` a child of `root`; -EBUSY if its range is taken or sticks out. Context: any but
 *  hardirq. */
export function request_resource(root: usize, added: usize): i32 {
  return request_resource_conflict(root, added) ? -EBUSY : 0;
}

/** linux/ioport.h. Takes a resource and all under it out of the tree; -EINVAL if it is in none. Context: any but
 *  hardirq. */
export function release_resource(old: usize): i32 {
  _raw_write_lock(resource_lock);
  const error = res(old).parent ? unlink(old, true) : -EINVAL;
  _raw_write_unlock(resource_lock);
  return error;
}

/** linux/ioport.h. As insert_resource; returns 0 or the resource in the way. Context: any but hardirq. */
export function insert_resource_conflict(parent: usize, added: usize): usize {
  _raw_write_lock(resource_lock);
  const conflict = insert_deep(parent, added);
  _raw_write_unlock(resource_lock);
  return conflict;
}

/** linux/ioport.h. Puts `added` into the tree under `parent`; what it covers becomes its children. -EBUSY if it
 *  overlaps something in part. Context: any but hardirq. */
export function insert_resource(parent: usize, added: usize): i32 {
  return insert_resource_conflict(parent, added) ? -EBUSY : 0;
}

/** linux/ioport.h. As insert_resource, but grows `added` until it covers what it overlaps. Context: any but hardirq. */
export function insert_resource_expand_to_fit(root: usize, added: usize): void {
  if (res(added).parent) return;
  _raw_write_lock(resource_lock);
  for (;;) {
    const conflict = insert_deep(root, added);
    if (!conflict || conflict == root) break;
    res(added).start = min(res(added).start, res(conflict).start);
    res(added).end = max(res(added).end, res(conflict).end);
    pr(cstr("\x016Expanded resource %s due to conflict with %s"), res(added).name, res(conflict).name);
  }
  _raw_write_unlock(resource_lock);
}

/** linux/ioport.h. Undoes insert_resource: the children take the place of `old`. -EINVAL if it is in no tree.
 *  Context: any but hardirq. */
export function remove_resource(old: usize): i32 {
  _raw_write_lock(resource_lock);
  const error = res(old).parent ? unlink(old, false) : -EINVAL;
  _raw_write_unlock(resource_lock);
  return error;
}

/** linux/ioport.h. Finds `size` free bytes under `root` within [lowest, highest], aligned to `align` (a power of
 *  two), and makes `wanted` that range; a resource that is in the tree is resized. `alignf(data, avail, size,
 *  align)` may choose the first address. -EBUSY if there is no room. Context: any but hardirq. */
export function allocate_resource(
  root: usize,
  wanted: usize,
  size: u32,
  lowest: u32,
  highest: u32,
  align: u32,
  alignf: usize,
  alignf_data: usize,
): i32 {
  const want = changetype<Constraint>(stack_alloc((offsetof<Constraint>() + 15) & ~15));
  want.min = lowest;
  want.max = highest;
  want.align = align ? align : 1;
  want.alignf = alignf;
  want.alignf_data = alignf_data;
  _raw_write_lock(resource_lock);
  let error: i32 = 0;
  if (res(wanted).parent) {
    error = reallocate(root, wanted, size, want);
  } else {
    error = find_free(root, 0, res(wanted), size, want);
    if (!error && insert_child(root, wanted)) error = -EBUSY;
  }
  _raw_write_unlock(resource_lock);
  stack_free((offsetof<Constraint>() + 15) & ~15);
  return error;
}

/** linux/ioport.h. Changes a resource's range in its place; -EBUSY if it does not fit. Context: any but hardirq. */
export function adjust_resource(r: usize, start: u32, size: u32): i32 {
  _raw_write_lock(resource_lock);
  const error = adjust(r, start, size);
  _raw_write_unlock(resource_lock);
  return error;
}

/** Sleeps until some muxed region is released. Called and returns with resource_lock held. */
function wait_for_muxed(): void {
  const wait = stack_alloc(WAIT_ENTRY_BYTES);
  init_wait_entry(wait, 0);
  add_wait_queue(muxed_wait, wait);
  _raw_write_unlock(resource_lock);
  set_current_state(TASK_UNINTERRUPTIBLE);
  schedule();
  remove_wait_queue(muxed_wait, wait);
  stack_free(WAIT_ENTRY_BYTES);
  _raw_write_lock(resource_lock);
}

/** Puts a busy region into the tree, below resources that are not busy. Called with resource_lock held. */
function request_busy(parent: usize, region: usize, flags: u32): i32 {
  while (true) {
    const outer = res(parent);
    const type = outer.flags & (IORESOURCE_TYPE_BITS | IORESOURCE_EXT_TYPE_BITS);
    res(region).flags = type | IORESOURCE_BUSY | flags;
    res(region).desc = outer.desc;
    const conflict = insert_child(parent, region);
    if (!conflict) return 0;
    if (conflict != parent && !(res(conflict).flags & IORESOURCE_BUSY)) {
      parent = conflict;
      continue;
    }
    if (!(res(conflict).flags & flags & IORESOURCE_MUXED)) return -EBUSY;
    wait_for_muxed();
  }
}

/** linux/ioport.h. Reserves `n` addresses from `start` for `name`. Returns the new struct resource, or NULL if any
 *  of them is taken or there is no memory; with IORESOURCE_MUXED in `flags` waits for another such region. Context:
 *  process. */
export function __request_region(parent: usize, start: u32, n: u32, name: usize, flags: i32): usize {
  const region = kzalloc(sizeof_resource, GFP_KERNEL);
  if (!region) return 0;
  res(region).name = name;
  res(region).start = start;
  res(region).end = start + n - 1;
  _raw_write_lock(resource_lock);
  const error = request_busy(parent, region, flags);
  _raw_write_unlock(resource_lock);
  if (!error) return region;
  kfree(region);
  return 0;
}

/** Takes the busy region [start, end] out of the tree; 0 if there is none. Called with resource_lock held. */
function take_busy(parent: usize, start: u32, end: u32): usize {
  for (let at = res(parent).child; at;) {
    if (res(at).start > start || res(at).end < end) {
      at = res(at).sibling;
    } else if (!(res(at).flags & IORESOURCE_BUSY)) {
      at = res(at).child;
    } else {
      if (res(at).start != start || res(at).end != end) return 0;
      unlink(at, true);
      return at;
    }
  }
  return 0;
}

/** linux/ioport.h. Releases what __request_region reserved; a range that is not reserved is reported. Context:
 *  process. */
export function __release_region(parent: usize, start: u32, n: u32): void {
  const end = start + n - 1;
  _raw_write_lock(resource_lock);
  const region = take_busy(parent, start, end);
  _raw_write_unlock(resource_lock);
  if (!region) {
    pr(cstr("\x014resource: Trying to free nonexistent resource <0x%08x-0x%08x>"), start, end);
    return;
  }
  if (res(region).flags & IORESOURCE_MUXED) __wake_up(muxed_wait, TASK_NORMAL, 1, 0);
  kfree(region);
}

// ── /proc ──

/** How deep a line may be indented. */
const LEVEL_MAX: u32 = 5;

function proc_tree(s: usize, root: usize): void {
  const width: u32 = res(root).end < 0x10000 ? 4 : 8;
  _raw_read_lock(resource_lock);
  let depth: u32 = 0;
  let at = res(root).child;
  while (at) {
    const name = res(at).name ? res(at).name : cstr("<BAD>");
    const indent = min(depth, LEVEL_MAX) * 2;
    seq_printf(s, cstr("%*s%0*x-%0*x : %s\n"), indent, cstr(""), width, res(at).start, width, res(at).end, name);
    if (res(at).child) {
      at = res(at).child;
      depth++;
      continue;
    }
    while (!res(at).sibling && res(at).parent != root) {
      at = res(at).parent;
      depth--;
    }
    at = res(at).sibling;
  }
  _raw_read_unlock(resource_lock);
}

/** Writes /proc/iomem to the seq_buf `s`. */
export function proc_iomem(s: usize): void {
  proc_tree(s, iomem_resource);
}

/** Writes /proc/ioports to the seq_buf `s`. */
export function proc_ioports(s: usize): void {
  proc_tree(s, ioport_resource);
}
