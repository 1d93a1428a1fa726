// net/core/dev.c: what a device can do with one packet: its features, cut by what the packet is.

import {
  CHECKSUM_NONE,
  CHECKSUM_PARTIAL,
  CHECKSUM_UNNECESSARY,
  ETH_P_8021AD,
  ETH_P_8021Q,
  ETH_P_IP,
  ETH_P_IPV6,
  ETH_P_TEB,
  IP_DF,
  NETIF_F_CSUM_MASK,
  NETIF_F_FRAGLIST,
  NETIF_F_GSO_MASK,
  NETIF_F_GSO_SHIFT,
  NETIF_F_HIGHDMA,
  NETIF_F_HW_CSUM,
  NETIF_F_HW_VLAN_CTAG_TX,
  NETIF_F_HW_VLAN_STAG_TX,
  NETIF_F_IPV6_CSUM,
  NETIF_F_IP_CSUM,
  NETIF_F_SG,
  NETIF_F_TSO_MANGLEID,
  SKB_GSO_TCPV4,
  VLAN_ETH_HLEN,
  iphdr,
  net_device,
  sk_buff,
  vlan_ethhdr,
} from "../../abi";
import { ops_of } from "./netdev";
import { skb_is_gso, skb_network_header, skb_shinfo } from "./skb";
import { pskb_may_pull } from "./skb_pull";
import { is_vlan, vlan_get_protocol } from "./vlan";

@inline
export function is_ip(type: u16): bool {
  return type == bswap<u16>(<u16>ETH_P_IP);
}

@inline
export function is_ipv6(type: u16): bool {
  return type == bswap<u16>(<u16>ETH_P_IPV6);
}

/** Whether features let the device checksum packets of a protocol. */
export function can_checksum(features: u64, type: u16): bool {
  if (features & NETIF_F_HW_CSUM) return true;
  if (is_ip(type)) return (features & NETIF_F_IP_CSUM) != 0;
  return is_ipv6(type) && (features & NETIF_F_IPV6_CSUM) != 0;
}

/** The protocol (network order) that the packet's Ethernet header and tags lead to; 0 if they lead nowhere. */
export function skb_network_protocol(skb: sk_buff): u16 {
  // Ethernet in a tunnel: its header is not looked through
  return skb.protocol == bswap<u16>(<u16>ETH_P_TEB) ? 0 : vlan_get_protocol(skb);
}

/** Whether the device can take a segmented packet as it is: skb_gso_ok. */
export function skb_gso_ok(skb: sk_buff, features: u64): bool {
  const shinfo = skb_shinfo(skb);
  const wanted = (<u64>shinfo.gso_type) << NETIF_F_GSO_SHIFT;
  return (features & wanted) == wanted && (shinfo.frag_list == 0 || (features & NETIF_F_FRAGLIST) != 0);
}

/** Whether the packet is to be segmented, and not by the device. */
export function netif_needs_gso(skb: sk_buff, features: u64): bool {
  if (!skb_is_gso(skb)) return false;
  return !skb_gso_ok(skb, features) || (skb.ip_summed != CHECKSUM_PARTIAL && skb.ip_summed != CHECKSUM_UNNECESSARY);
}

function gso_features_check(skb: sk_buff, dev: net_device, features: u64): u64 {
  const shinfo = skb_shinfo(skb);
  if (<u32>shinfo.gso_segs > <u32>dev.gso_max_segs || skb.len >= dev.gso_max_size) return features & ~NETIF_F_GSO_MASK;
  // the number of a packet that may be fragmented has a meaning, so the device must count it up
  if (shinfo.gso_type & SKB_GSO_TCPV4) {
    const iph = changetype<iphdr>(skb_network_header(skb));
    if (!(iph.frag_off & bswap<u16>(<u16>IP_DF))) features &= ~NETIF_F_TSO_MANGLEID;
  }
  return features;
}

/** Whether the packet has two tags, in it or beside it: skb_vlan_tagged_multi. */
function tagged_twice(skb: sk_buff): bool {
  let type = skb.protocol;
  if (!skb.vlan_present) {
    if (!is_vlan(type) || !pskb_may_pull(skb, VLAN_ETH_HLEN)) return false;
    type = changetype<vlan_ethhdr>(skb.data).h_vlan_encapsulated_proto;
  }
  return is_vlan(type);
}

/** linux/netdevice.h. What the device can do with this packet: its features, cut by encapsulation, VLAN tag,
 *  protocol and the driver's ndo_features_check. Context: softirqs off. */
export function netif_skb_features(skb: sk_buff): u64 {
  const dev = changetype<net_device>(skb.dev);
  let features = dev.features;
  if (skb_is_gso(skb)) features = gso_features_check(skb, dev, features);
  if (skb.encapsulation) features &= dev.hw_enc_features;
  if (skb.vlan_present || is_vlan(skb.protocol)) {
    features &= dev.vlan_features | NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_STAG_TX;
  }
  const check = <u32>ops_of(dev).ndo_features_check;
  if (check) {
    features &= call_indirect<u64>(check, changetype<usize>(skb), changetype<usize>(dev), features);
  } else if (tagged_twice(skb)) {
    // prettier-ignore
    features &= NETIF_F_SG | NETIF_F_HIGHDMA | NETIF_F_HW_CSUM | NETIF_F_FRAGLIST | NETIF_F_HW_VLAN_CTAG_TX |
      NETIF_F_HW_VLAN_STAG_TX;
  }
  if (skb.ip_summed != CHECKSUM_NONE && !can_checksum(features, vlan_get_protocol(skb))) {
    features &= ~(NETIF_F_CSUM_MASK | NETIF_F_GSO_MASK);
  }
  return features;
}

/** linux/netdevice.h. A ndo_features_check that trusts `features`. Context: any. */
export function passthru_features_check(skb: sk_buff, dev: net_device, features: u64): u64 {
  return features;
}
