// net/core/skbuff.c: a new head for a buffer that stays the same struct.

import { ENOMEM, GFP_ATOMIC, __GFP_NOWARN, offsetof_skb_shared_info_dataref, sk_buff } from "../../abi";
import { BUG, WARN } from "../../kernel/panic";
import { __kmalloc, ksize } from "../../mm/kmalloc";
import { get_page } from "../../mm/page_ref";
import {
  SKB_DATA_ALIGN,
  SKB_HEAD_ALIGN,
  SKB_WITH_OVERHEAD,
  skb_cloned,
  skb_end_offset,
  skb_frag,
  skb_has_frag_list,
  skb_headroom,
  skb_set_end_offset,
  skb_shared,
  skb_shinfo,
  skb_shinfo_used,
} from "./skb";
import { skb_clone, skb_headers_offset_update } from "./skb_clone";
import { consume_skb, kfree_skb, skb_clone_fraglist, skb_free_head, skb_release_data } from "./skb_free";

/** linux/skbuff.h. Gives a buffer that nobody shares a new, private head with `nhead` and `ntail` more bytes of
 *  room; all pointers into the old head are stale then. 0, or -ENOMEM and nothing has changed. Context: any, as
 *  `gfp` says. */
export function pskb_expand_head(skb: sk_buff, nhead: i32, ntail: i32, gfp: u32): i32 {
  if (nhead < 0) BUG(cstr("pskb_expand_head: negative headroom"));
  if (skb_shared(skb)) BUG(cstr("pskb_expand_head: shared buffer"));
  const osize = skb_end_offset(skb);
  const data = __kmalloc(SKB_HEAD_ALIGN(osize + nhead + ntail), gfp | __GFP_NOWARN);
  if (data == 0) return -ENOMEM;
  const size = SKB_WITH_OVERHEAD(<u32>ksize(data));
  memory.copy(data + nhead, skb.head, skb.tail - skb.head);
  const old = skb_shinfo(skb);
  memory.copy(data + size, changetype<usize>(old), skb_shinfo_used(old));
  if (skb_cloned(skb)) {
    // the old head lives on with the clones, so the fragments have one user more
    for (let i: u32 = 0; i < old.nr_frags; i++) get_page(skb_frag(old, i).bv_page);
    if (skb_has_frag_list(skb)) skb_clone_fraglist(skb);
    skb_release_data(skb);
  } else {
    skb_free_head(skb);
  }
  const off = data + nhead - skb.head;
  skb.head = data;
  skb.head_frag = 0;
  skb.data += off;
  skb_set_end_offset(skb, size);
  skb.tail += off;
  skb_headers_offset_update(skb, nhead);
  skb.cloned = 0;
  skb.hdr_len = 0;
  skb.nohdr = 0;
  store<i32>(skb.end, 1, offsetof_skb_shared_info_dataref);
  skb_shinfo(skb).meta_len = 0;
  // an owner has accounted the old size
  if (skb.sk == 0) skb.truesize += size - osize;
  return 0;
}

/** linux/skbuff.h. More headroom, in place if nobody else uses the struct; frees `skb` and returns null if memory is
 *  out. Context: any. (Differs: buffers have no owning socket, so none is charged.) */
export function skb_expand_head(skb: sk_buff, headroom: u32): sk_buff {
  const delta = <i32>(headroom - skb_headroom(skb));
  if (delta <= 0) {
    WARN(cstr("skb_expand_head is expecting an increase in the headroom"));
    return skb;
  }
  if (skb_shared(skb)) {
    const n = skb_clone(skb, GFP_ATOMIC);
    if (changetype<usize>(n) == 0) {
      kfree_skb(skb);
      return n;
    }
    consume_skb(skb);
    skb = n;
  }
  if (pskb_expand_head(skb, SKB_DATA_ALIGN(delta), 0, GFP_ATOMIC) != 0) {
    kfree_skb(skb);
    return changetype<sk_buff>(0);
  }
  return skb;
}
