// net/core/gro.c: what polls receive goes up in batches. Packets are not merged (GRO_NORMAL is a legal answer always);
// gro_bitmask stays 0 and the hash empty.

import {
  ETH_HLEN,
  GFP_ATOMIC,
  GRO_CONSUMED,
  GRO_HASH_BUCKETS,
  GRO_NORMAL,
  MAX_HEADER,
  napi_struct,
  net_device,
  sk_buff,
} from "../../abi";
import { INIT_LIST_HEAD, list_add_tail } from "../../lib/list";
import { eth_type_trans } from "../ethernet/eth";
import { netdev_pr } from "./printk";
import { netif_receive_skb_list } from "./rx";
import { skb_reset_mac_header } from "./skb";
import { __napi_alloc_skb } from "./skb_alloc";
import { kfree_skb } from "./skb_free";
import { pskb_may_pull } from "./skb_pull";
import { skb_set_owner } from "./skb_owner";

/** Packets collected before they go up (gro_normal_batch). */
const BATCH: i32 = 8;
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

/** Sends up what the instance has collected. */
export function gro_normal_list(n: napi_struct): void {
  if (n.rx_count == 0) return;
  const list = changetype<usize>(n.rx_list);
  netif_receive_skb_list(list);
  INIT_LIST_HEAD(list);
  n.rx_count = 0;
}

function gro_normal_one(n: napi_struct, skb: sk_buff): void {
  list_add_tail(changetype<usize>(skb.list), changetype<usize>(n.rx_list));
  n.rx_count += 1;
  if (n.rx_count >= BATCH) gro_normal_list(n);
}

/** linux/netdevice.h. Receives a packet in a poll of `n`; the core has it from here. GRO_NORMAL. Context: softirq.
 *  (Differs: packets are not merged.) */
export function napi_gro_receive(n: napi_struct, skb: sk_buff): u32 {
  skb.napi_id = n.napi_id;
  skb_set_owner(skb, 0);
  gro_normal_one(n, skb);
  return GRO_NORMAL;
}

/** linux/netdevice.h. Sends up what waits to be merged. Context: softirq. (Differs: nothing ever waits.) */
export function napi_gro_flush(n: napi_struct, flush_old: bool): void {
  gro_normal_list(n);
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

/** linux/netdevice.h. Receives the buffer of napi_get_frags, whose fragments begin with the Ethernet header.
 *  GRO_NORMAL, or GRO_CONSUMED if it holds no whole header. Context: softirq. (Differs: packets are not merged.) */
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
  return napi_gro_receive(n, skb);
}
