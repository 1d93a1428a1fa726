// kernel/dma/mapping.c: memory for devices that need not be contiguous, as a scatter list. Without an MMU it has to be, for the
// CPU's sake: a list of one entry.

import {
  ENXIO,
  GFP_KERNEL,
  PAGE_SIZE,
  offsetof_scatterlist_dma_address,
  scatterlist,
  sg_table,
  sizeof_scatterlist,
  sizeof_sg_table,
} from "../../abi";
import { sg_init_table } from "../../lib/scatterlist";
import { page_address, virt_to_page } from "../../mm/page";
import { kfree, kzalloc } from "../../mm/slub";
import { dma_alloc_attrs, dma_free_attrs } from "./coherent";

@inline
function list_of(table: usize): scatterlist {
  return changetype<scatterlist>(changetype<sg_table>(table).sgl);
}

/** linux/dma-mapping.h. `size` zeroed bytes that CPU and device share, mapped for `dir` until dma_free_noncontiguous. Returns a
 *  sg_table with the bus address, or NULL. Context: process. */
export function dma_alloc_noncontiguous(dev: usize, size: usize, dir: u32, gfp: u32, attrs: u32): usize {
  const table = kzalloc(sizeof_sg_table + sizeof_scatterlist, GFP_KERNEL);
  if (!table) return 0;
  const sgt = changetype<sg_table>(table);
  sgt.sgl = table + sizeof_sg_table;
  sgt.nents = 1;
  sgt.orig_nents = 1;
  sg_init_table(sgt.sgl, 1);
  const sg = list_of(table);
  const handle = changetype<usize>(sg) + offsetof_scatterlist_dma_address;
  const address = dma_alloc_attrs(dev, size, handle, gfp, attrs);
  if (!address) {
    kfree(table);
    return 0;
  }
  sg.page_link = sg.page_link | <u32>virt_to_page(address);
  sg.length = (<u32>size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
  return table;
}

/** linux/dma-mapping.h. Frees what dma_alloc_noncontiguous returned. Context: process. */
export function dma_free_noncontiguous(dev: usize, size: usize, table: usize, dir: u32): void {
  dma_free_attrs(dev, size, dma_vmap_noncontiguous(dev, size, table), list_of(table).dma_address, 0);
  kfree(table);
}

/** linux/dma-mapping.h. The CPU's address of such memory. Context: process. */
export function dma_vmap_noncontiguous(dev: usize, size: usize, table: usize): usize {
  return page_address(<usize>(list_of(table).page_link & ~3));
}

/** linux/dma-mapping.h. Ends the use of that address. Context: process. */
export function dma_vunmap_noncontiguous(dev: usize, address: usize): void {}

/** linux/dma-mapping.h. Whether user space can map coherent memory: there is none. Context: any. */
export function dma_can_mmap(dev: usize): bool {
  return false;
}

/** linux/dma-mapping.h. Maps coherent memory into user space: -ENXIO. Context: process. */
export function dma_mmap_attrs(dev: usize, vma: usize, address: usize, bus: u32, size: usize, attrs: u32): i32 {
  return -ENXIO;
}

/** linux/dma-mapping.h. Whether devices can use each other's memory: never. Context: any. */
export function dma_pci_p2pdma_supported(dev: usize): bool {
  return false;
}
