// net/core/gro.c: what polls receive goes up in batches, and packets of one TCP connection that follow each other go up as
// one. The first of them is held in a bucket of the instance until a packet comes that ends the run, the poll ends, or
// too many are held.
//
//   napi.gro_hash[hash & 7] ──▶ newest held packet ──▶ … ──▶ oldest          at most 8
//                                │ frags, or frag_list: the data of those merged into it

import {
  ETH_HLEN,
  GFP_ATOMIC,
  GRO_CONSUMED,
  GRO_HASH_BUCKETS,
  GRO_HELD,
  GRO_MERGED,
  GRO_MERGED_FREE,
  GRO_NORMAL,
  MAX_HEADER,
  NAPI_GRO_FREE_STOLEN_HEAD,
  NETIF_F_GRO,
  NET_IP_ALIGN,
  NET_SKB_PAD,
  PACKET_HOST,
  SKB_FCLONE_UNAVAILABLE,
  gro_list,
  napi_gro_cb,
  napi_struct,
  net_device,
  sk_buff,
} from "../../abi";
import { jiffies } from "../../kernel/time/jiffies";
import { INIT_LIST_HEAD, list_add, list_add_tail, list_del, list_next, list_prev } from "../../lib/list";
import { eth_type_trans } from "../ethernet/eth";
import { tcp_gro_complete, tcp_gro_prepare, tcp_gro_receive } from "../ipv4/tcp_gro";
import { netdev_pr } from "./printk";
import { netif_receive_skb_list } from "./rx";
import { skb_headlen, skb_headroom, skb_is_gso, skb_reserve, skb_reset_mac_header, skb_shinfo } from "./skb";
import { __napi_alloc_skb } from "./skb_alloc";
import { napi_skb_cache_put } from "./skb_cache";
import { __skb_pull } from "./skb_data";
import { __kfree_skb, __kfree_skb_defer, consume_skb, kfree_skb } from "./skb_free";
import { pskb_may_pull } from "./skb_pull";
import { skb_set_owner } from "./skb_owner";

/** Packets collected before they go up (gro_normal_batch), a merged one counting as those that it was. */
const BATCH: i32 = 8;
/** Packets held in a bucket (MAX_GRO_SKBS). */
const MAX_HELD: i32 = 8;
/** Linear room of a buffer that a driver fills with fragments. */
const GRO_MAX_HEAD: u32 = 128 + MAX_HEADER;

export function gro_init(n: napi_struct): void {
  for (let i: usize = 0; i < GRO_HASH_BUCKETS; i++) {
    const bucket = n.gro_hash_at(i);
    INIT_LIST_HEAD(changetype<usize>(bucket.list));
    bucket.count = 0;
  }
  n.gro_bitmask = 0;
  INIT_LIST_HEAD(changetype<usize>(n.rx_list));
  n.rx_count = 0;
}

@inline
export function NAPI_GRO_CB(skb: sk_buff): napi_gro_cb {
  return changetype<napi_gro_cb>(skb.cb);
}

/** Sends up what the instance has collected. */
export function gro_normal_list(n: napi_struct): void {
  if (n.rx_count == 0) return;
  const list = changetype<usize>(n.rx_list);
  netif_receive_skb_list(list);
  INIT_LIST_HEAD(list);
  n.rx_count = 0;
}

function gro_normal_one(n: napi_struct, skb: sk_buff, segs: i32): void {
  list_add_tail(changetype<usize>(skb.list), changetype<usize>(n.rx_list));
  n.rx_count += segs;
  if (n.rx_count >= BATCH) gro_normal_list(n);
}

/** Lets a held packet go up. */
function complete(n: napi_struct, bucket: gro_list, skb: sk_buff): void {
  list_del(changetype<usize>(skb.list));
  skb.next = 0;
  bucket.count -= 1;
  const count = NAPI_GRO_CB(skb).count;
  if (count == 1) skb_shinfo(skb).gso_size = 0;
  else tcp_gro_complete(skb);
  gro_normal_one(n, skb, count);
}

/** linux/netdevice.h. Lets go up what waits to be merged, oldest first; if `flush_old`, only what has waited since before
 *  this jiffy. Context: softirq. */
export function napi_gro_flush(n: napi_struct, flush_old: bool): void {
  let mask = n.gro_bitmask;
  while (mask) {
    const i = ctz<u32>(mask);
    mask &= mask - 1;
    const bucket = n.gro_hash_at(i);
    const head = changetype<usize>(bucket.list);
    for (let link = list_prev(head); link != head; link = list_prev(head)) {
      const skb = changetype<sk_buff>(link);
      if (flush_old && NAPI_GRO_CB(skb).age == jiffies()) break;
      complete(n, bucket, skb);
    }
    if (bucket.count == 0) n.gro_bitmask &= ~(1 << i);
  }
}

/** Frees what is held: the instance goes. */
export function gro_free_held(n: napi_struct): void {
  for (let i: usize = 0; i < GRO_HASH_BUCKETS; i++) {
    const bucket = n.gro_hash_at(i);
    const head = changetype<usize>(bucket.list);
    for (let link = list_next(head); link != head; link = list_next(head)) {
      list_del(link);
      changetype<sk_buff>(link).next = 0;
      kfree_skb(changetype<sk_buff>(link));
    }
    bucket.count = 0;
  }
  n.gro_bitmask = 0;
}

