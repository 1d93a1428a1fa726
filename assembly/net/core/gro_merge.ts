// net/core/gro.c: skb_gro_receive, which appends the data of one received packet to another.

import {
  E2BIG,
  ETOOMANYREFS,
  GRO_LEGACY_MAX_SIZE,
  MAX_SKB_FRAGS,
  NAPI_GRO_FREE,
  NAPI_GRO_FREE_STOLEN_HEAD,
  SKBFL_SHARED_FRAG,
  SKB_DATAREF_SHIFT,
  net_device,
  offsetof_skb_shared_info_dataref,
  sizeof_bio_vec,
  sizeof_sk_buff,
  sk_buff,
} from "../../abi";
import { page_address, virt_to_head_page } from "../../mm/page";
import { NAPI_GRO_CB } from "./gro";
import { SKB_DATA_ALIGN, SKB_TRUESIZE, skb_end_offset, skb_frag, skb_headlen, skb_shinfo } from "./skb";
import { __skb_pull } from "./skb_data";

/** Moves the fragments of `skb`, whose headers end its linear data, behind those of `to`. */
function move_frags(to: sk_buff, skb: sk_buff): u32 {
  const from = skb_shinfo(skb);
  const into = skb_shinfo(to);
  const count = <u32>from.nr_frags;
  const first = changetype<usize>(skb_frag(into, into.nr_frags));
  memory.copy(first, changetype<usize>(skb_frag(from, 0)), count * sizeof_bio_vec);
  into.nr_frags += <u8>count;
  from.nr_frags = 0;
  const rest = SKB_TRUESIZE(skb_end_offset(skb));
  const moved = skb.truesize - rest;
  skb.truesize = rest;
  skb.len -= skb.data_len;
  skb.data_len = 0;
  NAPI_GRO_CB(skb).free = <u8>NAPI_GRO_FREE;
  return moved;
}

/** Makes the linear data from `offset` a fragment of `to`, and moves the fragments behind it. */
function move_head(to: sk_buff, skb: sk_buff, offset: u32): u32 {
  const from = skb_shinfo(skb);
  const into = skb_shinfo(to);
  const count = <u32>from.nr_frags;
  const page = virt_to_head_page(skb.head);
  const frag = skb_frag(into, into.nr_frags);
  frag.bv_page = page;
  frag.bv_offset = <u32>(skb.data + offset - page_address(page));
  frag.bv_len = skb_headlen(skb) - offset;
  const next = changetype<usize>(frag) + sizeof_bio_vec;
  memory.copy(next, changetype<usize>(skb_frag(from, 0)), count * sizeof_bio_vec);
  into.nr_frags += <u8>(count + 1);
  const rest = SKB_DATA_ALIGN(sizeof_sk_buff);
  const moved = skb.truesize - rest;
  skb.truesize = rest;
  NAPI_GRO_CB(skb).free = <u8>NAPI_GRO_FREE_STOLEN_HEAD;
  return moved;
}

/** Puts the whole buffer, without what lies before `offset`, at the end of p's frag_list. */
function chain(p: sk_buff, skb: sk_buff, offset: u32): u32 {
  skb.destructor = 0;
  skb.sk = 0;
  __skb_pull(skb, offset);
  const last = changetype<sk_buff>(NAPI_GRO_CB(p).last);
  if (last == p) skb_shinfo(p).frag_list = changetype<usize>(skb);
  else last.next = changetype<usize>(skb);
  NAPI_GRO_CB(p).last = changetype<usize>(skb);
  // whoever clones it now must not write what was its header
  skb.nohdr = 1;
  atomic.add<i32>(changetype<usize>(skb_shinfo(skb)), 1 << SKB_DATAREF_SHIFT, offsetof_skb_shared_info_dataref);
  return skb.truesize;
}

function account(skb: sk_buff, len: u32, truesize: u32, shared: u8): void {
  skb.data_len += len;
  skb.truesize += truesize;
  skb.len += len;
  skb_shinfo(skb).flags |= shared;
}

/** net/gro.h. Appends what lies behind the headers of `skb` to `p`, in pages if it is in pages. 0; -E2BIG if that were too
 *  much, -ETOOMANYREFS if the two are of different pools. Context: softirq. */
export function skb_gro_receive(p: sk_buff, skb: sk_buff): i32 {
  if (p.pp_recycle != skb.pp_recycle) return -ETOOMANYREFS;
  const cb = NAPI_GRO_CB(skb);
  const offset = <u32>cb.data_offset;
  const len = skb.len - offset;
  const most = min(changetype<net_device>(p.dev).gro_max_size, GRO_LEGACY_MAX_SIZE);
  if (p.len + len >= most || cb.flush) return -E2BIG;
  const shared = skb_shinfo(skb).flags & <u8>SKBFL_SHARED_FRAG;
  const last = changetype<sk_buff>(NAPI_GRO_CB(p).last);
  const frags = <u32>skb_shinfo(last).nr_frags + <u32>skb_shinfo(skb).nr_frags;
  let moved: u32;
  let to = last;
  if (skb_headlen(skb) <= offset && frags <= MAX_SKB_FRAGS) {
    moved = move_frags(last, skb);
  } else if (skb_headlen(skb) > offset && skb.head_frag && frags < MAX_SKB_FRAGS) {
    moved = move_head(last, skb, offset);
  } else {
    moved = chain(p, skb, offset);
    to = p;
  }
  NAPI_GRO_CB(p).count += cb.count;
  account(p, len, moved, shared);
  if (to != p) account(to, len, moved, shared);
  cb.same_flow = 1;
  return 0;
}
