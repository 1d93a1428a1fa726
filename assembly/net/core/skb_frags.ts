// net/core/skbuff.c: page fragments that drivers attach to a receive buffer.

import { sk_buff } from "../../abi";
import { skb_frag, skb_shinfo } from "./skb";

@inline
function account(skb: sk_buff, size: i32, truesize: u32): void {
  skb.len += size;
  skb.data_len += size;
  skb.truesize += truesize;
}

/** linux/skbuff.h. Makes [off, off + size) of `page` fragment `i`, the last one; the buffer takes over the caller's
 *  reference to the page. `truesize`: bytes of memory that it ties up. Context: any. */
export function skb_add_rx_frag(skb: sk_buff, i: i32, page: usize, off: i32, size: i32, truesize: u32): void {
  const shinfo = skb_shinfo(skb);
  const frag = skb_frag(shinfo, i);
  frag.bv_page = page;
  frag.bv_offset = off;
  frag.bv_len = size;
  shinfo.nr_frags = <u8>(i + 1);
  account(skb, size, truesize);
}

/** linux/skbuff.h. Lengthens fragment `i` by `size` bytes that follow it. Context: any. */
export function skb_coalesce_rx_frag(skb: sk_buff, i: i32, size: i32, truesize: u32): void {
  skb_frag(skb_shinfo(skb), i).bv_len += size;
  account(skb, size, truesize);
}
