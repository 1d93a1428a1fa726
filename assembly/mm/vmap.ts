// mm/vmalloc.c, mm/nommu.c: pages as one range of addresses. Without an MMU only those can be that follow each other.

import { PAGE_SIZE } from "../abi";
import { page_address } from "./page";

/** linux/vmalloc.h. One range of addresses for `pages[count]`. Returns its start, or NULL.
 *  Context: process. Differs: pages that are not contiguous have none. */
export function vmap(pages: usize, count: u32, flags: u32, prot: u32): usize {
  if (!count) return 0;
  const start = page_address(load<usize>(pages));
  for (let i: u32 = 1; i < count; i++) {
    if (page_address(load<usize>(pages + ((<usize>i) << 2))) != start + <usize>i * PAGE_SIZE) return 0;
  }
  return start;
}

/** linux/vmalloc.h. Ends a range of vmap. Context: process. */
export function vunmap(address: usize): void {}

/** linux/vmalloc.h. vmap for a short while. Context: process. */
export function vm_map_ram(pages: usize, count: u32, node: i32): usize {
  return vmap(pages, count, 0, 0);
}

/** linux/vmalloc.h. Ends a range of vm_map_ram. Context: process. */
export function vm_unmap_ram(address: usize, count: u32): void {}
