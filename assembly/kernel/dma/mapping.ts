// kernel/dma/mapping.c, kernel/dma/direct.c: streaming mappings. Memory is coherent: mapping moves nothing but lets the device
// in (kernel/dma/iommu), and the address is the bus address of the memory itself, unless the device does not reach that
// (kernel/dma/swiotlb).

import { DMA_ATTR_NO_WARN, DMA_MAPPING_ERROR, ENOMEM, PAGE_SHIFT, PAGE_SIZE, device } from "../../abi";
import { irq_window } from "../../arch/wasm/irqflags";
import { BOOT_RAM_END } from "../../arch/wasm/memory";
import { DEBUG } from "../../flavour";
import { is_page, max_mapnr, page_address, virt_to_page } from "../../mm/page";
import { is_vmalloc_addr } from "../../mm/vmalloc";
import { WARN_TEXT } from "../panic";
import { debug_map, debug_mapping_error, debug_sync, debug_unmap } from "./debug/check";
import { check_single } from "./debug/memory";
import { NOT_APPLICABLE, NOT_CHECKED, RESOURCE, SINGLE, dma_debug_enabled, entry_remove } from "./debug/table";
import { dma_to_phys, iommu_map, iommu_unmap, phys_to_dma } from "./iommu";
import { dma_limit, pfn_limit } from "./mask";
import { dma_complain } from "./warn";
import { bounces, swiotlb_map, swiotlb_original, swiotlb_sync, swiotlb_unmap } from "./swiotlb";

export { dma_alloc_attrs, dma_free_attrs } from "./coherent";

/** Maps memory for a device: without a word to kernel/dma/debug. */
export function dma_direct_map(dev_: usize, address: usize, size: usize, dir: u32, attrs: u32): u32 {
  const dev = changetype<device>(dev_);
  if (!dev_ || !dev.dma_mask) {
    dma_complain(dev_, cstr("maps memory for a device without a DMA mask"));
    return DMA_MAPPING_ERROR;
  }
  const bus = phys_to_dma(address);
  const limit = dma_limit(dev, load<u64>(dev.dma_mask));
  if (<u64>bus + <u64>size > limit + 1) return swiotlb_map(address, size, dir, pfn_limit(limit), attrs);
  iommu_map(address, size, dir);
  return bus;
}

/** Ends such a mapping; nothing if there is none of that size and direction. */
export function dma_direct_unmap(bus: u32, size: usize, dir: u32, attrs: u32): void {
  const address = dma_to_phys(bus);
  const original = bounces() ? swiotlb_original(address) : 0;
  if (original) swiotlb_unmap(address, original, size, dir, attrs);
  else iommu_unmap(address, size, dir);
}

function map_page(dev: usize, p: usize, offset: usize, size: usize, dir: u32, attrs: u32, map_err: u8): u32 {
  const pages = (<usize>load<u32>(max_mapnr)) << PAGE_SHIFT;
  const address = page_address(p) + offset;
  if (!is_page(p) || address >= pages || size > pages - address) {
    dma_complain(dev, cstr("maps what is not memory"));
    return DMA_MAPPING_ERROR;
  }
  const bus = dma_direct_map(dev, address, size, dir, attrs);
  if (DEBUG && bus != DMA_MAPPING_ERROR) debug_map(dev, bus, size, address, SINGLE, dir, map_err, attrs);
  return bus;
}

/** linux/dma-mapping.h. Lets a device touch `size` bytes from `offset` in a page on, in direction `dir`. Returns the bus address,
 *  that of a bounce buffer if the device does not reach the memory, or DMA_MAPPING_ERROR. Context: any. */
export function dma_map_page_attrs(dev: usize, p: usize, offset: usize, size: usize, dir: u32, attrs: u32): u32 {
  return map_page(dev, p, offset, size, dir, attrs, NOT_CHECKED);
}

function unmap(dev: usize, bus: u32, size: usize, dir: u32, attrs: u32, type: u8): void {
  if (DEBUG && dma_debug_enabled()) {
    const entry = debug_unmap(dev, bus, size, type, dir, 0);
    if (!changetype<usize>(entry)) return;
    size = entry.size;
    dir = entry.direction;
    type = entry.type;
    entry_remove(entry);
  }
  if (type != RESOURCE) dma_direct_unmap(bus, size, dir, attrs);
}

/** linux/dma-mapping.h. Ends a mapping: address, size and direction as it was made. A range that is not mapped stays as it is.
 *  Context: any. */
