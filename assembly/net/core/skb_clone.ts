// net/core/skbuff.c: clones share the data, copies do not.

import {
  CHECKSUM_PARTIAL,
  GFP_ATOMIC,
  NUMA_NO_NODE,
  SKBFL_SHARED_FRAG,
  SKB_ALLOC_FCLONE,
  SKB_FCLONE_CLONE,
  SKB_FCLONE_ORIG,
  SKB_FCLONE_UNAVAILABLE,
  offsetof_sk_buff__skb_refdst,
  offsetof_sk_buff_cb,
  offsetof_sk_buff_fclones_fclone_ref,
  offsetof_sk_buff_fclones_skb2,
  offsetof_sk_buff_headers,
  offsetof_sk_buff_tail,
  offsetof_skb_shared_info_dataref,
  sizeof_bio_vec,
  sk_buff,
} from "../../abi";
import { get_page } from "../../mm/page_ref";
import { kmem_cache_alloc } from "../../mm/slub";
import {
  SKB_DATA_ALIGN,
  skb_end_offset,
  skb_frag,
  skb_has_frag_list,
  skb_headlen,
  skb_headroom,
  skb_mac_header_was_set,
  skb_reserve,
  skb_set_users,
  skb_shinfo,
} from "./skb";
import { __alloc_skb } from "./skb_alloc";
import { skbuff_head_cache } from "./skb_cache";
import { skb_put } from "./skb_data";
import { kfree_skb, skb_clone_fraglist } from "./skb_free";
import { pskb_expand_head } from "./skb_head";
import { skb_copy_bits } from "./skb_walk";

/** Copies what travels with a packet: its device, control block, queue and the header group, not its owner. */
export function copy_skb_header(to: sk_buff, from: sk_buff): void {
  to.tstamp = from.tstamp;
  to.dev = from.dev;
  memory.copy(changetype<usize>(to.cb), changetype<usize>(from.cb), sizeof_cb());
  to._skb_refdst = from._skb_refdst;
  to.queue_mapping = from.queue_mapping;
  memory.copy(
    changetype<usize>(to) + offsetof_sk_buff_headers,
    changetype<usize>(from) + offsetof_sk_buff_headers,
    offsetof_sk_buff_tail - offsetof_sk_buff_headers,
  );
}

@inline
function sizeof_cb(): usize {
  return offsetof_sk_buff__skb_refdst - offsetof_sk_buff_cb;
}

/** Makes `n`, whose fclone is set, a clone of `skb`. */
function clone_into(n: sk_buff, skb: sk_buff): sk_buff {
  n.next = 0;
  n.prev = 0;
  n.sk = 0;
  copy_skb_header(n, skb);
  n.len = skb.len;
  n.data_len = skb.data_len;
  n.mac_len = skb.mac_len;
  n.hdr_len = skb.nohdr ? <u16>skb_headroom(skb) : skb.hdr_len;
  n.cloned = 1;
  n.nohdr = 0;
  n.peeked = 0;
  n.pfmemalloc = skb.pfmemalloc;
  n.pp_recycle = skb.pp_recycle;
  n.active_extensions = 0;
  n.destructor = 0;
  n.tail = skb.tail;
  n.end = skb.end;
  n.head = skb.head;
  n.head_frag = skb.head_frag;
  n.data = skb.data;
  n.truesize = skb.truesize;
  skb_set_users(n, 1);
  atomic.add<i32>(changetype<usize>(skb_shinfo(skb)), 1, offsetof_skb_shared_info_dataref);
  skb.cloned = 1;
  return n;
}

/** linux/skbuff.h. A second struct over the same data; neither may then write it without pskb_expand_head. Null if
 *  memory is out. Context: any, as `gfp` says. */
export function skb_clone(skb: sk_buff, gfp: u32): sk_buff {
  const pair = changetype<usize>(skb);
  let n: sk_buff;
  if (skb.fclone == SKB_FCLONE_ORIG && atomic.load<i32>(pair, offsetof_sk_buff_fclones_fclone_ref) == 1) {
    n = changetype<sk_buff>(pair + offsetof_sk_buff_fclones_skb2);
    atomic.store<i32>(pair, 2, offsetof_sk_buff_fclones_fclone_ref);
    n.fclone = <u8>SKB_FCLONE_CLONE;
  } else {
    n = changetype<sk_buff>(kmem_cache_alloc(skbuff_head_cache(), gfp));
    if (changetype<usize>(n) == 0) return n;
    n.fclone = <u8>SKB_FCLONE_UNAVAILABLE;
  }
  return clone_into(n, skb);
}

