// What memory may be mapped for DMA, and what may happen to it while it is: debug flavour only.

import {
  DMA_ATTR_SKIP_CPU_SYNC,
  DMA_TO_DEVICE,
  L1_CACHE_BYTES,
  PAGE_SHIFT,
  device,
  device_dma_parameters,
} from "../../../abi";
import { this_cpu } from "../../../arch/wasm/cpu";
import { BOOT_ARENA, BOOT_RAM_END } from "../../../arch/wasm/memory";
import { object_is_freed } from "../../../mm/debug/track";
import { is_vmalloc_addr } from "../../../mm/vmalloc";
import { WARN_TEXT } from "../../panic";
import { word_of } from "../iommu";
import { stack_bytes, task_of } from "../../sched/task";
import { bounces } from "../swiotlb";
import { dir_name, err_printk, type_name } from "./report";
import { Entry, dma_debug_enabled, line_first, line_of } from "./table";

@inline const NONE: Entry = changetype<Entry>(0);

function on_stack(address: usize): bool {
  const task = this_cpu().current;
  return task != 0 && address - task_of(task).stack < stack_bytes();
}

/** Reports memory that is not for devices. That of the core itself stands for Linux's text and rodata. */
export function check_memory(dev: usize, address: usize, size: usize): void {
  if (on_stack(address)) {
    err_printk(dev, NONE, cstr("device driver maps memory from stack [addr=%08x]"), address);
  } else if (address < load<usize>(BOOT_ARENA)) {
    err_printk(
      dev,
      NONE,
      cstr("device driver maps memory from kernel text or rodata [addr=%08x] [len=%u]"),
      address,
      size,
    );
  } else if (object_is_freed(address)) {
    err_printk(dev, NONE, cstr("device driver maps freed memory [addr=%08x] [len=%u]"), address, size);
  }
}

/** dma_map_single() of an address that is no memory, or that on other machines only the CPU can use like that. */
export function check_single(dev: usize, address: usize, size: usize): void {
  if (address >= <usize>load<u32>(BOOT_RAM_END)) {
    err_printk(dev, NONE, cstr("device driver maps memory from invalid area [addr=%08x] [len=%u]"), address, size);
  } else if (is_vmalloc_addr(address)) {
    err_printk(dev, NONE, cstr("device driver maps memory from vmalloc area [addr=%08x] [len=%u]"), address, size);
  }
}

/** How many mappings of one cache line Linux can count. */
const OVERLAP_MAX: u32 = 7;

/** Two mappings by which devices write one cache line: what one of them brings, the end of the other may lose. */
export function check_overlap(entry: Entry, attrs: u32): void {
  if (entry.direction == DMA_TO_DEVICE) return;
  const line = line_of(entry.address);
  let others: u32 = 0;
  for (let e = line_first(line); changetype<usize>(e); e = changetype<Entry>(e.line_next)) {
    if (e != entry && line_of(e.address) == line && e.direction != DMA_TO_DEVICE) others++;
  }
  if (others > OVERLAP_MAX) WARN_TEXT(cstr("DMA-API: exceeded 7 overlapping mappings of a cacheline"));
  else if (others && !(attrs & DMA_ATTR_SKIP_CPU_SYNC)) {
    err_printk(entry.dev, entry, cstr("cacheline tracking EEXIST, overlapping mappings aren't supported"));
  }
}

/** One segment of a scatter list, against what the device can take (CONFIG_DMA_API_DEBUG_SG). */
export function check_sg_segment(dev: usize, bus: u32, size: u32): void {
  const limits = changetype<device_dma_parameters>(changetype<device>(dev).dma_parms);
  const known = changetype<usize>(limits) != 0;
  const max_size = known && limits.max_segment_size ? limits.max_segment_size : 0x10000;
  const boundary = known && limits.segment_boundary_mask ? limits.segment_boundary_mask : 0xffffffff;
  if (size > max_size) {
    err_printk(
      dev,
      NONE,
      cstr("mapping sg segment longer than device claims to support [len=%u] [max=%u]"),
      size,
      max_size,
    );
  }
  const end = bus + size - 1;
  if ((bus ^ end) & ~boundary) {
    err_printk(
      dev,
      NONE,
      cstr("mapping sg segment across boundary [start=0x%016x] [end=0x%016x] [boundary=0x%016x]"),
      bus,
      end,
      boundary,
    );
  }
}

/** [address, address + size) is freed: reports the mappings that begin in it. Most memory is not mapped, and the word of its
 *  page in IOMMU_TABLE says so, unless there are bounce buffers. */
export function check_freed(address: usize, size: usize): void {
  if (!size || !dma_debug_enabled() || !(bounces() || any_mapped(address, size))) return;
  const last = line_of(address + size - 1);
  for (let line = line_of(address); line <= last; line++) {
    for (let e = line_first(line); changetype<usize>(e); e = changetype<Entry>(e.line_next)) {
      if (e.freed || e.address - address >= size || line_of(e.address) != line) continue;
      e.freed = 1;
      err_printk(
        e.dev,
        e,
        cstr(
          "device driver frees memory that is still mapped [device address=0x%016x] [size=%u bytes] [mapped with %s] [mapped as %s]",
        ),
        e.bus,
        e.size,
        dir_name(e.direction),
        type_name(e.type),
      );
    }
  }
}

function any_mapped(address: usize, size: usize): bool {
  const last = <u32>((address + size - 1) >> PAGE_SHIFT);
  for (let page = <u32>(address >> PAGE_SHIFT); page <= last; page++) {
    if (load<u32>(word_of(page))) return true;
  }
  return false;
}
