// mm/percpu.c: memory of which every CPU has a copy. A per-CPU pointer is no address: 0xc0000000 plus the address of CPU 0's
// copy, so that using one without this_cpu_ptr() traps. `__per_cpu_offset[cpu]` leads to the copy of a CPU.
//
//   chunk   [ unit of CPU 0 ][ unit of CPU 1 ][ unit of CPU 2 ][ unit of CPU 3 ]     one contiguous block of pages
//   pointer = PERCPU_BASE + address in unit 0        offset[cpu] = cpu * UNIT_BYTES - PERCPU_BASE, the same for all chunks
//
// The first chunk's units are static: the core's own per-CPU variables lie at their start, where modules can link to them.
//
// A unit is kept in granules of 8 bytes, with a state byte for each: free, first of an allocation, or another of it.

import {
  GFP_KERNEL,
  PAGE_SHIFT,
  __GFP_NOWARN,
  __GFP_ZERO,
  sizeof_bpf_redirect_info,
  sizeof_softnet_data,
} from "../abi";
import { own_affair, set_call_site, smp_processor_id } from "../arch/wasm/cpu";
import { CPU_MAX, PERCPU_BASE } from "../arch/wasm/memory";
import { DEBUG } from "../flavour";
import { nr_cpu_ids } from "../kernel/cpu";
import { WARN } from "../kernel/panic";
import { pr } from "../kernel/printk/printk";
import { get_order } from "./contig";
import { percpu_allocated, percpu_freed } from "./debug/percpu_track";
import { mm_lock, mm_unlock } from "./lock";
import { __get_free_pages, free_pages } from "./page_alloc";
import { kmalloc } from "./kmalloc";
import { kfree } from "./slub";
import { small_board } from "./small_board";

/** PCPU_MIN_UNIT_SIZE: the largest allocation, too. */
const UNIT_BYTES: usize = 0x8000;
const GRANULE_SHIFT: usize = 3;
const GRANULES: u32 = <u32>(UNIT_BYTES >> GRANULE_SHIFT);

const NOWHERE: u32 = 0xffffffff;

const FREE: u8 = 0;
const FIRST: u8 = 1;
const NEXT: u8 = 2;

/** A chunk's record, followed by its state bytes. */
@unmanaged
class Chunk {
  next: usize;
  /** CPU 0's unit. */
  base: usize;
  /** Granules of a unit, and how many are in use. */
  granules: u32;
  used: u32;
}

@unmanaged
class Percpu {
  lock: u32;
  chunks: usize;
  count: u32;
}
const percpu = changetype<Percpu>(memory.data(offsetof<Percpu>(), 4));

/** asm-generic/percpu.h. `unsigned long __per_cpu_offset[cpu]`: added to a per-CPU pointer, the address of the CPU's copy. */
export const __per_cpu_offset: usize = memory.data(4 * CPU_MAX, 4);

const static_units = memory.data(<i32>UNIT_BYTES * CPU_MAX, 0x1000);
const SOFTNET_BYTES: u32 = <u32>((sizeof_softnet_data + 7) & ~7);
/** Bytes of a static unit that are the core's own: `softnet`, `bpf_redirect_info`. */
const STATIC_BYTES: u32 = SOFTNET_BYTES + <u32>((sizeof_bpf_redirect_info + 7) & ~7);

/** linux/netdevice.h. `DECLARE_PER_CPU_ALIGNED(struct softnet_data, softnet_data)`: what a CPU keeps of the network
 *  (net/core/softnet). */
export const softnet: usize = PERCPU_BASE + static_units;

/** linux/filter.h. `DECLARE_PER_CPU(struct bpf_redirect_info, bpf_redirect_info)`: where a BPF program would redirect a
 *  frame to; nothing writes it. */
export const bpf_redirect_info: usize = softnet + SOFTNET_BYTES;

/** Bytes of CPU 0's first unit on a small board; there are units for its CPUs only. */
const SMALL_BYTES: usize = 0x2000;

