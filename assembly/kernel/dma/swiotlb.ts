// kernel/dma/swiotlb.c: bounce buffers, for memory that lies beyond what a device addresses. Its mapping gets pages below the
// device's limit instead, and the CPU copies: to them when it is mapped and when it is synced for the device, back when it
// is synced for the CPU and when the mapping ends.
//
//   memory   ┌────── page ──────┐┌────── page ──────┐      the bytes keep their place in the pages, so that each
//            │        [bytes    ││  bytes]          │      bounce page's `private` need only be the page of
//   bounce   ┌──── private ─────┐┌──── private ─────┐      memory that it stands for
//            │        [bytes    ││  bytes]          │
//
// Linux sets a pool of slots aside; here pages are taken as they are needed: of the large free blocks, high ones are cut up
// first (mm/buddy).

import {
  DMA_ATTR_NO_WARN,
  DMA_ATTR_SKIP_CPU_SYNC,
  DMA_FROM_DEVICE,
  DMA_MAPPING_ERROR,
  DMA_TO_DEVICE,
  PAGE_SHIFT,
  PAGE_SIZE,
  page,
} from "../../abi";
import { own_affair, set_call_site } from "../../arch/wasm/cpu";
import { alloc_contig_below, free_contig_range } from "../../mm/contig";
import { PAGE_TYPE_NONE, max_mapnr, page_address, page_to_pfn, pfn_to_page } from "../../mm/page";
import { pr } from "../printk/printk";
import { __printk_ratelimit } from "../printk/ratelimit";
import { dma_to_phys, iommu_map, iommu_unmap, phys_to_dma } from "./iommu";

/** page_type of a bounce page. */
const PAGE_TYPE_BOUNCE: u32 = ~(<u32>0x8000);

/** As many bytes as Linux's largest run of slots: IO_TLB_SEGSIZE << IO_TLB_SHIFT. */
export const BOUNCE_MAX: usize = 0x40000;

/** Bounce pages in use: the common board has none, and then no mapping need be looked at. */
const used = memory.data(4, 4);

@inline
export function bounces(): bool {
  return load<u32>(used) != 0;
}

@inline
function pages_of(address: usize, size: usize): u32 {
  return <u32>(((address & (PAGE_SIZE - 1)) + size + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

/** Maps memory for a device that reaches the pages below number `limit`. The bus address of its bounce buffer, or
 *  DMA_MAPPING_ERROR. */
export function swiotlb_map(address: usize, size: usize, dir: u32, limit: u32, attrs: u32): u32 {
  const nr = pages_of(address, size);
  const site = own_affair();
  const p = size <= BOUNCE_MAX ? alloc_contig_below(nr, 0, limit) : 0;
  set_call_site(site);
  if (!p) {
    if (!(attrs & DMA_ATTR_NO_WARN) && __printk_ratelimit(cstr("swiotlb_map"))) {
      pr(cstr("\x014swiotlb buffer is full (sz: %u bytes), used %u (pages)"), size, load<u32>(used));
    }
    return DMA_MAPPING_ERROR;
  }
  const first = page_to_pfn(p);
  for (let i: u32 = 0; i < nr; i++) {
    const bounce = changetype<page>(pfn_to_page(first + i));
    bounce.page_type = PAGE_TYPE_BOUNCE;
    bounce.private_ = <u32>(address >> PAGE_SHIFT) + i;
  }
  atomic.add<u32>(used, nr);
  const buffer = page_address(p) + (address & (PAGE_SIZE - 1));
  // Also for a device that only writes: what it leaves out must not change when it is copied back.
  memory.copy(buffer, address, size);
  iommu_map(buffer, size, dir);
  return phys_to_dma(buffer);
}

/** The memory that the bounce buffer at `buffer` stands for; 0 if there is no bounce buffer. */
export function swiotlb_original(buffer: usize): usize {
  const pfn = <u32>(buffer >> PAGE_SHIFT);
  if (!bounces() || pfn >= load<u32>(max_mapnr)) return 0;
  const p = changetype<page>(pfn_to_page(pfn));
  if (p.page_type != PAGE_TYPE_BOUNCE) return 0;
  return ((<usize>p.private_) << PAGE_SHIFT) | (buffer & (PAGE_SIZE - 1));
}

/** Ends the mapping of a bounce buffer; false, and nothing done, if it is not mapped like that. */
export function swiotlb_unmap(buffer: usize, original: usize, size: usize, dir: u32, attrs: u32): bool {
  if (!iommu_unmap(buffer, size, dir)) return false;
  if (dir != DMA_TO_DEVICE && !(attrs & DMA_ATTR_SKIP_CPU_SYNC)) memory.copy(original, buffer, size);
  const first = <u32>(buffer >> PAGE_SHIFT);
  const nr = pages_of(buffer, size);
  for (let i: u32 = 0; i < nr; i++) {
    const bounce = changetype<page>(pfn_to_page(first + i));
    bounce.page_type = PAGE_TYPE_NONE;
    bounce.private_ = 0;
  }
  free_contig_range(first, nr);
  atomic.sub<u32>(used, nr);
  return true;
}

/** The CPU is to see what the device wrote, or the device what the CPU wrote; nothing if `bus` is no bounce buffer. */
export function swiotlb_sync(bus: u32, size: usize, dir: u32, to_cpu: bool): void {
  const buffer = dma_to_phys(bus);
  const original = swiotlb_original(buffer);
  // A range that leaves its buffer is the driver's mistake, and nothing is copied.
  if (!original || swiotlb_original(buffer + size - 1) != original + size - 1) return;
  if (to_cpu && dir != DMA_TO_DEVICE) memory.copy(original, buffer, size);
  if (!to_cpu && dir != DMA_FROM_DEVICE) memory.copy(buffer, original, size);
}
