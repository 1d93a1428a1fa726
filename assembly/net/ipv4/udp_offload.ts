// net/ipv4/udp_offload.c, net/ipv6/udp_offload.c: cutting a run of UDP datagrams (SKB_GSO_UDP_L4).

import { EINVAL, SKB_GSO_FRAGLIST, SKB_GSO_UDP_L4, sizeof_udphdr, sk_buff, udphdr } from "../../abi";
import { ERR_PTR, IS_ERR } from "../../lib/err";
import { skb_next, skb_shinfo } from "../core/skb";
import { __skb_pull } from "../core/skb_data";
import { pskb_may_pull } from "../core/skb_pull";
import { skb_segment } from "../core/skb_segment";
import {
  checksum_is_transport,
  only_robust,
  replace_len,
  segment_checksum,
  transport_header,
  transport_len,
} from "./offload";

@inline
export function udp_hdr(skb: sk_buff): udphdr {
  return changetype<udphdr>(transport_header(skb));
}

/** Cuts into datagrams of gso_size bytes and a rest. As __skb_gso_segment. (Fragments of one datagram, SKB_GSO_UDP, come
 *  from guests only; there are none.) */
export function udp_gso_segment(skb: sk_buff, features: u64): usize {
  const shinfo = skb_shinfo(skb);
  const mss = <u32>shinfo.gso_size;
  if (!(shinfo.gso_type & SKB_GSO_UDP_L4) || shinfo.gso_type & SKB_GSO_FRAGLIST) return ERR_PTR(-EINVAL);
  if (!pskb_may_pull(skb, sizeof_udphdr) || skb.len <= sizeof_udphdr + mss) return ERR_PTR(-EINVAL);
  if (!checksum_is_transport(skb)) return ERR_PTR(-EINVAL);
  if (only_robust(skb, features, skb.len - sizeof_udphdr)) return 0;
  __skb_pull(skb, sizeof_udphdr);
  const segs = skb_segment(skb, features);
  if (IS_ERR(segs)) return segs;
  for (let at = changetype<sk_buff>(segs); changetype<usize>(at) != 0; at = skb_next(at)) {
    const uh = udp_hdr(at);
    const len = bswap<u16>(<u16>transport_len(at));
    uh.check = replace_len(uh.check, uh.len, len);
    uh.len = len;
    segment_checksum(at, features);
  }
  return segs;
}
