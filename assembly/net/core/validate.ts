// net/core/dev.c: making a packet one that the device can send: tag, segments, linear data, checksum, all in software as
// far as its features demand.

import {
  CHECKSUM_PARTIAL,
  ETH_P_8021Q,
  NETIF_F_FRAGLIST,
  NETIF_F_HW_CSUM,
  NETIF_F_HW_VLAN_CTAG_TX,
  NETIF_F_HW_VLAN_STAG_TX,
  NETIF_F_IPV6_CSUM,
  NETIF_F_IP_CSUM,
  NETIF_F_SG,
  net_device,
  offsetof_tcphdr_check,
  offsetof_udphdr_check,
  sizeof_ipv6hdr,
  sk_buff,
} from "../../abi";
import { IS_ERR, IS_ERR_OR_NULL } from "../../lib/err";
import { dev_core_stats_tx_dropped_inc } from "./dev_stats";
import { is_ipv6, netif_needs_gso, netif_skb_features } from "./features_check";
import { __skb_gso_segment } from "./gso";
import {
  skb_checksum_start_offset,
  skb_headroom,
  skb_is_nonlinear,
  skb_network_header_len,
  skb_next,
  skb_set_transport_header,
  skb_shinfo,
} from "./skb";
import { skb_checksum_help } from "./skb_csum";
import { consume_skb, kfree_skb } from "./skb_free";
import { skb_linearize } from "./skb_pull";
import { vlan_get_protocol, vlan_push_inside } from "./vlan";

/** linux/netdevice.h. Computes the checksum in software unless `features` let the device do it. 0 or an errno.
 *  Context: any but hardirq. */
export function skb_csum_hwoffload_help(skb: sk_buff, features: u64): i32 {
  if (features & NETIF_F_HW_CSUM) return 0;
  if (features & (NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM)) {
    const extended = is_ipv6(vlan_get_protocol(skb)) && skb_network_header_len(skb) != sizeof_ipv6hdr;
    const at = <usize>skb.csum_offset;
    if (!extended && (at == offsetof_tcphdr_check || at == offsetof_udphdr_check)) return 0;
  }
  return skb_checksum_help(skb);
}

/** Whether the device can send a packet that is cut up like this. */
function needs_linearize(skb: sk_buff, features: u64): bool {
  if (!skb_is_nonlinear(skb)) return false;
  const shinfo = skb_shinfo(skb);
  if (shinfo.frag_list != 0 && !(features & NETIF_F_FRAGLIST)) return true;
  return shinfo.nr_frags != 0 && !(features & NETIF_F_SG);
}

@inline
function tag_in_hardware(skb: sk_buff, features: u64): bool {
  if (skb.vlan_proto == bswap<u16>(<u16>ETH_P_8021Q)) return (features & NETIF_F_HW_VLAN_CTAG_TX) != 0;
  return (features & NETIF_F_HW_VLAN_STAG_TX) != 0;
}

/** Prepares one packet, by cutting it into several if need be. Null if it cannot be sent: it is freed and counted. */
export function validate_xmit_skb(skb: sk_buff, dev: net_device): sk_buff {
  const features = netif_skb_features(skb);
  if (skb.vlan_present && !tag_in_hardware(skb, features)) {
    skb = vlan_push_inside(skb);
    if (changetype<usize>(skb) == 0) {
      dev_core_stats_tx_dropped_inc(dev);
      return skb;
    }
  }
  if (netif_needs_gso(skb, features)) {
    const segs = __skb_gso_segment(skb, features, true);
    if (!IS_ERR_OR_NULL(segs)) consume_skb(skb);
    if (!IS_ERR(segs)) return segs ? changetype<sk_buff>(segs) : skb;
  } else if (prepare(skb, features)) {
    return skb;
  }
  kfree_skb(skb);
  dev_core_stats_tx_dropped_inc(dev);
  return changetype<sk_buff>(0);
}

function prepare(skb: sk_buff, features: u64): bool {
  if (needs_linearize(skb, features) && skb_linearize(skb) != 0) return false;
  if (skb.ip_summed != CHECKSUM_PARTIAL) return true;
  const start = skb_checksum_start_offset(skb);
  if (skb.encapsulation) skb.inner_transport_header = <u16>(skb_headroom(skb) + start);
  else skb_set_transport_header(skb, start);
  return skb_csum_hwoffload_help(skb, features) == 0;
}

/** Prepares a list of packets; those that cannot be sent are left out. */
export function validate_xmit_skb_list(skb: sk_buff, dev: net_device): sk_buff {
  let head = changetype<sk_buff>(0);
  let tail = head;
  while (changetype<usize>(skb) != 0) {
    const next = skb_next(skb);
    skb.next = 0;
    // in case it stays one
    skb.prev = changetype<usize>(skb);
    skb = validate_xmit_skb(skb, dev);
    if (changetype<usize>(skb) != 0) {
      if (changetype<usize>(head) == 0) head = skb;
      else tail.next = changetype<usize>(skb);
      tail = changetype<sk_buff>(skb.prev);
    }
    skb = next;
  }
  return head;
}
