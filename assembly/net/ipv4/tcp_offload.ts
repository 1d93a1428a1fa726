// net/ipv4/tcp_offload.c, net/ipv6/tcpv6_offload.c: cutting a large TCP packet.

import {
  CHECKSUM_PARTIAL,
  EINVAL,
  IPPROTO_TCP,
  SKB_GSO_FRAGLIST,
  SKB_GSO_TCPV4,
  SKB_GSO_TCPV6,
  offsetof_tcphdr_check,
  sizeof_tcphdr,
  sk_buff,
  tcphdr,
} from "../../abi";
import { ERR_PTR, IS_ERR } from "../../lib/err";
import { csum_fold, csum_ipv6_magic, csum_tcpudp_nofold } from "../core/checksum";
import { skb_next, skb_shinfo } from "../core/skb";
import { __skb_pull } from "../core/skb_data";
import { pskb_may_pull } from "../core/skb_pull";
import { skb_segment } from "../core/skb_segment";
import { ipv6_hdr } from "../ipv6/ip6_offload";
import { ip_hdr } from "./af_inet";
import {
  checksum_is_transport,
  only_robust,
  replace_len,
  segment_checksum,
  transport_header,
  transport_len,
} from "./offload";

@inline
export function tcp_hdr(skb: sk_buff): tcphdr {
  return changetype<tcphdr>(transport_header(skb));
}

/** The pseudo header's sum over `len` bytes, as the checksum field of a packet yet to be summed holds it. */
export function tcp_pseudo(skb: sk_buff, len: u32, ipv6: bool): u16 {
  if (!ipv6) return ~csum_fold(csum_tcpudp_nofold(ip_hdr(skb).saddr, ip_hdr(skb).daddr, len, IPPROTO_TCP, 0));
  const iph = ipv6_hdr(skb);
  return ~(<u16>csum_ipv6_magic(changetype<usize>(iph.saddr), changetype<usize>(iph.daddr), len, IPPROTO_TCP, 0));
}

/** Has the packet's checksum computed later: by a device, or for each segment. */
export function tcp_partial(skb: sk_buff, ipv6: bool): void {
  tcp_hdr(skb).check = tcp_pseudo(skb, transport_len(skb), ipv6);
  skb.csum_start = skb.transport_header;
  skb.csum_offset = <u16>offsetof_tcphdr_check;
  skb.ip_summed = <u8>CHECKSUM_PARTIAL;
}

/** Cuts: sequence numbers go on, FIN and PSH are the last segment's, CWR the first's. */
function tcp_gso_segment(skb: sk_buff, features: u64): usize {
  const thlen = <u32>tcp_hdr(skb).doff * 4;
  if (thlen < sizeof_tcphdr || !checksum_is_transport(skb) || !pskb_may_pull(skb, thlen)) return ERR_PTR(-EINVAL);
  const whole = bswap<u32>(skb.len);
  __skb_pull(skb, thlen);
  const mss = <u32>skb_shinfo(skb).gso_size;
  if (skb.len <= mss) return ERR_PTR(-EINVAL);
  if (only_robust(skb, features, skb.len)) return 0;
  const ooo_okay = skb.ooo_okay;
  skb.ooo_okay = 0;
  const segs = skb_segment(skb, features);
  if (IS_ERR(segs)) return segs;
  changetype<sk_buff>(segs).ooo_okay = ooo_okay;
  let seq = bswap<u32>(tcp_hdr(changetype<sk_buff>(segs)).seq);
  for (let at = changetype<sk_buff>(segs); changetype<usize>(at) != 0; at = skb_next(at)) {
    const th = tcp_hdr(at);
    th.seq = bswap<u32>(seq);
    seq += mss;
    if (changetype<usize>(at) != segs) th.cwr = 0;
    if (at.next) {
      th.fin = 0;
      th.psh = 0;
    }
    th.check = replace_len(th.check, whole, bswap<u32>(transport_len(at)));
    segment_checksum(at, features);
  }
  return segs;
}

function cut(skb: sk_buff, features: u64, ipv6: bool): usize {
  const type = skb_shinfo(skb).gso_type;
  // packets chained as they came are nobody's here
  if (!(type & (ipv6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4)) || type & SKB_GSO_FRAGLIST) return ERR_PTR(-EINVAL);
  if (!pskb_may_pull(skb, sizeof_tcphdr)) return ERR_PTR(-EINVAL);
  if (skb.ip_summed != CHECKSUM_PARTIAL) tcp_partial(skb, ipv6);
  return tcp_gso_segment(skb, features);
}

export function tcp4_gso_segment(skb: sk_buff, features: u64): usize {
  return cut(skb, features, false);
}

export function tcp6_gso_segment(skb: sk_buff, features: u64): usize {
  return cut(skb, features, true);
}
