// kernel/dma/mapping.c: streaming mappings. Memory is coherent and mapping moves nothing; it lets the device in
// (kernel/dma/iommu) and the address is the bus address of the memory itself.

import { DMA_ATTR_NO_WARN, DMA_MAPPING_ERROR, PAGE_SHIFT, PAGE_SIZE, device } from "../../abi";
import { irq_window } from "../../arch/wasm/irqflags";
import { is_page, max_mapnr, page_address, virt_to_page } from "../../mm/page";
import { is_vmalloc_addr } from "../../mm/vmalloc";
import { dma_complain, dma_complain_always } from "./debug";
import { dma_to_phys, iommu_map, iommu_mapped, iommu_unmap, phys_to_dma } from "./iommu";
import { dma_limit } from "./mask";

export { dma_alloc_attrs, dma_free_attrs } from "./coherent";

function map(dev_: usize, address: usize, size: usize, dir: u32, attrs: u32): u32 {
  const dev = changetype<device>(dev_);
  const bus = phys_to_dma(address);
  if (!dev_ || !dev.dma_mask) {
    dma_complain_always(dev_, cstr("maps memory for a device without a DMA mask"), bus, size);
    return DMA_MAPPING_ERROR;
  }
  if (<u64>bus + <u64>size > dma_limit(dev, load<u64>(dev.dma_mask)) + 1) {
    if (!(attrs & DMA_ATTR_NO_WARN))
      dma_complain_always(dev_, cstr("maps memory beyond what the device addresses (its DMA mask)"), bus, size);
    return DMA_MAPPING_ERROR;
  }
  iommu_map(address, size, dir);
  return bus;
}

/** linux/dma-mapping.h. Lets a device touch `size` bytes from `offset` in a page on, in direction `dir`. Returns the bus address,
 *  or DMA_MAPPING_ERROR if the device cannot address them. Context: any. */
export function dma_map_page_attrs(dev: usize, p: usize, offset: usize, size: usize, dir: u32, attrs: u32): u32 {
  const pages = (<usize>load<u32>(max_mapnr)) << PAGE_SHIFT;
  if (!is_page(p) || page_address(p) + offset >= pages || size > pages - page_address(p) - offset) {
    dma_complain(dev, cstr("maps what is not memory"), 0, size);
    return DMA_MAPPING_ERROR;
  }
  return map(dev, page_address(p) + offset, size, dir, attrs);
}

/** linux/dma-mapping.h. Ends a mapping: address, size and direction as it was made. A range that is not mapped is reported.
 *  Context: any. */
export function dma_unmap_page_attrs(dev: usize, bus: u32, size: usize, dir: u32, attrs: u32): void {
  if (iommu_unmap(dma_to_phys(bus), size, dir)) return;
  dma_complain(dev, cstr("tries to free DMA memory it has not allocated"), bus, size);
}

/** linux/dma-mapping.h. dma_map_page_attrs of `size` bytes at `pointer`. Inline in Linux. Context: any. */
export function dma_map_single(dev: usize, pointer: usize, size: usize, dir: u32): u32 {
  if (is_vmalloc_addr(pointer)) {
    dma_complain(dev, cstr("maps vmalloc memory"), phys_to_dma(pointer), size);
    return DMA_MAPPING_ERROR;
  }
  return dma_map_page_attrs(dev, virt_to_page(pointer), pointer & (PAGE_SIZE - 1), size, dir, 0);
}

/** linux/dma-mapping.h. Ends a mapping of dma_map_single. Inline in Linux. Context: any. */
export function dma_unmap_single(dev: usize, bus: u32, size: usize, dir: u32): void {
  dma_unmap_page_attrs(dev, bus, size, dir, 0);
}

/** A driver that looks at memory which a device writes waits for the device: time moves and interrupts are taken. */
export function dma_sync(dev: usize, bus: u32, size: usize, dir: u32): void {
  if (!iommu_mapped(dma_to_phys(bus), size, dir)) {
    dma_complain(dev, cstr("tries to sync DMA memory it has not allocated"), bus, size);
  }
  irq_window();
}

/** linux/dma-mapping.h. The CPU may look at a mapped range. Context: any; an interrupt window. */
export function dma_sync_single_for_cpu(dev: usize, bus: u32, size: usize, dir: u32): void {
  dma_sync(dev, bus, size, dir);
}

/** linux/dma-mapping.h. The device may look at a mapped range. Context: any; an interrupt window. */
export function dma_sync_single_for_device(dev: usize, bus: u32, size: usize, dir: u32): void {
  dma_sync(dev, bus, size, dir);
}
