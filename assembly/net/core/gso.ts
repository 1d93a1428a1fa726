// net/core/gro.c, net/core/dev.c: segmentation in software, of packets that the device cannot cut.

import {
  CHECKSUM_NONE,
  CHECKSUM_PARTIAL,
  CHECKSUM_UNNECESSARY,
  EPROTONOSUPPORT,
  GFP_ATOMIC,
  NETIF_F_GSO_PARTIAL,
  sk_buff,
} from "../../abi";
import { ERR_PTR } from "../../lib/err";
import { inet_gso_segment } from "../ipv4/af_inet";
import { ipv6_gso_segment } from "../ipv6/ip6_offload";
import { is_ip, is_ipv6, skb_network_protocol } from "./features_check";
import { skb_header_cloned, skb_mac_header, skb_network_header, skb_reset_mac_header, skb_reset_mac_len } from "./skb";
import { __skb_pull, skb_push } from "./skb_data";
import { pskb_expand_head } from "./skb_head";

/** linux/netdevice.h. Segments a packet whose data begin with the mac header by its protocol. As __skb_gso_segment.
 *  Context: any. */
export function skb_mac_gso_segment(skb: sk_buff, features: u64): usize {
  const proto = skb_network_protocol(skb);
  const header = <u32>(skb_network_header(skb) - skb.data);
  let segs = ERR_PTR(-EPROTONOSUPPORT);
  if (is_ip(proto)) {
    __skb_pull(skb, header);
    segs = inet_gso_segment(skb, features);
  } else if (is_ipv6(proto)) {
    __skb_pull(skb, header);
    segs = ipv6_gso_segment(skb, features);
  }
  skb_push(skb, <u32>(skb.data - skb_mac_header(skb)));
  return segs;
}

/** linux/netdevice.h. Cuts a packet into segments that a device with `features` can send; `tx_path`: it is about to be
 *  sent. `skb` stays. The list, null if the device can take the packet as it is, or ERR_PTR: -EINVAL, -ENOMEM,
 *  -EPROTONOSUPPORT. Context: any. (Differs: a device that cuts partly, NETIF_F_GSO_PARTIAL, is not asked to.) */
export function __skb_gso_segment(skb: sk_buff, features: u64, tx_path: bool): usize {
  const summed = skb.ip_summed;
  const needs_check = tx_path ? summed != CHECKSUM_PARTIAL && summed != CHECKSUM_UNNECESSARY : summed == CHECKSUM_NONE;
  // the checksum field is about to be written
  if (needs_check && skb_header_cloned(skb)) {
    const err = pskb_expand_head(skb, 0, 0, GFP_ATOMIC);
    if (err) return ERR_PTR(err);
  }
  skb_reset_mac_header(skb);
  skb_reset_mac_len(skb);
  return skb_mac_gso_segment(skb, features & ~NETIF_F_GSO_PARTIAL);
}
