// The core's half of the IOMMU: enters mappings into IOMMU_TABLE and takes them out (arch/wasm/iommu has the format).

import { DMA_BIDIRECTIONAL, DMA_FROM_DEVICE, DMA_TO_DEVICE, PAGE_SHIFT } from "../../abi";
import { DEVICE_READS, DEVICE_WRITES, ONE_READ, ONE_WRITE } from "../../arch/wasm/iommu";
import { BOOT_DMA_BASE, BOOT_RAM_END, IOMMU_SMALL, IOMMU_TABLE } from "../../arch/wasm/memory";
import { small_board } from "../../mm/small_board";
import { BUG } from "../panic";

/** Bus address of a pointer, and back. */
@inline
export function phys_to_dma(address: usize): u32 {
  return <u32>address + load<u32>(BOOT_DMA_BASE);
}

@inline
export function dma_to_phys(bus: u32): usize {
  return <usize>(bus - load<u32>(BOOT_DMA_BASE));
}

/** The word of a page. */
@inline
export function word_of(page: u32): usize {
  return <usize>((small_board() ? IOMMU_SMALL : IOMMU_TABLE) + (page << 2));
}

/** What one mapping of direction `dir` adds to a page's word. */
function weight(dir: u32): u32 {
  if (dir == DMA_TO_DEVICE) return ONE_READ;
  if (dir == DMA_FROM_DEVICE) return ONE_WRITE;
  if (dir != DMA_BIDIRECTIONAL) BUG(cstr("a DMA mapping without a direction"));
  return ONE_READ | ONE_WRITE;
}

@inline
function last_page(address: usize, size: usize): u32 {
  return <u32>((address + max<usize>(size, 1) - 1) >> PAGE_SHIFT);
}

/** Lets devices touch [address, address + size). */
export function iommu_map(address: usize, size: usize, dir: u32): void {
  const one = weight(dir);
  const last = last_page(address, size);
  for (let page = <u32>(address >> PAGE_SHIFT); page <= last; page++) {
    const before = atomic.add<u32>(word_of(page), one);
    if ((one & ONE_READ && (before & DEVICE_READS) == DEVICE_READS) || (one & ONE_WRITE && before >= DEVICE_WRITES)) {
      BUG(cstr("a page is mapped for DMA 65536 times: mappings are leaking"));
    }
  }
}

/** Takes a mapping back; false, and nothing done, if some page of the range has none of its direction. */
export function iommu_unmap(address: usize, size: usize, dir: u32): bool {
  if (!iommu_mapped(address, size, dir)) return false;
  const one = weight(dir);
  const last = last_page(address, size);
  for (let page = <u32>(address >> PAGE_SHIFT); page <= last; page++) atomic.sub<u32>(word_of(page), one);
  return true;
}

/** Whether every page of the range is mapped for what `dir` allows. */
export function iommu_mapped(address: usize, size: usize, dir: u32): bool {
  if (address >= <usize>load<u32>(BOOT_RAM_END) || size > <usize>load<u32>(BOOT_RAM_END) - address) return false;
  const one = weight(dir);
  const last = last_page(address, size);
  for (let page = <u32>(address >> PAGE_SHIFT); page <= last; page++) {
    const word = atomic.load<u32>(word_of(page));
    if ((one & ONE_READ && !(word & DEVICE_READS)) || (one & ONE_WRITE && !(word & DEVICE_WRITES))) return false;
  }
  return true;
}
