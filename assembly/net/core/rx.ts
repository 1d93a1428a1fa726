// net/core/dev.c: a received packet on its way up: taps, the device's rx_handler, then the handlers of its protocol.
// The last handler gets the receiver's reference, the others one of their own.

import {
  EBUSY,
  EINVAL,
  IFF_NO_RX_HANDLER,
  NET_RX_DROP,
  NET_RX_SUCCESS,
  PACKET_OTHERHOST,
  RX_HANDLER_ANOTHER,
  RX_HANDLER_CONSUMED,
  RX_HANDLER_EXACT,
  RX_HANDLER_PASS,
  SKB_DROP_REASON_UNHANDLED_PROTO,
  VLAN_VID_MASK,
  net_device,
  packet_type,
  sk_buff,
} from "../../abi";
import { vlan_do_receive } from "../8021q/vlan_core";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { BUG } from "../../kernel/panic";
import { list_del_init, list_empty, list_next } from "../../lib/list";
import { synchronize_net } from "./dev_register";
import { dev_core_stats_rx_dropped_inc, dev_core_stats_rx_nohandler_inc } from "./dev_stats";
import { deliver_last, deliver_skb, ptype_all_head, ptype_base_head, ptype_of } from "./ptype";
import { ASSERT_RTNL } from "./rtnl";
import {
  skb_reset_mac_len,
  skb_reset_network_header,
  skb_reset_transport_header,
  skb_transport_header_was_set,
} from "./skb";
import { kfree_skb_reason } from "./skb_free";
import { skb_set_owner } from "./skb_owner";
import { this_softnet } from "./softnet";
import { is_vlan, skb_vlan_untag } from "./vlan";

/** Delivery of one packet. */
@unmanaged
class Delivery {
  /** The handler found last; it is called when the next one is, or at the end. */
  last: usize;
  orig_dev: usize;
  ret: i32;
}

/** Calls the handler found before, and remembers this one. */
@inline
function found(d: Delivery, skb: sk_buff, pt: usize): void {
  if (d.last) d.ret = deliver_skb(skb, changetype<packet_type>(d.last), changetype<net_device>(d.orig_dev));
  d.last = pt;
}

function find_taps(d: Delivery, skb: sk_buff, head: usize): void {
  for (let link = list_next(head); link != head; link = list_next(link)) {
    found(d, skb, changetype<usize>(ptype_of(link)));
  }
}

function find_protocol(d: Delivery, skb: sk_buff, head: usize): void {
  for (let link = list_next(head); link != head; link = list_next(link)) {
    if (ptype_of(link).type == skb.protocol) found(d, skb, changetype<usize>(ptype_of(link)));
  }
}

/** Calls the handler found so far, since the packet is about to change. */
function flush(d: Delivery, skb: sk_buff): void {
  if (d.last) d.ret = deliver_skb(skb, changetype<packet_type>(d.last), changetype<net_device>(d.orig_dev));
  d.last = 0;
}

const CONSUMED: u32 = 0;
const DELIVER: u32 = 1;
const AGAIN: u32 = 2;

/** Runs the rx_handler of the packet's device, if it has one. The packet may be another one afterwards: it is at
 *  `pskb`. */
function run_rx_handler(d: Delivery, pskb: usize): u32 {
  const skb = changetype<sk_buff>(load<usize>(pskb));
  const handler = <u32>changetype<net_device>(skb.dev).rx_handler;
  if (!handler) return RX_HANDLER_PASS;
  flush(d, skb);
  return call_indirect<u32>(handler, pskb);
}

