// net/ipv6/ip6_offload.c: what IPv6 has to do with packets that are cut or merged.

import {
  EINVAL,
  EPROTONOSUPPORT,
  IPPROTO_DSTOPTS,
  IPPROTO_HOPOPTS,
  IPPROTO_ROUTING,
  IPPROTO_TCP,
  IPPROTO_UDP,
  ipv6hdr,
  sizeof_ipv6hdr,
  sk_buff,
} from "../../abi";
import { ERR_PTR, IS_ERR_OR_NULL } from "../../lib/err";
import {
  skb_mac_header,
  skb_network_header,
  skb_next,
  skb_reset_mac_len,
  skb_reset_network_header,
  skb_reset_transport_header,
} from "../core/skb";
import { __skb_pull } from "../core/skb_data";
import { pskb_may_pull } from "../core/skb_pull";
import { tcp6_gso_segment } from "../ipv4/tcp_offload";
import { udp_gso_segment } from "../ipv4/udp_offload";

@inline
export function ipv6_hdr(skb: sk_buff): ipv6hdr {
  return changetype<ipv6hdr>(skb_network_header(skb));
}

/** Pulls extension headers that every segment repeats; the protocol behind them. */
function pull_extension_headers(skb: sk_buff, protocol: u32): u32 {
  while (protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING || protocol == IPPROTO_DSTOPTS) {
    if (!pskb_may_pull(skb, 8)) break;
    const len = (<u32>load<u8>(skb.data, 1) + 1) * 8;
    if (!pskb_may_pull(skb, len)) break;
    protocol = load<u8>(skb.data);
    __skb_pull(skb, len);
  }
  return protocol;
}

function segment(skb: sk_buff, features: u64, protocol: u32): usize {
  if (protocol == IPPROTO_TCP) return tcp6_gso_segment(skb, features);
  return protocol == IPPROTO_UDP ? udp_gso_segment(skb, features) : ERR_PTR(-EPROTONOSUPPORT);
}

/** Cuts an IPv6 packet, whose data begin with its header. As __skb_gso_segment. */
export function ipv6_gso_segment(skb: sk_buff, features: u64): usize {
  skb_reset_network_header(skb);
  const nhoff = <u32>(skb.data - skb_mac_header(skb));
  if (!pskb_may_pull(skb, sizeof_ipv6hdr)) return ERR_PTR(-EINVAL);
  const next = <u32>ipv6_hdr(skb).nexthdr;
  __skb_pull(skb, sizeof_ipv6hdr);
  const protocol = pull_extension_headers(skb, next);
  skb_reset_transport_header(skb);
  const segs = segment(skb, features, protocol);
  if (IS_ERR_OR_NULL(segs)) return segs;
  for (let at = changetype<sk_buff>(segs); changetype<usize>(at) != 0; at = skb_next(at)) {
    const ip6h = changetype<ipv6hdr>(skb_mac_header(at) + nhoff);
    ip6h.payload_len = bswap<u16>(<u16>(at.len - nhoff - sizeof_ipv6hdr));
    at.network_header = <u16>(changetype<usize>(ip6h) - at.head);
    skb_reset_mac_len(at);
  }
  return segs;
}