/** For how many CPUs there is memory. */
@inline
export function percpu_units(): u32 {
  return small_board() ? load<u32>(nr_cpu_ids) : CPU_MAX;
}

/** What a small board does not use of the static units. */
export function percpu_unused(): usize {
  return static_units + (percpu_units() == 1 ? SMALL_BYTES : percpu_units() * UNIT_BYTES);
}

export function percpu_end(): usize {
  return static_units + CPU_MAX * UNIT_BYTES;
}

@inline
function states_of(chunk: Chunk): usize {
  return changetype<usize>(chunk) + offsetof<Chunk>();
}

export function percpu_init(): void {
  memory.fill(changetype<usize>(percpu), 0, offsetof<Percpu>());
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++)
    store<usize>(__per_cpu_offset + ((<usize>cpu) << 2), <usize>cpu * UNIT_BYTES - PERCPU_BASE);
  const bytes = small_board() ? percpu_unused() - static_units : UNIT_BYTES * CPU_MAX;
  memory.fill(static_units, 0, bytes);
  add_units(GFP_KERNEL, static_units, <u32>(min<usize>(bytes, UNIT_BYTES) >> GRANULE_SHIFT));
  take(STATIC_BYTES >> GRANULE_SHIFT, 1);
}

function add_chunk(gfp: u32): bool {
  const order = get_order(UNIT_BYTES * percpu_units());
  const site = own_affair();
  const base = __get_free_pages(gfp | __GFP_ZERO, order);
  const added = base != 0 && add_units(gfp, base, GRANULES);
  if (base && !added) free_pages(base, order);
  set_call_site(site);
  return added;
}

/** Makes the zeroed units at `base`, of so many granules, a chunk. */
function add_units(gfp: u32, base: usize, granules: u32): bool {
  const chunk = changetype<Chunk>(kmalloc(offsetof<Chunk>() + granules, gfp));
  if (!changetype<usize>(chunk)) return false;
  memory.fill(states_of(chunk), FREE, granules);
  chunk.granules = granules;
  chunk.base = base;
  chunk.used = 0;
  mm_lock(changetype<usize>(percpu));
  chunk.next = percpu.chunks;
  percpu.chunks = changetype<usize>(chunk);
  percpu.count++;
  mm_unlock(changetype<usize>(percpu));
  return true;
}

/** The first granule of `count` free ones at a multiple of `step`; all ones if there are none. */
function find(chunk: Chunk, count: u32, step: u32): u32 {
  const states = states_of(chunk);
  for (let at: u32 = 0; at + count <= chunk.granules; at += step) {
    let length: u32 = 0;
    while (length < count && load<u8>(states + at + length) == FREE) length++;
    if (length == count) return at;
  }
  return NOWHERE;
}

/** Takes `count` granules of any chunk; returns the address of CPU 0's copy, or 0. */
function take(count: u32, step: u32): usize {
  let address: usize = 0;
  mm_lock(changetype<usize>(percpu));
  for (let chunk = changetype<Chunk>(percpu.chunks); changetype<usize>(chunk); chunk = changetype<Chunk>(chunk.next)) {
    const at = chunk.used + count <= chunk.granules ? find(chunk, count, step) : NOWHERE;
    if (at == NOWHERE) continue;
    memory.fill(states_of(chunk) + at, NEXT, count);
    store<u8>(states_of(chunk) + at, FIRST);
    chunk.used += count;
    address = chunk.base + ((<usize>at) << GRANULE_SHIFT);
    break;
  }
  mm_unlock(changetype<usize>(percpu));
  return address;
}

/** linux/percpu.h. `size` zeroed bytes for every CPU, aligned to `align`, a power of two up to a page; at most 32 KiB. Returns
 *  a per-CPU pointer, or NULL. Context: any. */
