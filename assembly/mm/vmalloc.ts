// mm/vmalloc.c without an MMU: a vmalloc area is contiguous memory, cut to whole pages, of any size that fits. Each page is a
// single page with a page type of our own, whose `private` leads to the area's record.

import {
  GFP_KERNEL,
  PAGE_SHIFT,
  PAGE_SIZE,
  VM_ALLOC,
  __GFP_NOWARN,
  __GFP_ZERO,
  page,
  sizeof_vm_struct,
  vm_struct,
} from "../abi";
import { call_site, own_affair, set_call_site } from "../arch/wasm/cpu";
import { DEBUG } from "../flavour";
import { WARN } from "../kernel/panic";
import { pr } from "../kernel/printk/printk";
import { alloc_contig_aligned, alloc_contig_pages, free_contig_range } from "./contig";
import { pages_trim } from "./debug/guard";
import { mm_lock, mm_unlock } from "./lock";
import { PAGE_TYPE_NONE, max_mapnr, page_address, page_to_pfn, pfn_to_page, virt_to_page } from "./page";
import { kfree, kzalloc } from "./slub";
import { warn_vmalloc } from "./warn";

/** page_type of a page of a vmalloc area; Linux uses bits up to 0x400 (PG_guard). */
export const PAGE_TYPE_VMALLOC: u32 = ~(<u32>0x2000);

@unmanaged
class Areas {
  lock: u32;
  /** vm_struct records by rising address. */
  first: usize;
  pages: u32;
}
const areas = changetype<Areas>(memory.data(offsetof<Areas>(), 4));

export function vmalloc_init(): void {
  memory.fill(changetype<usize>(areas), 0, offsetof<Areas>());
}

/** Enters a record; `ioremap` uses it too. */
export function vm_area_insert(area: vm_struct): void {
  mm_lock(changetype<usize>(areas));
  let link = changetype<usize>(areas) + offsetof<Areas>("first");
  while (load<usize>(link) && changetype<vm_struct>(load<usize>(link)).addr < area.addr) link = load<usize>(link);
  area.next = load<usize>(link);
  store<usize>(link, changetype<usize>(area));
  if (area.flags & VM_ALLOC) areas.pages += area.nr_pages;
  mm_unlock(changetype<usize>(areas));
}

export function vm_area_remove(area: vm_struct): void {
  mm_lock(changetype<usize>(areas));
  let link = changetype<usize>(areas) + offsetof<Areas>("first");
  while (load<usize>(link) != changetype<usize>(area)) link = load<usize>(link);
  store<usize>(link, area.next);
  if (area.flags & VM_ALLOC) areas.pages -= area.nr_pages;
  mm_unlock(changetype<usize>(areas));
}

/** The record after `area`, the first for NULL. */
export function next_vm_area(area: vm_struct): vm_struct {
  return changetype<vm_struct>(changetype<usize>(area) ? area.next : areas.first);
}

function mark(first: u32, nr: u32, type: u32, area: usize): void {
  for (let i: u32 = 0; i < nr; i++) {
    const p = changetype<page>(pfn_to_page(first + i));
    p.page_type = type;
    p.private_ = <u32>area;
  }
}

/** linux/vmalloc.h. `size` bytes rounded up to pages, zeroed with __GFP_ZERO. Returns their address, page aligned, or NULL.
 *  Context: any. Differs: the memory is physically contiguous. */
export function __vmalloc(size: usize, gfp: u32): usize {
  return alloc_area(size, 1, gfp);
}

/** linux/vmalloc.h. __vmalloc with an alignment in bytes, a power of two. There is one node, and who calls is known
 *  otherwise. Context: any. */
export function __vmalloc_node(size: usize, align: usize, gfp: u32, node: i32, caller: usize): usize {
  return alloc_area(size, max<u32>(1, <u32>(align >> PAGE_SHIFT)), gfp);
}

/** An area of `size` bytes, rounded up to pages and aligned to `align` of them. */
function alloc_area(size: usize, align: u32, gfp: u32): usize {
  const nr = <u32>((<u64>size + PAGE_SIZE - 1) >> PAGE_SHIFT);
  if (!nr || max(nr, align) >= load<u32>(max_mapnr)) {
    if (!(gfp & __GFP_NOWARN)) warn_vmalloc(gfp, size);
    return 0;
  }
  const site = own_affair();
  const area = changetype<vm_struct>(kzalloc(sizeof_vm_struct, gfp));
  set_call_site(site);
  if (!changetype<usize>(area)) return 0;
  const p = align > 1 ? alloc_contig_aligned(nr, gfp, align) : alloc_contig_pages(nr, gfp);
  if (!p) {
    kfree(changetype<usize>(area));
    if (!(gfp & __GFP_NOWARN)) warn_vmalloc(gfp, size);
    return 0;
  }
  if (DEBUG) pages_trim(page_to_pfn(p), size);
  area.caller = call_site();
  area.addr = page_address(p);
  area.size = nr << PAGE_SHIFT;
  area.flags = VM_ALLOC;
  area.nr_pages = nr;
  mark(page_to_pfn(p), nr, PAGE_TYPE_VMALLOC, changetype<usize>(area));
  vm_area_insert(area);
  return area.addr;
}