/** Merges a packet into one that is held, holds it, or lets it pass: GRO_*. */
function dev_gro_receive(n: napi_struct, skb: sk_buff): u32 {
  if (!(changetype<net_device>(skb.dev).features & NETIF_F_GRO) || !tcp_gro_prepare(skb)) return GRO_NORMAL;
  const i = skb.hash & (GRO_HASH_BUCKETS - 1);
  const bucket = n.gro_hash_at(i);
  const done = tcp_gro_receive(changetype<usize>(bucket.list), skb);
  const cb = NAPI_GRO_CB(skb);
  let ret = GRO_NORMAL;
  const merged = cb.same_flow != 0;
  if (merged) ret = cb.free ? GRO_MERGED_FREE : GRO_MERGED;
  // what was merged may be gone with it
  if (changetype<usize>(done) != 0) complete(n, bucket, done);
  if (!merged && !cb.flush) {
    const head = changetype<usize>(bucket.list);
    if (bucket.count >= MAX_HELD) complete(n, bucket, changetype<sk_buff>(list_prev(head)));
    bucket.count += 1;
    cb.age = jiffies();
    cb.last = changetype<usize>(skb);
    if (!skb_is_gso(skb)) skb_shinfo(skb).gso_size = <u16>(skb.len - cb.data_offset);
    list_add(changetype<usize>(skb.list), head);
    ret = GRO_HELD;
  }
  if (bucket.count) n.gro_bitmask |= 1 << i;
  else n.gro_bitmask &= ~(1 << i);
  return ret;
}

/** What is left of a buffer whose data went to another one. */
function free_merged(skb: sk_buff): void {
  if (NAPI_GRO_CB(skb).free == NAPI_GRO_FREE_STOLEN_HEAD) napi_skb_cache_put(skb);
  else if (skb.fclone != SKB_FCLONE_UNAVAILABLE) __kfree_skb(skb);
  else __kfree_skb_defer(skb);
}

/** linux/netdevice.h. Receives a packet in a poll of `n`; the core has it from here. GRO_NORMAL: it goes up as it is;
 *  GRO_HELD: others may join it; GRO_MERGED, GRO_MERGED_FREE: it joined one. Context: softirq. (Differs: IPv6 packets with
 *  extension headers, and those whose tag the device left in them, are not merged.) */
export function napi_gro_receive(n: napi_struct, skb: sk_buff): u32 {
  skb.napi_id = n.napi_id;
  skb_set_owner(skb, 0);
  const ret = dev_gro_receive(n, skb);
  if (ret == GRO_NORMAL) gro_normal_one(n, skb, 1);
  else if (ret == GRO_MERGED_FREE) free_merged(skb);
  return ret;
}

/** linux/netdevice.h. The buffer whose fragments the driver fills before napi_gro_frags; the same one until then. Null
 *  without memory. Context: softirq. */
export function napi_get_frags(n: napi_struct): sk_buff {
  if (n.skb == 0) {
    const skb = __napi_alloc_skb(n, GRO_MAX_HEAD, GFP_ATOMIC);
    if (changetype<usize>(skb) != 0) skb.napi_id = n.napi_id;
    n.skb = changetype<usize>(skb);
  }
  return changetype<sk_buff>(n.skb);
}

/** Has napi_get_frags give out an emptied buffer again. */
function napi_reuse_skb(n: napi_struct, skb: sk_buff): void {
  if (skb.pfmemalloc) return consume_skb(skb);
  __skb_pull(skb, skb_headlen(skb));
  skb_reserve(skb, NET_SKB_PAD + NET_IP_ALIGN - skb_headroom(skb));
  skb.vlan_present = 0;
  skb.dev = n.dev;
  skb.skb_iif = 0;
  skb.pkt_type = <u8>PACKET_HOST;
  skb.encapsulation = 0;
  skb.ip_summed = 0;
  skb_shinfo(skb).gso_type = 0;
  skb_shinfo(skb).gso_size = 0;
  n.skb = changetype<usize>(skb);
}

/** linux/netdevice.h. Receives the buffer of napi_get_frags, whose fragments begin with the Ethernet header. As
 *  napi_gro_receive; GRO_CONSUMED if it holds no whole header. Context: softirq. */
export function napi_gro_frags(n: napi_struct): u32 {
  const skb = changetype<sk_buff>(n.skb);
  n.skb = 0;
  skb_reset_mac_header(skb);
  if (!pskb_may_pull(skb, ETH_HLEN)) {
    netdev_pr(
      cstr("\x014"),
      changetype<net_device>(n.dev),
      cstr("napi_gro_frags: dropping impossible skb from %s\n"),
      changetype<net_device>(n.dev).name,
    );
    kfree_skb(skb);
    return GRO_CONSUMED;
  }
  skb.protocol = <u16>eth_type_trans(skb, changetype<net_device>(skb.dev));
  skb_set_owner(skb, 0);
  const ret = dev_gro_receive(n, skb);
  if (ret == GRO_NORMAL) gro_normal_one(n, skb, 1);
  else if (ret == GRO_MERGED_FREE) {
    if (NAPI_GRO_CB(skb).free == NAPI_GRO_FREE_STOLEN_HEAD) napi_skb_cache_put(skb);
    else napi_reuse_skb(n, skb);
  }
  return ret;
}