export function __alloc_percpu_gfp(size: usize, align: usize, gfp: u32): usize {
  if (!size || size > UNIT_BYTES || !align || align & (align - 1) || align > 1 << PAGE_SHIFT) {
    pr(cstr("\x014illegal size (%u) or align (%u) for percpu allocation"), size, align);
    WARN(cstr("illegal percpu allocation"));
    return 0;
  }
  const count = <u32>((size + 7) >> GRANULE_SHIFT);
  const step = max<u32>(1, <u32>(align >> GRANULE_SHIFT));
  let address = take(count, step);
  if (!address && add_chunk(gfp)) address = take(count, step);
  if (!address) {
    if (!(gfp & __GFP_NOWARN)) pr(cstr("\x014percpu: allocation failed, size=%u align=%u"), size, align);
    return 0;
  }
  for (let cpu: u32 = 0; cpu < percpu_units(); cpu++)
    memory.fill(address + <usize>cpu * UNIT_BYTES, 0, (<usize>count) << GRANULE_SHIFT);
  if (DEBUG) percpu_allocated(PERCPU_BASE + address, size);
  return PERCPU_BASE + address;
}

/** linux/percpu.h. __alloc_percpu_gfp with GFP_KERNEL. Context: process. */
export function __alloc_percpu(size: usize, align: usize): usize {
  return __alloc_percpu_gfp(size, align, GFP_KERNEL);
}

/** linux/percpu.h. Frees what __alloc_percpu returned; NULL is ignored. Another pointer is reported. Context: any. */
export function free_percpu(pointer: usize): void {
  if (!pointer) return;
  const address = pointer - PERCPU_BASE;
  let freed = false;
  mm_lock(changetype<usize>(percpu));
  for (let chunk = changetype<Chunk>(percpu.chunks); changetype<usize>(chunk); chunk = changetype<Chunk>(chunk.next)) {
    const offset = address - chunk.base;
    if (offset >= (<usize>chunk.granules) << GRANULE_SHIFT || offset & 7) continue;
    freed = release(chunk, <u32>(offset >> GRANULE_SHIFT));
    break;
  }
  mm_unlock(changetype<usize>(percpu));
  if (DEBUG && freed) percpu_freed(pointer);
  if (freed) return;
  pr(cstr("\x011BUG percpu: free of %08x, which is not allocated"), pointer);
  WARN(cstr("invalid free_percpu"));
}

function release(chunk: Chunk, at: u32): bool {
  const states = states_of(chunk);
  if (load<u8>(states + at) != FIRST) return false;
  do {
    store<u8>(states + at++, FREE);
    chunk.used--;
  } while (at < chunk.granules && load<u8>(states + at) == NEXT);
  return true;
}

/** Host ABI: per-CPU memory for a module's `.data..percpu`. Returns the per-CPU pointer that its symbols count from, or 0. */
export function percpu_modalloc(size: usize, align: usize): usize {
  return __alloc_percpu(size, align);
}

/** Host ABI: copies a module's initial values, `size` bytes at `image`, to every CPU. */
export function percpu_modcopy(pointer: usize, image: usize, size: usize): void {
  for (let cpu: u32 = 0; cpu < percpu_units(); cpu++) memory.copy(per_cpu_ptr(pointer, cpu), image, size);
}

/** linux/percpu-defs.h. The address of CPU `cpu`'s copy. Inline in Linux. Context: any. */
@inline
export function per_cpu_ptr(pointer: usize, cpu: u32): usize {
  return pointer + load<usize>(__per_cpu_offset + ((<usize>cpu) << 2));
}

/** linux/percpu-defs.h. The address of this CPU's copy. Inline in Linux. Context: any. */
@inline
export function this_cpu_ptr(pointer: usize): usize {
  return per_cpu_ptr(pointer, smp_processor_id());
}

/** this_cpu_add() of an int. */
@inline
export function this_cpu_add_i32(pointer: usize, value: i32): void {
  const address = this_cpu_ptr(pointer);
  store<i32>(address, load<i32>(address) + value);
}

/** linux/percpu.h. Pages that per-CPU memory takes. Context: any. */
export function pcpu_nr_pages(): u32 {
  return percpu.count * <u32>((UNIT_BYTES * percpu_units()) >> PAGE_SHIFT);
}
