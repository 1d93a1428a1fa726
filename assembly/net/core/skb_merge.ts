// net/core/skbuff.c, net/core/sock.c: buffers of pages, and one buffer's data made another's.

import {
  EMSGSIZE,
  ENOBUFS,
  MAX_SKB_FRAGS,
  PAGE_SHIFT,
  PAGE_SIZE,
  SKBFL_SHARED_FRAG,
  __GFP_COMP,
  __GFP_DIRECT_RECLAIM,
  __GFP_NORETRY,
  __GFP_NOWARN,
  page_frag,
  sizeof_bio_vec,
  sizeof_sk_buff,
  sk_buff,
} from "../../abi";
import { page_address, virt_to_head_page } from "../../mm/page";
import { alloc_pages } from "../../mm/page_alloc";
import { get_page, page_count, put_page } from "../../mm/page_ref";
import {
  SKB_DATA_ALIGN,
  SKB_TRUESIZE,
  skb_cloned,
  skb_end_offset,
  skb_frag,
  skb_headlen,
  skb_shinfo,
  skb_tailroom,
} from "./skb";
import { alloc_skb } from "./skb_alloc";
import { napi_skb_cache_put } from "./skb_cache";
import { skb_put } from "./skb_data";
import { __kfree_skb, kfree_skb } from "./skb_free";
import { skb_copy_bits } from "./skb_walk";

/** Pages of a fragment cache, as a power of two (SKB_FRAG_PAGE_ORDER). */
const FRAG_ORDER: u32 = 3;

/** linux/skbuff.h. Appends the data of `from` to `to` without copying, or by copying what fits into the tailroom. False, and
 *  nothing happened, if that cannot be done. *fragstolen: the head is `to`'s now, so `from` goes by kfree_skb_partial;
 *  *delta_truesize: by how much `to` grew. Context: any. */
export function skb_try_coalesce(to: sk_buff, from: sk_buff, fragstolen: usize, delta_truesize: usize): bool {
  store<u8>(fragstolen, 0);
  const len = from.len;
  if (skb_cloned(to) || to.pp_recycle != from.pp_recycle || (from.pp_recycle && skb_cloned(from))) return false;
  if (<i32>len <= skb_tailroom(to)) {
    if (len) skb_copy_bits(from, 0, skb_put(to, len), len);
    store<i32>(delta_truesize, 0);
    return true;
  }
  const into = skb_shinfo(to);
  const out = skb_shinfo(from);
  if (into.frag_list || out.frag_list) return false;
  const linear = skb_headlen(from);
  const frags = <u32>into.nr_frags + <u32>out.nr_frags + (linear ? 1 : 0);
  if (frags > MAX_SKB_FRAGS || (linear && (!from.head_frag || skb_cloned(from)))) return false;
  let delta = from.truesize - SKB_DATA_ALIGN(sizeof_sk_buff);
  if (linear) {
    const page = virt_to_head_page(from.head);
    const frag = skb_frag(into, into.nr_frags);
    frag.bv_page = page;
    frag.bv_offset = <u32>(from.data - page_address(page));
    frag.bv_len = linear;
    into.nr_frags += 1;
    store<u8>(fragstolen, 1);
  } else {
    delta = from.truesize - SKB_TRUESIZE(skb_end_offset(from));
  }
  const count = <u32>out.nr_frags;
  memory.copy(
    changetype<usize>(skb_frag(into, into.nr_frags)),
    changetype<usize>(skb_frag(out, 0)),
    count * sizeof_bio_vec,
  );
  into.nr_frags += <u8>count;
  if (count) into.flags |= out.flags & <u8>SKBFL_SHARED_FRAG;
  // clones of `from` keep their pages, so there is one user more
  if (!skb_cloned(from)) out.nr_frags = 0;
  for (let i: u32 = 0; i < <u32>out.nr_frags; i++) get_page(skb_frag(out, i).bv_page);
  to.truesize += delta;
  to.len += len;
  to.data_len += len;
  store<i32>(delta_truesize, delta);
  return true;
}

/** linux/skbuff.h. Frees a buffer; only its struct if `head_stolen`. Context: any but hardirq. */
export function kfree_skb_partial(skb: sk_buff, head_stolen: bool): void {
  if (head_stolen) napi_skb_cache_put(skb);
  else __kfree_skb(skb);
}

/** linux/skbuff.h. A buffer with `header_len` bytes of tailroom and `data_len` bytes in pages, of blocks of up to
 *  2^max_page_order; len and data_len are the caller's to set. Null, and *errcode says why: -EMSGSIZE, -ENOBUFS. Context:
 *  any, as `gfp` says. */
export function alloc_skb_with_frags(
  header_len: u32,
  data_len: u32,
  max_page_order: i32,
  errcode: usize,
  gfp: u32,
): sk_buff {
  let pages = (data_len + PAGE_SIZE - 1) >> PAGE_SHIFT;
  store<i32>(errcode, -EMSGSIZE);
  if (pages > MAX_SKB_FRAGS) return changetype<sk_buff>(0);
  store<i32>(errcode, -ENOBUFS);
  const skb = alloc_skb(header_len, gfp);
  if (changetype<usize>(skb) == 0) return skb;
  skb.truesize += pages << PAGE_SHIFT;
  const shinfo = skb_shinfo(skb);
  let order: u32 = max_page_order;
  while (pages) {
    while (order && pages < 1 << order) order--;
    let page: usize = 0;
    if (order) page = alloc_pages((gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_COMP | __GFP_NOWARN, order);
    if (!page) {
      order = 0;
      page = alloc_pages(gfp, 0);
    }
    if (!page) {
      kfree_skb(skb);
      return changetype<sk_buff>(0);
    }
    const frag = skb_frag(shinfo, shinfo.nr_frags);
    frag.bv_page = page;
    frag.bv_offset = 0;
    frag.bv_len = min(data_len, PAGE_SIZE << order);
    data_len -= frag.bv_len;
    shinfo.nr_frags += 1;
    pages -= 1 << order;
  }
  return skb;
}

/** net/sock.h. Sees that `pfrag` has `sz` bytes at its offset: in the page it has, or in a new one. False if memory is out.
 *  Context: as `gfp` says. */
export function skb_page_frag_refill(sz: u32, pfrag: page_frag, gfp: u32): bool {
  if (pfrag.page) {
    if (page_count(pfrag.page) == 1) {
      pfrag.offset = 0;
      return true;
    }
    if (<u32>pfrag.offset + sz <= <u32>pfrag.size) return true;
    put_page(pfrag.page);
  }
  pfrag.offset = 0;
  const flags = (gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY;
  pfrag.size = <u16>(PAGE_SIZE << FRAG_ORDER);
  pfrag.page = alloc_pages(flags, FRAG_ORDER);
  if (pfrag.page) return true;
  pfrag.size = <u16>PAGE_SIZE;
  pfrag.page = alloc_pages(gfp, 0);
  return pfrag.page != 0;
}
