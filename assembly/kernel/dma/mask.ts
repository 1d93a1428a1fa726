// What a device can address: its masks (kernel/dma/mapping.c, kernel/dma/direct.c). All RAM lies at BOOT_DMA_BASE + pointer.

import { EIO, PAGE_SHIFT, device } from "../../abi";
import { BOOT_RAM_END } from "../../arch/wasm/memory";
import { max_mapnr } from "../../mm/page";
import { lowest_memory } from "../../mm/small_board";
import { dma_to_phys, phys_to_dma } from "./iommu";
import { BOUNCE_MAX, swiotlb_original } from "./swiotlb";

/** linux/dma-mapping.h. Whether a device that addresses `mask` reaches any memory that can be allocated. Context: any. */
export function dma_supported(dev: usize, mask: u64): i32 {
  return <i32>(mask > <u64>phys_to_dma(lowest_memory()));
}

/** linux/dma-mapping.h. States which bus addresses the device can use for streaming mappings. Returns 0, or -EIO if it reaches
 *  no memory or has no mask. Context: process. Differs: any mask that covers a part of RAM is taken; memory beyond it is
 *  mapped through bounce buffers. */
export function dma_set_mask(dev_: usize, mask: u64): i32 {
  const dev = changetype<device>(dev_);
  mask = <u64>(<u32>mask);
  if (!dev.dma_mask || !dma_supported(dev_, mask)) return -EIO;
  store<u64>(dev.dma_mask, mask);
  return 0;
}

/** linux/dma-mapping.h. States which bus addresses the device can use for coherent memory. Returns 0, or -EIO if it reaches no
 *  memory. Context: process. */
export function dma_set_coherent_mask(dev_: usize, mask: u64): i32 {
  const dev = changetype<device>(dev_);
  mask = <u64>(<u32>mask);
  if (!dma_supported(dev_, mask)) return -EIO;
  dev.coherent_dma_mask = mask;
  return 0;
}

/** linux/dma-mapping.h. The mask that covers all RAM. Context: any. */
export function dma_get_required_mask(dev: usize): u64 {
  const last = <u64>phys_to_dma(<usize>load<u32>(BOOT_RAM_END) - 1);
  return ((<u64>2) << (63 - clz(last))) - 1;
}

/** The highest bus address that `dev` reaches with `mask`. */
@inline
export function dma_limit(dev: device, mask: u64): u64 {
  const bus = dev.bus_dma_limit;
  return bus ? min(mask, bus) : mask;
}

/** One more than the last page number that lies within `limit` as a whole. */
export function pfn_limit(limit: u64): u32 {
  const base = <u64>phys_to_dma(0);
  if (limit < base) return 0;
  const pages = (limit - base + 1) >> PAGE_SHIFT;
  return pages > <u64>load<u32>(max_mapnr) ? load<u32>(max_mapnr) : <u32>pages;
}

/** Whether some RAM lies beyond what the device reaches, so that it may need bounce buffers. */
function addressing_limited(dev_: usize): bool {
  const dev = changetype<device>(dev_);
  const mask = dev.dma_mask ? load<u64>(dev.dma_mask) : 0xffffffff;
  return dma_limit(dev, mask) < <u64>phys_to_dma(<usize>load<u32>(BOOT_RAM_END) - 1);
}

/** linux/dma-mapping.h. The most bytes one mapping may have: a bounce buffer's if the device may need one, else no limit.
 *  Context: any. */
export function dma_max_mapping_size(dev: usize): usize {
  return addressing_limited(dev) ? BOUNCE_MAX : usize.MAX_VALUE;
}

/** linux/dma-mapping.h. The most bytes that map without cost: no more than dma_max_mapping_size. Context: any. */
export function dma_opt_mapping_size(dev: usize): usize {
  return dma_max_mapping_size(dev);
}

/** linux/dma-mapping.h. Whether dma_sync_* of the mapping at `bus` moves data: if it has a bounce buffer. Context: any. */
export function dma_need_sync(dev: usize, bus: u32): bool {
  return swiotlb_original(dma_to_phys(bus)) != 0;
}

/** linux/dma-mapping.h. Boundary at which an IOMMU merges segments: there is none. Context: any. */
export function dma_get_merge_boundary(dev: usize): u32 {
  return 0;
}