/** linux/vmalloc.h. __vmalloc with GFP_KERNEL: NULL without memory. Context: process. */
export function vmalloc(size: usize): usize {
  return __vmalloc(size, GFP_KERNEL);
}

/** linux/vmalloc.h. vmalloc of zeroed memory. Context: process. */
export function vzalloc(size: usize): usize {
  return __vmalloc(size, GFP_KERNEL | __GFP_ZERO);
}

/** linux/vmalloc.h. vmalloc; there is one node. Context: process. */
export function vmalloc_node(size: usize, node: i32): usize {
  return vmalloc(size);
}

/** linux/vmalloc.h. vzalloc; there is one node. Context: process. */
export function vzalloc_node(size: usize, node: i32): usize {
  return vzalloc(size);
}

/** linux/vmalloc.h. vmalloc of memory that 32-bit devices reach: all of it. Context: process. */
export function vmalloc_32(size: usize): usize {
  return vmalloc(size);
}

/** linux/vmalloc.h. vzalloc of memory that user space might map: there is none. Context: process. */
export function vmalloc_user(size: usize): usize {
  return vzalloc(size);
}

/** linux/vmalloc.h. vmalloc_user of memory that 32-bit devices reach: all of it. Context: process. */
export function vmalloc_32_user(size: usize): usize {
  return vzalloc(size);
}

/** linux/vmalloc.h. __vmalloc; there are no huge pages. Context: process. */
export function vmalloc_huge(size: usize, gfp: u32): usize {
  return __vmalloc(size, gfp);
}

/** linux/vmalloc.h. An array of `n` elements of `size` bytes; NULL if their product overflows. Context: process. */
export function __vmalloc_array(n: usize, size: usize, gfp: u32): usize {
  const bytes = <u64>n * <u64>size;
  return bytes > <u64>usize.MAX_VALUE ? 0 : __vmalloc(<usize>bytes, gfp);
}

/** linux/vmalloc.h. __vmalloc_array with GFP_KERNEL. Context: process. */
export function vmalloc_array(n: usize, size: usize): usize {
  return __vmalloc_array(n, size, GFP_KERNEL);
}

/** linux/vmalloc.h. __vmalloc_array of zeroed memory. Context: process. */
export function __vcalloc(n: usize, size: usize, gfp: u32): usize {
  return __vmalloc_array(n, size, gfp | __GFP_ZERO);
}

/** linux/vmalloc.h. __vcalloc with GFP_KERNEL. Context: process. */
export function vcalloc(n: usize, size: usize): usize {
  return __vcalloc(n, size, GFP_KERNEL);
}

/** linux/vmalloc.h. The record of the area that `address` lies in, or NULL. Context: any. */
export function find_vm_area(address: usize): usize {
  if (<u32>(address >> PAGE_SHIFT) >= load<u32>(max_mapnr)) return 0;
  const p = changetype<page>(virt_to_page(address));
  return p.page_type == PAGE_TYPE_VMALLOC ? <usize>p.private_ : 0;
}

/** linux/mm.h. Whether `address` lies in a vmalloc area. Context: any. */
export function is_vmalloc_addr(address: usize): bool {
  return find_vm_area(address) != 0;
}

/** linux/vmalloc.h. The struct page of an address in a vmalloc area, or NULL. Context: any. */
export function vmalloc_to_page(address: usize): usize {
  return is_vmalloc_addr(address) ? virt_to_page(address) : 0;
}

/** linux/vmalloc.h. The page number of an address in a vmalloc area. Context: any. */
export function vmalloc_to_pfn(address: usize): u32 {
  return page_to_pfn(vmalloc_to_page(address));
}

/** linux/vmalloc.h. Frees what vmalloc returned; NULL is ignored. Another address is reported and left alone. Context: any. */
export function vfree(address: usize): void {
  if (!address) return;
  const area = changetype<vm_struct>(find_vm_area(address));
  if (!changetype<usize>(area)) {
    pr(cstr("\x013Trying to vfree() nonexistent vm area (%08x)"), address);
    WARN(cstr("invalid vfree"));
    return;
  }
  if (area.addr != address) {
    pr(cstr("\x013Trying to vfree() bad address (%08x): its area begins at %08x"), address, area.addr);
    WARN(cstr("invalid vfree"));
    return;
  }
  vm_area_remove(area);
  const pfn = <u32>(address >> PAGE_SHIFT);
  mark(pfn, area.nr_pages, PAGE_TYPE_NONE, 0);
  free_contig_range(pfn, area.nr_pages);
  kfree(changetype<usize>(area));
}

/** Pages in vmalloc areas. */
export function vmalloc_nr_pages(): u32 {
  return areas.pages;
}
