// linux/scatterlist.h, lib/scatterlist.c: lists of memory for devices that gather and scatter.

import { SG_END, scatterlist, sizeof_scatterlist } from "../abi";
import { PAGE_BYTES, virt_to_page } from "../mm/page";

/** linux/scatterlist.h. Empties the `nents` entries at `sgl` and marks the last as the end. Context: any. */
export function sg_init_table(sgl: usize, nents: u32): void {
  memory.fill(sgl, 0, nents * sizeof_scatterlist);
  const last = changetype<scatterlist>(sgl + (nents - 1) * sizeof_scatterlist);
  last.page_link = SG_END;
}

/** linux/scatterlist.h. Makes `sg` a list of one entry: `length` bytes at `buffer`, which is memory of the kernel's
 *  linear mapping. Context: any. */
export function sg_init_one(sg: usize, buffer: usize, length: u32): void {
  sg_init_table(sg, 1);
  const entry = changetype<scatterlist>(sg);
  entry.page_link |= virt_to_page(buffer);
  entry.offset = <u32>(buffer & (PAGE_BYTES - 1));
  entry.length = length;
}
