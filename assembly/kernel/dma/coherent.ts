// Coherent memory: whole zeroed pages within the device's coherent mask, open to the device in both directions for as long as
// they are allocated. Their first page remembers how many there are, so that a free with another size is found.

import {
  DMA_ATTR_NO_WARN,
  DMA_BIDIRECTIONAL,
  PAGE_SHIFT,
  PAGE_SIZE,
  __GFP_NOWARN,
  __GFP_ZERO,
  device,
  page,
} from "../../abi";
import { DEBUG } from "../../flavour";
import { alloc_contig_below, free_contig_range, get_order } from "../../mm/contig";
import { PAGE_TYPE_NONE, max_mapnr, page_address, page_to_pfn, virt_to_page } from "../../mm/page";
import { warn_alloc } from "../../mm/warn";
import { debug_free_coherent, debug_map } from "./debug/check";
import { COHERENT, NOT_APPLICABLE, dma_debug_enabled } from "./debug/table";
import { iommu_map, iommu_unmap, phys_to_dma } from "./iommu";
import { dma_limit, pfn_limit } from "./mask";
import { dma_complain } from "./warn";

/** page_type of the first page of a coherent allocation, whose `private` is the number of pages. */
const PAGE_TYPE_DMA: u32 = ~(<u32>0x4000);

/** linux/dma-mapping.h. `size` bytes of zeroed memory that CPU and device share, aligned to the next power of two of pages;
 *  stores their bus address in `*handle`. Returns the CPU's address, or NULL. Context: any that `gfp` allows. */
export function dma_alloc_attrs(dev_: usize, size: usize, handle: usize, gfp: u32, attrs: u32): usize {
  const dev = changetype<device>(dev_);
  if (!dev_ || !dev.coherent_dma_mask) {
    dma_complain(dev_, cstr("allocates for a device without a coherent DMA mask"));
    return 0;
  }
  const nr = <u32>((<u64>size + PAGE_SIZE - 1) >> PAGE_SHIFT);
  const p = alloc_contig_below(nr, gfp | __GFP_ZERO, pfn_limit(dma_limit(dev, dev.coherent_dma_mask)));
  if (!p) {
    if (!(gfp & __GFP_NOWARN || attrs & DMA_ATTR_NO_WARN)) warn_alloc(gfp, get_order(size));
    return 0;
  }
  changetype<page>(p).page_type = PAGE_TYPE_DMA;
  changetype<page>(p).private_ = nr;
  const address = page_address(p);
  iommu_map(address, (<usize>nr) << PAGE_SHIFT, DMA_BIDIRECTIONAL);
  store<u32>(handle, phys_to_dma(address));
  if (DEBUG) {
    debug_map(dev_, phys_to_dma(address), size, address, COHERENT, DMA_BIDIRECTIONAL, NOT_APPLICABLE, attrs);
  }
  return address;
}

/** linux/dma-mapping.h. Frees what dma_alloc_attrs returned; NULL is ignored. Another address, size or handle is reported, and
 *  the memory stays. Context: any. */
export function dma_free_attrs(dev: usize, size: usize, address: usize, handle: u32, attrs: u32): void {
  if (!address) return;
  if (DEBUG && dma_debug_enabled() && !debug_free_coherent(dev, handle, size, address)) return;
  const nr = <u32>((<u64>size + PAGE_SIZE - 1) >> PAGE_SHIFT);
  const p = <u32>(address >> PAGE_SHIFT) < load<u32>(max_mapnr) ? virt_to_page(address) : 0;
  if (!p || changetype<page>(p).page_type != PAGE_TYPE_DMA || page_address(p) != address) return;
  if (changetype<page>(p).private_ != nr || handle != phys_to_dma(address)) return;
  iommu_unmap(address, (<usize>nr) << PAGE_SHIFT, DMA_BIDIRECTIONAL);
  changetype<page>(p).page_type = PAGE_TYPE_NONE;
  changetype<page>(p).private_ = 0;
  free_contig_range(page_to_pfn(p), nr);
}

/** linux/dma-mapping.h. dma_alloc_attrs without attributes: zeroed pages, their bus address in `handle`, or NULL.
 *  Inline in Linux. Context: any that `gfp` allows. */
export function dma_alloc_coherent(dev: usize, size: usize, handle: usize, gfp: u32): usize {
  return dma_alloc_attrs(dev, size, handle, gfp, 0);
}

/** linux/dma-mapping.h. Frees what dma_alloc_coherent returned. Inline in Linux. Context: any. */
export function dma_free_coherent(dev: usize, size: usize, address: usize, handle: u32): void {
  dma_free_attrs(dev, size, address, handle, 0);
}

/** linux/dma-mapping.h. Zeroed pages, mapped for `dir` until dma_free_pages; stores their bus address. Returns the first struct
 *  page, or NULL. Context: any that `gfp` allows. Differs: they are open to the device in both directions. */
export function dma_alloc_pages(dev: usize, size: usize, handle: usize, dir: u32, gfp: u32): usize {
  const address = dma_alloc_attrs(dev, size, handle, gfp, 0);
  return address ? virt_to_page(address) : 0;
}

/** linux/dma-mapping.h. Frees what dma_alloc_pages returned. Context: any. */
export function dma_free_pages(dev: usize, size: usize, p: usize, handle: u32, dir: u32): void {
  dma_free_attrs(dev, size, page_address(p), handle, 0);
}