export function dma_unmap_page_attrs(dev: usize, bus: u32, size: usize, dir: u32, attrs: u32): void {
  unmap(dev, bus, size, dir, attrs, SINGLE);
}

/** linux/dma-mapping.h. dma_map_page_attrs of `size` bytes at `pointer`: a bus address, or DMA_MAPPING_ERROR.
 *  Inline in Linux. Context: any. */
export function dma_map_single(dev: usize, pointer: usize, size: usize, dir: u32): u32 {
  if (is_vmalloc_addr(pointer)) {
    WARN_TEXT(cstr("rejecting DMA map of vmalloc memory"));
    return DMA_MAPPING_ERROR;
  }
  debug_dma_map_single(dev, pointer, size);
  return map_page(dev, virt_to_page(pointer), pointer & (PAGE_SIZE - 1), size, dir, 0, NOT_APPLICABLE);
}

/** linux/dma-mapping.h. Ends a mapping of dma_map_single. Inline in Linux. Context: any. */
export function dma_unmap_single(dev: usize, bus: u32, size: usize, dir: u32): void {
  unmap(dev, bus, size, dir, 0, SINGLE);
}

/** linux/dma-mapping.h. Whether a mapping failed: 0, or -ENOMEM. Inline in Linux. Context: any. */
export function dma_mapping_error(dev: usize, bus: u32): i32 {
  debug_dma_mapping_error(dev, bus);
  return bus == DMA_MAPPING_ERROR ? -ENOMEM : 0;
}

/** linux/dma-mapping.h. What dma_map_single() calls before it maps: debug looks at the address. Context: any. */
export function debug_dma_map_single(dev: usize, pointer: usize, size: usize): void {
  if (DEBUG) check_single(dev, pointer, size);
}

/** linux/dma-mapping.h. What dma_mapping_error() calls: debug notes that the driver has asked. Context: any. */
export function debug_dma_mapping_error(dev: usize, bus: u32): void {
  if (DEBUG) debug_mapping_error(dev, bus);
}

/** linux/dma-mapping.h. The bus address of device memory at `phys`, for another device. DMA_MAPPING_ERROR if it is RAM, or if
 *  the device does not reach it. Context: any. Differs: device models do not touch each other's memory. */
export function dma_map_resource(dev_: usize, phys: u32, size: usize, dir: u32, attrs: u32): u32 {
  const dev = changetype<device>(dev_);
  if (<usize>phys < <usize>load<u32>(BOOT_RAM_END)) {
    WARN_TEXT(cstr("dma_map_resource of RAM"));
    return DMA_MAPPING_ERROR;
  }
  if (!dev.dma_mask || <u64>phys + <u64>size > dma_limit(dev, load<u64>(dev.dma_mask)) + 1) {
    if (!(attrs & DMA_ATTR_NO_WARN)) dma_complain(dev_, cstr("maps a resource beyond what the device addresses"));
    return DMA_MAPPING_ERROR;
  }
  if (DEBUG) debug_map(dev_, phys, size, phys, RESOURCE, dir, NOT_CHECKED, attrs);
  return phys;
}

/** linux/dma-mapping.h. Ends a mapping of dma_map_resource. Context: any. */
export function dma_unmap_resource(dev: usize, bus: u32, size: usize, dir: u32, attrs: u32): void {
  unmap(dev, bus, size, dir, attrs, RESOURCE);
}

/** A driver that looks at memory which a device writes waits for the device: time moves and interrupts are taken. */
export function dma_sync(bus: u32, size: usize, dir: u32, to_cpu: bool): void {
  irq_window();
  if (bounces()) swiotlb_sync(bus, size, dir, to_cpu);
}

/** linux/dma-mapping.h. The CPU may look at a mapped range. Context: any; an interrupt window. */
export function dma_sync_single_for_cpu(dev: usize, bus: u32, size: usize, dir: u32): void {
  dma_sync(bus, size, dir, true);
  if (DEBUG) debug_sync(dev, bus, size, SINGLE, dir, 0, true);
}

/** linux/dma-mapping.h. The device may look at a mapped range. Context: any; an interrupt window. */
export function dma_sync_single_for_device(dev: usize, bus: u32, size: usize, dir: u32): void {
  dma_sync(bus, size, dir, false);
  if (DEBUG) debug_sync(dev, bus, size, SINGLE, dir, 0, false);
}
