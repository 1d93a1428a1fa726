// net/core/skbuff.c: cutting one buffer into several, each with a copy of the headers.
//
//   head_skb   │ headers │      data, in the linear part, in pages, in the buffers of frag_list     │
//   segments   │ headers │ mss │  │ headers │ mss │  …  │ headers │ rest │
//
// A device that gathers and sums gets its segments' data as references to the pages of the whole; else they are copied.

import {
  ENOMEM,
  EINVAL,
  GFP_ATOMIC,
  MAX_SKB_FRAGS,
  NETIF_F_SG,
  NUMA_NO_NODE,
  SKBFL_SHARED_FRAG,
  SKB_DROP_REASON_NOT_SPECIFIED,
  sizeof_bio_vec,
  sk_buff,
} from "../../abi";
import { ERR_PTR } from "../../lib/err";
import { get_page } from "../../mm/page_ref";
import { can_checksum, skb_network_protocol } from "./features_check";
import {
  skb_frag,
  skb_headlen,
  skb_headroom,
  skb_mac_header,
  skb_next,
  skb_reserve,
  skb_reset_mac_header,
  skb_set_transport_header,
  skb_shinfo,
} from "./skb";
import { __alloc_skb } from "./skb_alloc";
import { copy_skb_header } from "./skb_clone";
import { skb_push, skb_put } from "./skb_data";
import { kfree_skb, kfree_skb_list_reason } from "./skb_free";
import { skb_copy_bits } from "./skb_walk";

/** Appends to `n` references to the pages that hold the bytes [offset, offset + len) of `skb`. How many of them are still
 *  missing, since they lie behind `skb`; -1 if some are not in pages, or in too many. */
function share(n: sk_buff, skb: sk_buff, offset: u32, len: u32): i32 {
  const linear = skb_headlen(skb);
  if (offset < linear) return -1;
  offset -= linear;
  const from = skb_shinfo(skb);
  const to = skb_shinfo(n);
  for (let i: u32 = 0; len && i < from.nr_frags; i++) {
    const frag = skb_frag(from, i);
    if (offset >= frag.bv_len) {
      offset -= frag.bv_len;
      continue;
    }
    if (<u32>to.nr_frags == MAX_SKB_FRAGS) return -1;
    const slot = skb_frag(to, to.nr_frags);
    memory.copy(changetype<usize>(slot), changetype<usize>(frag), sizeof_bio_vec);
    slot.bv_offset += offset;
    slot.bv_len = min(frag.bv_len - offset, len);
    get_page(frag.bv_page);
    to.nr_frags += 1;
    len -= slot.bv_len;
    offset = 0;
  }
  for (let at = changetype<sk_buff>(from.frag_list); len && changetype<usize>(at) != 0; at = skb_next(at)) {
    if (offset >= at.len) {
      offset -= at.len;
      continue;
    }
    const left = share(n, at, offset, len);
    if (left < 0) return left;
    len = left;
    offset = 0;
  }
  return len;
}

/** A segment of `len` bytes from `offset`, behind a copy of the first `headers` bytes; as much as is linear is copied, and
 *  the rest too unless `gather`. Null if memory is out; or if the rest cannot be shared, which `gather` 0 can always do. */
function segment(skb: sk_buff, headers: u32, offset: u32, len: u32, gather: bool): sk_buff {
  const linear = skb_headlen(skb);
  const copied = gather ? (linear > offset ? min(linear - offset, len) : 0) : len;
  const headroom = skb_headroom(skb);
  const n = __alloc_skb(headroom + headers + copied, GFP_ATOMIC, 0, NUMA_NO_NODE);
  if (changetype<usize>(n) == 0) return n;
  skb_reserve(n, headroom);
  skb_put(n, headers + copied);
  copy_skb_header(n, skb);
  n.mac_len = skb.mac_len;
  skb_copy_bits(skb, 0, n.data, headers);
  skb_copy_bits(skb, offset, n.data + headers, copied);
  const rest = len - copied;
  if (rest == 0) return n;
  if (share(n, skb, offset + copied, rest) != 0) {
    kfree_skb(n);
    return changetype<sk_buff>(0);
  }
  skb_shinfo(n).flags |= skb_shinfo(skb).flags & <u8>SKBFL_SHARED_FRAG;
  n.len += rest;
  n.data_len = rest;
  n.truesize += rest;
  return n;
}

/** linux/skbuff.h. Cuts `skb`, whose data begin behind the transport header, into a list of buffers with gso_size bytes
 *  of data each; the headers are copied as they are. Its data begin with the mac header afterwards. The list, with its
 *  last buffer as `prev` of the first; ERR_PTR(-ENOMEM) or (-EINVAL). Context: any. */
export function skb_segment(skb: sk_buff, features: u64): usize {
  const mss = <u32>skb_shinfo(skb).gso_size;
  const transport = skb.head + skb.transport_header - skb_mac_header(skb);
  const headers = <u32>(skb.data - skb_mac_header(skb));
  skb_push(skb, headers);
  const proto = skb_network_protocol(skb);
  if (proto == 0 || mss == 0) return ERR_PTR(-EINVAL);
  const gather = (features & NETIF_F_SG) != 0 && can_checksum(features, proto);
  let first = changetype<sk_buff>(0);
  let last = first;
  // One without data is a segment too.
  for (let offset = headers; offset < skb.len || changetype<usize>(first) == 0; offset += mss) {
    const len = min(mss, skb.len - offset);
    let n = segment(skb, headers, offset, len, gather);
    if (changetype<usize>(n) == 0 && gather) n = segment(skb, headers, offset, len, false);
    if (changetype<usize>(n) == 0) {
      kfree_skb_list_reason(first, SKB_DROP_REASON_NOT_SPECIFIED);
      return ERR_PTR(-ENOMEM);
    }
    skb_reset_mac_header(n);
    skb_set_transport_header(n, <i32>transport);
    if (changetype<usize>(first) == 0) first = n;
    else last.next = changetype<usize>(n);
    last = n;
  }
  first.prev = changetype<usize>(last);
  return changetype<usize>(first);
}
