// struct page as linux/mm.h, page-flags.h and page_ref.h use it inline in modules: mem_map, conversions between page,
// page frame number and pointer, compound pages, reference counts.
//
//   compound page of order 2      flags      compound_head    dtor, order    _refcount
//     page[0]  head               PG_head    -                -              users
//     page[1]  first tail         -          page[0] | 1      COMPOUND_..., 2   0
//     page[2], page[3]  tails     -          page[0] | 1      -              0

import { PAGE_SHIFT, PAGE_SIZE, PG_head, PG_reserved, PG_slab, page, sizeof_page } from "../abi";
import { BOOT_DMA_BASE, ZERO_PAGE } from "../arch/wasm/memory";

/** linux/mmzone.h. `struct page *mem_map`: the first of an array with one struct page for each page of RAM. */
export const mem_map: usize = memory.data(4, 4);

/** asm/page.h. `unsigned long __wasm_phys_base`: the physical address of linear address 0, which virt_to_phys() adds. */
export const __wasm_phys_base: usize = BOOT_DMA_BASE;

/** linux/mm.h. `unsigned long max_mapnr`: the number of pages that mem_map covers. */
export const max_mapnr: usize = memory.data(4, 4);

/** asm/pgtable.h (arch/wasm). `unsigned long empty_zero_page[]`: a page of zeros that nobody writes. */
export const empty_zero_page: usize = ZERO_PAGE;

export const PAGE_BYTES: usize = PAGE_SIZE;
export const FLAG_HEAD: u32 = 1 << PG_head;
export const FLAG_SLAB: u32 = 1 << PG_slab;
export const FLAG_RESERVED: u32 = 1 << PG_reserved;

/** page_type of a page that is none of the special kinds, and _mapcount of one that is not mapped. */
export const PAGE_TYPE_NONE: u32 = 0xffffffff;

@inline
export function pfn_to_page(pfn: u32): usize {
  return load<usize>(mem_map) + <usize>pfn * <usize>sizeof_page;
}

@inline
export function page_to_pfn(p: usize): u32 {
  return <u32>((p - load<usize>(mem_map)) / <usize>sizeof_page);
}

/** The page that `address` lies in. It must be RAM. */
@inline
export function virt_to_page(address: usize): usize {
  return pfn_to_page(<u32>(address >> PAGE_SHIFT));
}

@inline
export function page_address(p: usize): usize {
  return (<usize>page_to_pfn(p)) << PAGE_SHIFT;
}

/** Whether `p` points to an element of mem_map. */
export function is_page(p: usize): bool {
  const offset = p - load<usize>(mem_map);
  return offset < <usize>load<u32>(max_mapnr) * <usize>sizeof_page && offset % <usize>sizeof_page == 0;
}

@inline
export function compound_head(p: usize): usize {
  const word = <usize>changetype<page>(p).compound_head;
  return word & 1 ? word - 1 : p;
}

@inline
export function virt_to_head_page(address: usize): usize {
  return compound_head(virt_to_page(address));
}

/** The order of a compound page by its head; 0 for a single page. */
@inline
export function compound_order(head: usize): u32 {
  return changetype<page>(head).flags & FLAG_HEAD ? changetype<page>(head + <usize>sizeof_page).compound_order : 0;
}
