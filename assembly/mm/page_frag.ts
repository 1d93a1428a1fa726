// Page fragments (page_frag_cache in mm/page_alloc.c): a block handed out from its end downwards, for packet buffers.
// The block is given a large reference count at once; `pagecnt_bias` is what of it is not handed out yet, so a fragment
// costs no atomic operation.

import {
  PAGE_FRAG_CACHE_MAX_SIZE,
  PAGE_SHIFT,
  __GFP_COMP,
  __GFP_DIRECT_RECLAIM,
  __GFP_NOMEMALLOC,
  __GFP_NORETRY,
  __GFP_NOWARN,
  page_frag_cache,
} from "../abi";
import { own_affair, set_call_site } from "../arch/wasm/cpu";
import { bad_page } from "./bad_page";
import { alloc_pages, free_unreferenced } from "./page_alloc";
import { PAGE_BYTES, page_address, virt_to_head_page, virt_to_page } from "./page";
import { page_count, page_ref_add, page_ref_sub_and_test, set_page_count } from "./page_ref";
import { small_board } from "./small_board";

const PAGE_FRAG_CACHE_MAX_ORDER: u32 = 31 - clz(PAGE_FRAG_CACHE_MAX_SIZE >> PAGE_SHIFT);
/** Where RAM is little: one buffer that stays keeps its whole block. */
const SMALL_ORDER: u32 = 1;
const BIAS: i32 = PAGE_FRAG_CACHE_MAX_SIZE + 1;

function refill(nc: page_frag_cache, gfp: u32): bool {
  const site = own_affair();
  const quiet = (gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC;
  let order = small_board() ? SMALL_ORDER : PAGE_FRAG_CACHE_MAX_ORDER;
  let p = alloc_pages(quiet, order);
  // The smaller the block, the more of it is left over: of a page nearly half, where fragments are receive buffers.
  while (!p && order > 0) {
    order--;
    p = alloc_pages(order > 0 ? quiet : gfp, order);
  }
  const size = PAGE_BYTES << order;
  set_call_site(site);
  nc.va = p ? page_address(p) : 0;
  if (!p) return false;
  page_ref_add(p, BIAS - 1);
  nc.pagecnt_bias = BIAS;
  nc.size = <u16>size;
  nc.offset = <u16>size;
  nc.pfmemalloc = 0;
  return true;
}

/** The block is used up: takes it again from its end if every fragment came back, else leaves it to its users. */
function recycle(nc: page_frag_cache): bool {
  const p = virt_to_page(nc.va);
  if (!page_ref_sub_and_test(p, nc.pagecnt_bias)) {
    nc.va = 0;
    return false;
  }
  set_page_count(p, BIAS);
  nc.pagecnt_bias = BIAS;
  nc.offset = nc.size;
  return true;
}

/** linux/gfp.h. `size` bytes of a page fragment from the cache `nc`, aligned by `align_mask` (~0: none). Returns their address
 *  or NULL; a size above one page depends on a large block being free. Context: any; the cache is not shared. */
export function page_frag_alloc_align(nc_: usize, size: u32, gfp: u32, align_mask: u32): usize {
  const nc = changetype<page_frag_cache>(nc_);
  if (!nc.va && !refill(nc, gfp)) return 0;
  if (<u32>nc.offset < size && !recycle(nc) && !refill(nc, gfp)) return 0;
  if (<u32>nc.offset < size) return 0;
  const offset = (<u32>nc.offset - size) & align_mask;
  nc.offset = <u16>offset;
  nc.pagecnt_bias = nc.pagecnt_bias - 1;
  return nc.va + offset;
}

/** linux/gfp.h. Drops `count` references on a block that a page fragment cache held. Context: any. */
export function __page_frag_cache_drain(p: usize, count: u32): void {
  if (page_ref_sub_and_test(p, <i32>count)) free_unreferenced(p);
}

/** linux/gfp.h. Frees a page fragment by its address. Context: any. */
export function page_frag_free(address: usize): void {
  const head = virt_to_head_page(address);
  if (page_count(head) <= 0) bad_page(head, cstr("page_frag_free of a page that is free already"));
  if (page_ref_sub_and_test(head, 1)) free_unreferenced(head);
}
