// net/core/dev.c: who gets received packets. A packet_type without a protocol (ETH_P_ALL) sees everything, also what is
// sent; the others are found by a hash of their protocol. Each is for one device or for all.

import {
  ETH_P_ALL,
  GFP_ATOMIC,
  PACKET_OUTGOING,
  net_device,
  offsetof_packet_type_list,
  packet_type,
  sk_buff,
} from "../../abi";
import { _raw_spin_lock, _raw_spin_unlock } from "../../kernel/locking/spinlock";
import { pr } from "../../kernel/printk/printk";
import { INIT_LIST_HEAD, list_add, list_empty, list_next } from "../../lib/list";
import { synchronize_net } from "./dev_register";
import { list_del_rcu } from "./rculist";
import { skb_get, skb_network_header, skb_reset_mac_header, skb_reset_network_header } from "./skb";
import { skb_clone } from "./skb_clone";
import { consume_skb } from "./skb_free";

/** linux/netdevice.h: PTYPE_HASH_SIZE lists. */
const BUCKETS: u32 = 16;

/** spinlock, then the list_head of taps, then the buckets. */
const ptype_lock = memory.data(4, 4);
const ptype_all = memory.data(8, 8);
const ptype_base = memory.data(8 * BUCKETS, 8);

export function ptype_init(): void {
  INIT_LIST_HEAD(ptype_all);
  for (let i: u32 = 0; i < BUCKETS; i++) INIT_LIST_HEAD(ptype_base + i * 8);
}

/** The taps of all devices. */
@inline
export function ptype_all_head(): usize {
  return ptype_all;
}

/** The handlers of a protocol (network order), among others. */
@inline
export function ptype_base_head(type: u16): usize {
  return ptype_base + (<u32>bswap<u16>(type) & (BUCKETS - 1)) * 8;
}

@inline
export function ptype_of(link: usize): packet_type {
  return changetype<packet_type>(link - offsetof_packet_type_list);
}

function ptype_head(pt: packet_type): usize {
  const dev = changetype<net_device>(pt.dev);
  if (pt.type == bswap<u16>(<u16>ETH_P_ALL)) return pt.dev ? changetype<usize>(dev.ptype_all) : ptype_all;
  return pt.dev ? changetype<usize>(dev.ptype_specific) : ptype_base_head(pt.type);
}

/** linux/netdevice.h. Adds a packet handler; the struct stays in use until dev_remove_pack. Context: any. */
export function dev_add_pack(pt: packet_type): void {
  _raw_spin_lock(ptype_lock);
  list_add(changetype<usize>(pt.list), ptype_head(pt));
  _raw_spin_unlock(ptype_lock);
}

/** linux/netdevice.h. Removes a packet handler; it may still be called until a grace period is over. Context: any. */
export function __dev_remove_pack(pt: packet_type): void {
  _raw_spin_lock(ptype_lock);
  const head = ptype_head(pt);
  let link = list_next(head);
  while (link != head && link != changetype<usize>(pt.list)) link = list_next(link);
  if (link == head) pr(cstr("\x014dev_remove_pack: %p not found\n"), changetype<usize>(pt));
  else list_del_rcu(link);
  _raw_spin_unlock(ptype_lock);
}

/** linux/netdevice.h. Removes a packet handler and waits until it is not called any more. Context: process. */
export function dev_remove_pack(pt: packet_type): void {
  __dev_remove_pack(pt);
  synchronize_net();
}

/** Hands a packet to a handler, with a reference of its own. */
export function deliver_skb(skb: sk_buff, pt: packet_type, orig_dev: net_device): i32 {
  return deliver_last(skb_get(skb), pt, orig_dev);
}

/** Hands a packet to its last handler, with the caller's reference. */
@inline
export function deliver_last(skb: sk_buff, pt: packet_type, orig_dev: net_device): i32 {
  const orig = changetype<usize>(orig_dev);
  return call_indirect<i32>(<u32>pt.func, changetype<usize>(skb), skb.dev, changetype<usize>(pt), orig);
}

/** Whether anybody looks at what the device sends. */
export function dev_nit_active(dev: net_device): bool {
  return !list_empty(ptype_all) || !list_empty(changetype<usize>(dev.ptype_all));
}

/** Shows one clone of an outgoing packet to the taps of a list that want it. The clone is made when the first does. */
function show(clone: sk_buff, skb: sk_buff, head: usize): sk_buff {
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const pt = ptype_of(link);
    if (pt.ignore_outgoing) continue;
    if (changetype<usize>(clone) == 0) {
      clone = skb_clone(skb, GFP_ATOMIC);
      if (changetype<usize>(clone) == 0) return clone;
      skb_reset_mac_header(clone);
      const network = skb_network_header(clone);
      if (network < clone.data || network > clone.tail) skb_reset_network_header(clone);
      clone.transport_header = clone.network_header;
      clone.pkt_type = <u8>PACKET_OUTGOING;
    }
    deliver_skb(clone, pt, changetype<net_device>(skb.dev));
  }
  return clone;
}

/** Shows an outgoing packet to the taps. */
export function dev_queue_xmit_nit(skb: sk_buff, dev: net_device): void {
  let clone = show(changetype<sk_buff>(0), skb, ptype_all);
  clone = show(clone, skb, changetype<usize>(dev.ptype_all));
  consume_skb(clone);
}
