// net/ipv4/af_inet.c: what IPv4 has to do with packets that are cut or merged.

import {
  EINVAL,
  EPROTONOSUPPORT,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IP_DF,
  SKB_GSO_TCP_FIXEDID,
  iphdr,
  sizeof_iphdr,
  sk_buff,
} from "../../abi";
import { ERR_PTR, IS_ERR_OR_NULL } from "../../lib/err";
import { ip_fast_csum } from "../core/checksum";
import {
  skb_mac_header,
  skb_network_header,
  skb_next,
  skb_reset_mac_len,
  skb_reset_network_header,
  skb_reset_transport_header,
  skb_shinfo,
} from "../core/skb";
import { __skb_pull } from "../core/skb_data";
import { pskb_may_pull } from "../core/skb_pull";
import { tcp4_gso_segment } from "./tcp_offload";
import { udp_gso_segment } from "./udp_offload";

@inline
export function ip_hdr(skb: sk_buff): iphdr {
  return changetype<iphdr>(skb_network_header(skb));
}

function segment(skb: sk_buff, features: u64, protocol: u32): usize {
  if (protocol == IPPROTO_TCP) return tcp4_gso_segment(skb, features);
  return protocol == IPPROTO_UDP ? udp_gso_segment(skb, features) : ERR_PTR(-EPROTONOSUPPORT);
}

/** Cuts an IPv4 packet, whose data begin with its header, and numbers the segments. As __skb_gso_segment. */
export function inet_gso_segment(skb: sk_buff, features: u64): usize {
  skb_reset_network_header(skb);
  const nhoff = <u32>(skb.data - skb_mac_header(skb));
  if (!pskb_may_pull(skb, sizeof_iphdr)) return ERR_PTR(-EINVAL);
  let iph = ip_hdr(skb);
  const ihl = <u32>iph.ihl * 4;
  let id = <u32>bswap<u16>(iph.id);
  const protocol = iph.protocol;
  const fixed = (skb_shinfo(skb).gso_type & SKB_GSO_TCP_FIXEDID) != 0;
  if (fixed && !(iph.frag_off & bswap<u16>(<u16>IP_DF))) return ERR_PTR(-EPROTONOSUPPORT);
  if (ihl < sizeof_iphdr || !pskb_may_pull(skb, ihl)) return ERR_PTR(-EINVAL);
  __skb_pull(skb, ihl);
  skb_reset_transport_header(skb);
  const segs = segment(skb, features, protocol);
  if (IS_ERR_OR_NULL(segs)) return segs;
  for (let at = changetype<sk_buff>(segs); changetype<usize>(at) != 0; at = skb_next(at)) {
    iph = changetype<iphdr>(skb_mac_header(at) + nhoff);
    if (!fixed) iph.id = bswap<u16>(<u16>id);
    id += 1;
    iph.tot_len = bswap<u16>(<u16>(at.len - nhoff));
    iph.check = 0;
    iph.check = <u16>ip_fast_csum(changetype<usize>(iph), iph.ihl);
    at.network_header = <u16>(changetype<usize>(iph) - at.head);
    skb_reset_mac_len(at);
  }
  return segs;
}