/** One round with the packet at `pskb`: a handler may move it to another device, then there is another. */
function round(d: Delivery, pskb: usize): u32 {
  let skb = changetype<sk_buff>(load<usize>(pskb));
  skb.skb_iif = changetype<net_device>(skb.dev).ifindex;
  this_softnet().processed += 1;
  if (is_vlan(skb.protocol)) {
    skb = skb_vlan_untag(skb);
    store<usize>(pskb, changetype<usize>(skb));
    if (changetype<usize>(skb) == 0) return CONSUMED;
  }
  find_taps(d, skb, ptype_all_head());
  find_taps(d, skb, changetype<usize>(changetype<net_device>(skb.dev).ptype_all));
  skb.redirected = 0;
  // taps see the tag that is removed below
  if (skb.vlan_present) {
    flush(d, skb);
    if (changetype<net_device>(skb.dev).vlan_info) {
      if (vlan_do_receive(pskb)) return AGAIN;
      skb = changetype<sk_buff>(load<usize>(pskb));
      if (changetype<usize>(skb) == 0) return CONSUMED;
    }
  }

  let exact = false;
  switch (run_rx_handler(d, pskb)) {
    case RX_HANDLER_CONSUMED:
      d.ret = NET_RX_SUCCESS;
      return CONSUMED;
    case RX_HANDLER_ANOTHER:
      return AGAIN;
    case RX_HANDLER_EXACT:
      exact = true;
      break;
    case RX_HANDLER_PASS:
      break;
    default:
      BUG(cstr("netif_receive_skb: bad answer of an rx_handler"));
  }
  skb = changetype<sk_buff>(load<usize>(pskb));
  while (skb.vlan_present) {
    // no VLAN device takes it: a tag with a number is for somebody else, one without is only a priority
    const numbered = (skb.vlan_tci & VLAN_VID_MASK) != 0;
    if (numbered) skb.pkt_type = <u8>PACKET_OTHERHOST;
    skb.vlan_present = 0;
    if (numbered || !is_vlan(skb.protocol)) break;
    skb = skb_vlan_untag(skb); // behind a priority may lie a number
    store<usize>(pskb, changetype<usize>(skb));
    if (changetype<usize>(skb) == 0) return CONSUMED;
  }
  if (!exact) find_protocol(d, skb, ptype_base_head(skb.protocol));
  find_protocol(d, skb, changetype<usize>(changetype<net_device>(d.orig_dev).ptype_specific));
  if (skb.dev != d.orig_dev) find_protocol(d, skb, changetype<usize>(changetype<net_device>(skb.dev).ptype_specific));
  if (d.last) return DELIVER;
  if (exact) dev_core_stats_rx_nohandler_inc(changetype<net_device>(skb.dev));
  else dev_core_stats_rx_dropped_inc(changetype<net_device>(skb.dev));
  kfree_skb_reason(skb, SKB_DROP_REASON_UNHANDLED_PROTO);
  d.ret = NET_RX_DROP;
  return CONSUMED;
}

/** Takes a packet up. NET_RX_SUCCESS, NET_RX_DROP or what its last handler answered. */
export function __netif_receive_skb(skb: sk_buff): i32 {
  skb_set_owner(skb, 0);
  const room = stack_alloc(32);
  const d = changetype<Delivery>(room);
  const pskb = room + offsetof<Delivery>();
  d.last = 0;
  d.orig_dev = skb.dev;
  d.ret = NET_RX_DROP;
  store<usize>(pskb, changetype<usize>(skb));
  skb_reset_network_header(skb);
  if (!skb_transport_header_was_set(skb)) skb_reset_transport_header(skb);
  skb_reset_mac_len(skb);
  let step = AGAIN;
  while (step == AGAIN) step = round(d, pskb);
  if (step == DELIVER) {
    const last = changetype<packet_type>(d.last);
    d.ret = deliver_last(changetype<sk_buff>(load<usize>(pskb)), last, changetype<net_device>(d.orig_dev));
  }
  const ret = d.ret;
  stack_free(32);
  return ret;
}

/** linux/netdevice.h. Receives a packet, now. NET_RX_SUCCESS or NET_RX_DROP, which drivers ignore. Context: softirq. */
export function netif_receive_skb(skb: sk_buff): i32 {
  return __netif_receive_skb(skb);
}

/** linux/netdevice.h. As netif_receive_skb. Context: softirq. */
export function netif_receive_skb_core(skb: sk_buff): i32 {
  return __netif_receive_skb(skb);
}

/** linux/netdevice.h. Receives the packets of a list through skb->list, which is empty afterwards. Context: softirq. */
export function netif_receive_skb_list(head: usize): void {
  while (!list_empty(head)) {
    const skb = changetype<sk_buff>(list_next(head));
    list_del_init(changetype<usize>(skb));
    skb.next = 0;
    __netif_receive_skb(skb);
  }
}

/** linux/netdevice.h. Whether the device has an rx_handler. Context: process, under RTNL. */
export function netdev_is_rx_handler_busy(dev: net_device): bool {
  ASSERT_RTNL();
  return changetype<usize>(dev) != 0 && dev.rx_handler != 0;
}

/** linux/netdevice.h. Gives the device a handler(pskb) that sees its packets before the protocols. 0, -EBUSY if it
 *  has one, -EINVAL if it may not. Context: process, under RTNL. */
export function netdev_rx_handler_register(dev: net_device, rx_handler: u32, rx_handler_data: usize): i32 {
  if (netdev_is_rx_handler_busy(dev)) return -EBUSY;
  if (dev.priv_flags & IFF_NO_RX_HANDLER) return -EINVAL;
  dev.rx_handler_data = rx_handler_data;
  dev.rx_handler = rx_handler;
  return 0;
}

/** linux/netdevice.h. Takes the device's handler away and waits until it does not run. Context: process, under RTNL. */
export function netdev_rx_handler_unregister(dev: net_device): void {
  ASSERT_RTNL();
  dev.rx_handler = 0;
  synchronize_net();
  dev.rx_handler_data = 0;
}
