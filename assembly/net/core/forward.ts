// net/core/dev.c: handing a packet that one device sent to another as received: what virtual devices on one machine do.

import {
  ETH_HLEN,
  NET_RX_DROP,
  PACKET_HOST,
  VLAN_HLEN,
  CHECKSUM_COMPLETE,
  IFF_UP,
  net_device,
  sk_buff,
} from "../../abi";
import { BUG } from "../../kernel/panic";
import { eth_type_trans } from "../ethernet/eth";
import { netif_rx } from "./backlog";
import { csum_partial, csum_sub } from "./checksum";
import { dev_core_stats_rx_dropped_inc } from "./dev_stats";
import { skb_is_gso, skb_mac_header } from "./skb";
import { __skb_pull } from "./skb_data";
import { kfree_skb } from "./skb_free";

/** linux/netdevice.h. Whether `dev` is up and takes packets of this length. Context: any. */
export function is_skb_forwardable(dev: net_device, skb: sk_buff): bool {
  if (!(dev.flags & IFF_UP)) return false;
  return skb.len <= dev.mtu + dev.hard_header_len + VLAN_HLEN || skb_is_gso(skb);
}

/** linux/skbuff.h. Forgets where a packet came from before it goes up as another device's. Context: any. */
export function skb_scrub_packet(skb: sk_buff, xnet: bool): void {
  skb.pkt_type = <u8>PACKET_HOST;
  skb.skb_iif = 0;
  skb.ignore_df = 0;
  skb.offload_fwd_mark = 0;
  skb.offload_l3_fwd_mark = 0;
  if (!xnet) return;
  skb.mark = 0;
  skb.tstamp = 0;
}

/** Takes what lies at `data` out of the checksum of a packet that covers it. */
function skb_postpull_rcsum(skb: sk_buff, data: usize, len: u32): void {
  if (skb.ip_summed == CHECKSUM_COMPLETE) skb.csum = csum_sub(skb.csum, csum_partial(data, len, 0));
}

/** linux/skbuff.h. Removes `len` bytes, which are linear, from the front, and from the checksum that the device gave.
 *  Returns the new start. Context: any. */
export function skb_pull_rcsum(skb: sk_buff, len: u32): usize {
  if (len > skb.len) BUG(cstr("skb_pull_rcsum: more than there is"));
  const data = skb.data;
  __skb_pull(skb, len);
  skb_postpull_rcsum(skb, data, len);
  return skb.data;
}

/** linux/netdevice.h. Makes a packet that was sent one that `dev` received. 0, or NET_RX_DROP and it is freed. Context:
 *  softirqs off. */
export function __dev_forward_skb(dev: net_device, skb: sk_buff): i32 {
  if (!is_skb_forwardable(dev, skb)) {
    dev_core_stats_rx_dropped_inc(dev);
    kfree_skb(skb);
    return NET_RX_DROP;
  }
  skb_scrub_packet(skb, false);
  skb.priority = 0;
  skb.protocol = <u16>eth_type_trans(skb, dev);
  skb_postpull_rcsum(skb, skb_mac_header(skb), ETH_HLEN);
  return 0;
}

/** linux/netdevice.h. __dev_forward_skb, and posts it for NET_RX. NET_RX_SUCCESS or NET_RX_DROP. Context: any. */
export function dev_forward_skb(dev: net_device, skb: sk_buff): i32 {
  const ret = __dev_forward_skb(dev, skb);
  return ret ? ret : netif_rx(skb);
}

/** net/sock.h. The destructor of a socket's packets; packets have no sockets here. Context: any. */
export function sock_wfree(skb: sk_buff): void {
  BUG(cstr("sock_wfree: buffer with a socket"));
}
