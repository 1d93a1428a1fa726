// net/core/dev.c: making a packet one that the device can send: tag in software, linear data, checksum in software, as
// its features demand.

import {
  CHECKSUM_NONE,
  CHECKSUM_PARTIAL,
  CHECKSUM_UNNECESSARY,
  ETH_P_8021Q,
  ETH_P_IP,
  ETH_P_IPV6,
  NETIF_F_CSUM_MASK,
  NETIF_F_FRAGLIST,
  NETIF_F_GSO_MASK,
  NETIF_F_GSO_SHIFT,
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
import { pr } from "../../kernel/printk/printk";
import { dev_core_stats_tx_dropped_inc } from "./dev_stats";
import { ops_of } from "./netdev";
import {
  skb_checksum_start_offset,
  skb_headroom,
  skb_is_gso,
  skb_is_nonlinear,
  skb_network_header_len,
  skb_next,
  skb_set_transport_header,
  skb_shinfo,
} from "./skb";
import { skb_checksum_help } from "./skb_csum";
import { kfree_skb } from "./skb_free";
import { skb_linearize } from "./skb_pull";
import { net_ratelimit } from "./utils";
import { vlan_get_protocol, vlan_push_inside } from "./vlan";

@inline
function is_ip(type: u16): bool {
  return type == bswap<u16>(<u16>ETH_P_IP);
}

@inline
function is_ipv6(type: u16): bool {
  return type == bswap<u16>(<u16>ETH_P_IPV6);
}

/** Whether features let the device checksum packets of a protocol. */
function can_checksum(features: u64, type: u16): bool {
  if (features & NETIF_F_HW_CSUM) return true;
  if (is_ip(type)) return (features & NETIF_F_IP_CSUM) != 0;
  return is_ipv6(type) && (features & NETIF_F_IPV6_CSUM) != 0;
}

/** linux/netdevice.h. What the device can do with this packet: its features, cut by encapsulation, VLAN tag,
 *  protocol and the driver's ndo_features_check. Context: softirqs off. */
export function netif_skb_features(skb: sk_buff): u64 {
  const dev = changetype<net_device>(skb.dev);
  const check = <u32>ops_of(dev).ndo_features_check;
  let features = dev.features;
  if (skb_is_gso(skb)) {
    const shinfo = skb_shinfo(skb);
    if (<u32>shinfo.gso_segs > <u32>dev.gso_max_segs || skb.len >= dev.gso_max_size) features &= ~NETIF_F_GSO_MASK;
  }
  if (skb.encapsulation) features &= dev.hw_enc_features;
  const type = vlan_get_protocol(skb);
  const tagged = skb.vlan_present || type != skb.protocol;
  if (tagged) features &= dev.vlan_features | NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_STAG_TX;
  if (check) features &= call_indirect<u64>(check, changetype<usize>(skb), changetype<usize>(dev), features);
  if (skb.ip_summed != CHECKSUM_NONE && !can_checksum(features, type)) {
    features &= ~(NETIF_F_CSUM_MASK | NETIF_F_GSO_MASK);
  }
  return features;
}

/** linux/netdevice.h. A ndo_features_check that trusts `features`. Context: any. */
export function passthru_features_check(skb: sk_buff, dev: net_device, features: u64): u64 {
  return features;
}

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

/** Prepares one packet. Null if it cannot be sent: it is freed and counted. */
export function validate_xmit_skb(skb: sk_buff, dev: net_device): sk_buff {
  const features = netif_skb_features(skb);
  if (skb.vlan_present && !tag_in_hardware(skb, features)) {
    skb = vlan_push_inside(skb);
    if (changetype<usize>(skb) == 0) {
      dev_core_stats_tx_dropped_inc(dev);
      return skb;
    }
  }
  if (!prepare(skb, features)) {
    kfree_skb(skb);
    dev_core_stats_tx_dropped_inc(dev);
    return changetype<sk_buff>(0);
  }
  return skb;
}

/** Whether the packet is to be segmented, and not by the device: netif_needs_gso. */
function needs_segmentation(skb: sk_buff, features: u64): bool {
  if (!skb_is_gso(skb)) return false;
  const shinfo = skb_shinfo(skb);
  const wanted = (<u64>shinfo.gso_type) << NETIF_F_GSO_SHIFT;
  if ((features & wanted) != wanted || (shinfo.frag_list != 0 && !(features & NETIF_F_FRAGLIST))) return true;
  return skb.ip_summed != CHECKSUM_PARTIAL && skb.ip_summed != CHECKSUM_UNNECESSARY;
}

function prepare(skb: sk_buff, features: u64): bool {
  if (needs_segmentation(skb, features)) {
    // nobody here makes such packets, since no software segmentation is there
    if (net_ratelimit()) {
      const name = changetype<net_device>(skb.dev).name;
      pr(cstr("\x013%s: a packet needs software segmentation, which is not there\n"), name);
    }
    return false;
  }
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
    skb = validate_xmit_skb(skb, dev);
    if (changetype<usize>(skb) != 0) {
      if (changetype<usize>(head) == 0) head = skb;
      else tail.next = changetype<usize>(skb);
      tail = skb;
    }
    skb = next;
  }
  return head;
}
