// net/core/skbuff.c: letting go of buffers. The struct goes when `users` reaches 0, the data when `dataref` does.

import {
  SKB_DATAREF_SHIFT,
  SKB_DROP_REASON_NOT_SPECIFIED,
  SKB_FCLONE_CLONE,
  SKB_FCLONE_UNAVAILABLE,
  SKB_REASON_CONSUMED,
  bio_vec,
  offsetof_sk_buff_fclones_fclone_ref,
  offsetof_sk_buff_fclones_skb2,
  offsetof_skb_shared_info_dataref,
  sk_buff,
} from "../../abi";
import { page_frag_free } from "../../mm/page_frag";
import { put_page } from "../../mm/page_ref";
import { kfree, kmem_cache_free } from "../../mm/slub";
import { __dev_kfree_skb_any } from "./dev_kfree";
import { skb_frag, skb_get, skb_next, skb_shinfo, skb_unref } from "./skb";
import { napi_skb_cache_put, skbuff_fclone_cache, skbuff_head_cache } from "./skb_cache";

@inline
export function skb_frag_unref(frag: bio_vec): void {
  put_page(frag.bv_page);
}

/** Takes a reference to each buffer of the fragment list. */
export function skb_clone_fraglist(skb: sk_buff): void {
  let list = skb_shinfo(skb).frag_list;
  while (list) {
    skb_get(changetype<sk_buff>(list));
    list = changetype<sk_buff>(list).next;
  }
}

export function skb_free_head(skb: sk_buff): void {
  if (skb.head_frag) page_frag_free(skb.head);
  else kfree(skb.head);
}

/** Drops this struct's reference to the data, and the data with the last one. */
export function skb_release_data(skb: sk_buff): void {
  const shinfo = skb_shinfo(skb);
  if (skb.cloned) {
    const refs = skb.nohdr ? (1 << SKB_DATAREF_SHIFT) + 1 : 1;
    if (atomic.sub<i32>(changetype<usize>(shinfo), refs, offsetof_skb_shared_info_dataref) != refs) return;
  }
  for (let i: u32 = 0; i < shinfo.nr_frags; i++) skb_frag_unref(skb_frag(shinfo, i));
  if (shinfo.frag_list) kfree_skb_list_reason(changetype<sk_buff>(shinfo.frag_list), SKB_DROP_REASON_NOT_SPECIFIED);
  skb_free_head(skb);
}

/** Gives the struct back: alone, or as half of a pair that goes when both halves have. */
function kfree_skbmem(skb: sk_buff): void {
  if (skb.fclone == SKB_FCLONE_UNAVAILABLE) {
    kmem_cache_free(skbuff_head_cache(), changetype<usize>(skb));
    return;
  }
  const second = skb.fclone == SKB_FCLONE_CLONE;
  const pair = changetype<usize>(skb) - (second ? offsetof_sk_buff_fclones_skb2 : 0);
  if (atomic.sub<i32>(pair, 1, offsetof_sk_buff_fclones_fclone_ref) == 1) kmem_cache_free(skbuff_fclone_cache(), pair);
}

/** Runs the owner's destructor. No route, conntrack entry or extension can be attached here: what attaches them is not
 *  part of the core, so their fields are always 0. */
function skb_release_head_state(skb: sk_buff): void {
  if (skb.destructor) call_indirect<void>(<u32>skb.destructor, changetype<usize>(skb));
}

/** Everything but the struct. */
function skb_release_all(skb: sk_buff): void {
  skb_release_head_state(skb);
  if (skb.head) skb_release_data(skb);
}

/** linux/skbuff.h. Frees a buffer whose last reference is gone already. Context: any but hardirq. */
export function __kfree_skb(skb: sk_buff): void {
  skb_release_all(skb);
  kfree_skbmem(skb);
}

/** linux/skbuff.h. Drops a reference because the packet was dropped, for `reason` (enum skb_drop_reason). Null is fine.
 *  Context: any but hardirq. */
export function kfree_skb_reason(skb: sk_buff, reason: u32): void {
  if (skb_unref(skb)) __kfree_skb(skb);
}

/** linux/skbuff.h. kfree_skb_reason without a reason: inline in Linux. Context: any but hardirq. */
export function kfree_skb(skb: sk_buff): void {
  kfree_skb_reason(skb, SKB_DROP_REASON_NOT_SPECIFIED);
}

/** linux/skbuff.h. kfree_skb_reason on each buffer of a list linked through `next`. Context: any but hardirq. */
export function kfree_skb_list_reason(segs: sk_buff, reason: u32): void {
  while (changetype<usize>(segs) != 0) {
    const next = skb_next(segs);
    kfree_skb_reason(segs, reason);
    segs = next;
  }
}

/** linux/skbuff.h. Drops a reference because the packet was used up. Null is fine. Context: any but hardirq. */
export function consume_skb(skb: sk_buff): void {
  if (skb_unref(skb)) __kfree_skb(skb);
}

/** Frees a buffer of the completion queue: its struct goes to the CPU's stock. Softirq. */
export function __kfree_skb_defer(skb: sk_buff): void {
  skb_release_all(skb);
  napi_skb_cache_put(skb);
}

/** linux/skbuff.h. consume_skb for transmit completion in a NAPI poll; `budget` 0 says it is not one.
 *  Context: softirq if budget is not 0, else any. */
export function napi_consume_skb(skb: sk_buff, budget: i32): void {
  if (budget == 0) {
    __dev_kfree_skb_any(skb, SKB_REASON_CONSUMED);
    return;
  }
  if (!skb_unref(skb)) return;
  if (skb.fclone != SKB_FCLONE_UNAVAILABLE) __kfree_skb(skb);
  else __kfree_skb_defer(skb);
}