/** linux/skbuff.h. Copies the header fields and the segmentation data of `from` to `to`. Context: any. */
export function skb_copy_header(to: sk_buff, from: sk_buff): void {
  copy_skb_header(to, from);
  const a = skb_shinfo(to);
  const b = skb_shinfo(from);
  a.gso_size = b.gso_size;
  a.gso_segs = b.gso_segs;
  a.gso_type = b.gso_type;
}

/** linux/skbuff.h. Shifts the header offsets after the head moved by `off`. Context: any. */
export function skb_headers_offset_update(skb: sk_buff, off: i32): void {
  const by = <u16>off;
  if (skb.ip_summed == CHECKSUM_PARTIAL) skb.csum_start += by;
  skb.transport_header += by;
  skb.network_header += by;
  if (skb_mac_header_was_set(skb)) skb.mac_header += by;
  skb.inner_transport_header += by;
  skb.inner_network_header += by;
  skb.inner_mac_header += by;
}

/** linux/skbuff.h. A private, linear copy with the same headroom. Null if memory is out. Context: any, as `gfp`
 *  says. */
export function skb_copy(skb: sk_buff, gfp: u32): sk_buff {
  const headroom = <i32>skb_headroom(skb);
  const n = __alloc_skb(skb_end_offset(skb) + skb.data_len, gfp, 0, NUMA_NO_NODE);
  if (changetype<usize>(n) == 0) return n;
  skb_reserve(n, headroom);
  skb_put(n, skb.len);
  skb_copy_bits(skb, -headroom, n.head, headroom + skb.len);
  skb_copy_header(n, skb);
  return n;
}

/** linux/skbuff.h. A private, linear copy with room to spare at both ends. Null if memory is out. Context: any, as
 *  `gfp` says. */
export function skb_copy_expand(skb: sk_buff, newheadroom: i32, newtailroom: i32, gfp: u32): sk_buff {
  const oldheadroom = <i32>skb_headroom(skb);
  const n = __alloc_skb(newheadroom + skb.len + newtailroom, gfp, 0, NUMA_NO_NODE);
  if (changetype<usize>(n) == 0) return n;
  skb_reserve(n, newheadroom);
  skb_put(n, skb.len);
  const head = min(oldheadroom, newheadroom);
  skb_copy_bits(skb, -head, n.data - head, skb.len + head);
  skb_copy_header(n, skb);
  skb_headers_offset_update(n, newheadroom - oldheadroom);
  return n;
}

/** linux/skbuff.h. A copy with a head of its own, `headroom` bytes before the data, that shares the fragments; from
 *  the pair cache if `fclone`. Null if memory is out. Context: any, as `gfp` says. */
export function __pskb_copy_fclone(skb: sk_buff, headroom: i32, gfp: u32, fclone: bool): sk_buff {
  const linear = skb_headlen(skb);
  const n = __alloc_skb(linear + headroom, gfp, fclone ? SKB_ALLOC_FCLONE : 0, NUMA_NO_NODE);
  if (changetype<usize>(n) == 0) return n;
  skb_reserve(n, headroom);
  memory.copy(skb_put(n, linear), skb.data, linear);
  n.truesize += skb.data_len;
  n.data_len = skb.data_len;
  n.len = skb.len;
  const from = skb_shinfo(skb);
  const to = skb_shinfo(n);
  for (let i: u32 = 0; i < from.nr_frags; i++) {
    const frag = skb_frag(from, i);
    memory.copy(changetype<usize>(skb_frag(to, i)), changetype<usize>(frag), sizeof_bio_vec);
    get_page(frag.bv_page);
  }
  to.nr_frags = from.nr_frags;
  to.flags |= from.flags & <u8>SKBFL_SHARED_FRAG;
  if (skb_has_frag_list(skb)) {
    to.frag_list = from.frag_list;
    skb_clone_fraglist(n);
  }
  skb_copy_header(n, skb);
  return n;
}

@inline
export function pskb_copy(skb: sk_buff, gfp: u32): sk_buff {
  return __pskb_copy_fclone(skb, skb_headroom(skb), gfp, false);
}

/** linux/skbuff.h. A second buffer with at least `headroom` bytes of headroom and a head of its own; `skb` stays.
 *  Null if memory is out. Context: any. */
export function skb_realloc_headroom(skb: sk_buff, headroom: u32): sk_buff {
  const delta = <i32>(headroom - skb_headroom(skb));
  if (delta <= 0) return pskb_copy(skb, GFP_ATOMIC);
  const n = skb_clone(skb, GFP_ATOMIC);
  if (changetype<usize>(n) != 0 && pskb_expand_head(n, SKB_DATA_ALIGN(delta), 0, GFP_ATOMIC) != 0) {
    kfree_skb(n);
    return changetype<sk_buff>(0);
  }
  return n;
}
