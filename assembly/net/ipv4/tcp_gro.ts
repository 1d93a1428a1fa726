// net/ipv4/af_inet.c, net/ipv6/ip6_offload.c, net/ipv4/tcp_offload.c: which TCP packets may be merged. What is merged can
// be cut again into just what arrived, so headers must agree in all but length, checksum and sequence number.

import {
  CHECKSUM_COMPLETE,
  CHECKSUM_NONE,
  CHECKSUM_PARTIAL,
  CHECKSUM_UNNECESSARY,
  ETH_HLEN,
  IPPROTO_TCP,
  IP_DF,
  IP_MF,
  IP_OFFSET,
  SKB_GSO_DODGY,
  SKB_GSO_TCPV4,
  SKB_GSO_TCPV6,
  SKB_GSO_TCP_ECN,
  SKB_GSO_TCP_FIXEDID,
  iphdr,
  ipv6hdr,
  napi_gro_cb,
  sizeof_iphdr,
  sizeof_ipv6hdr,
  sizeof_tcphdr,
  sk_buff,
  skb_shared_info,
  tcphdr,
} from "../../abi";
import { list_next } from "../../lib/list";
import { memcmp } from "../../lib/memory";
import { csum_add, csum_fold, csum_partial, csum_sub, ip_fast_csum } from "../core/checksum";
import { is_ip, is_ipv6 } from "../core/features_check";
import { NAPI_GRO_CB } from "../core/gro";
import { skb_gro_receive } from "../core/gro_merge";
import {
  skb_has_frag_list,
  skb_is_gso,
  skb_mac_header,
  skb_reset_mac_len,
  skb_reset_network_header,
  skb_shinfo,
} from "../core/skb";
import { pskb_may_pull } from "../core/skb_pull";
import { skb_checksum } from "../core/skb_walk";
import { ipv6_hdr } from "../ipv6/ip6_offload";
import { ip_hdr } from "./af_inet";
import { tcp_hdr, tcp_partial, tcp_pseudo } from "./tcp_offload";

/** The flags of a TCP header in its byte 13. */
const FIN: u32 = 0x01;
const SYN: u32 = 0x02;
const RST: u32 = 0x04;
const PSH: u32 = 0x08;
const URG: u32 = 0x20;
const CWR: u32 = 0x80;
/** Of the word with offset, flags and window (tcp_flag_word): those three flags, which need not agree. */
const LOOSE: u32 = (CWR | FIN | PSH) << 8;

@inline
function flags_of(th: tcphdr): u32 {
  return load<u8>(changetype<usize>(th), 13);
}

@inline
function flag_word(th: tcphdr): u32 {
  return load<u32>(changetype<usize>(th), 12);
}

/** Whether the segments of a held packet are over IPv6. */
@inline
function over_ipv6(skb: sk_buff): bool {
  return is_ipv6(skb.protocol);
}

/** Whether the packet's checksum is right, or the device says so, or will be computed. */
function checksum_ok(skb: sk_buff, offset: u32, ipv6: bool): bool {
  if (skb.ip_summed == CHECKSUM_UNNECESSARY || skb.ip_summed == CHECKSUM_PARTIAL) return true;
  const len = skb.len - offset;
  const pseudo = <u32>tcp_pseudo(skb, len, ipv6);
  if (skb.ip_summed == CHECKSUM_COMPLETE) {
    // an IPv4 header sums up to 0
    const header = ipv6 ? csum_partial(changetype<usize>(ipv6_hdr(skb)), sizeof_ipv6hdr, 0) : 0;
    if (csum_fold(csum_add(csum_sub(skb.csum, header), pseudo)) == 0) return true;
  }
  if (csum_fold(skb_checksum(skb, offset, len, pseudo)) != 0) return false;
  if (skb.ip_summed == CHECKSUM_NONE) {
    skb.ip_summed = <u8>CHECKSUM_UNNECESSARY;
    skb.csum_level = 0;
  }
  return true;
}

/** Whether the packet, whose data begin with the network header, is TCP with headers that could be merged; makes its
 *  headers linear and its napi_gro_cb ready then. All others pass with a look at their protocols only. */
export function tcp_gro_prepare(skb: sk_buff): bool {
  const ipv6 = is_ipv6(skb.protocol);
  if (!ipv6 && !is_ip(skb.protocol)) return false;
  const offset = ipv6 ? sizeof_ipv6hdr : sizeof_iphdr;
  if (!pskb_may_pull(skb, offset)) return false;
  let whole: u32;
  let atomic_id = true;
  if (ipv6) {
    const ip6h = changetype<ipv6hdr>(skb.data);
    if (ip6h.nexthdr != IPPROTO_TCP) return false;
    whole = <u32>bswap<u16>(ip6h.payload_len) + sizeof_ipv6hdr;
  } else {
    const iph = changetype<iphdr>(skb.data);
    if (iph.protocol != IPPROTO_TCP || load<u8>(skb.data) != 0x45) return false;
    const off = <u32>bswap<u16>(iph.frag_off);
    if (off & (IP_MF | IP_OFFSET) || ip_fast_csum(skb.data, 5)) return false;
    whole = bswap<u16>(iph.tot_len);
    atomic_id = (off & IP_DF) != 0;
  }
  if (!pskb_may_pull(skb, offset + sizeof_tcphdr)) return false;
  const header = <u32>changetype<tcphdr>(skb.data + offset).doff * 4;
  if (header < sizeof_tcphdr || !pskb_may_pull(skb, offset + header)) return false;
  skb_reset_network_header(skb);
  skb.transport_header = skb.network_header + <u16>offset;
  skb_reset_mac_len(skb);
  const cb = NAPI_GRO_CB(skb);
  store<u32>(cb.zeroed, 0);
  cb.data_offset = offset + header;
  cb.count = 1;
  cb.is_atomic = atomic_id ? 1 : 0;
  // padding, and what came in pieces
  let flush = whole != skb.len || skb_has_frag_list(skb);
  const shinfo = skb_shinfo(skb);
  if (skb_is_gso(skb)) {
    cb.count = shinfo.gso_segs;
    if (!(shinfo.gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)) || shinfo.gso_type & SKB_GSO_DODGY) flush = true;
  }
  if (!flush && !checksum_ok(skb, offset, ipv6)) return false;
  cb.flush = flush ? 1 : 0;
  return true;
}

@inline
function same_ethernet(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u32>(a, 8) == load<u32>(b, 8) && load<u16>(a, 12) == load<u16>(b, 12);
}

/** Whether two packets belong to one connection: link, tag, addresses and ports. */
function same_flow(p: sk_buff, skb: sk_buff): bool {
  if (p.hash != skb.hash || p.dev != skb.dev || p.vlan_present != skb.vlan_present) return false;
  if (p.vlan_present && p.vlan_tci != skb.vlan_tci) return false;
  if (skb.mac_len == ETH_HLEN) {
    if (!same_ethernet(skb_mac_header(p), skb_mac_header(skb))) return false;
  } else if (p.mac_len != skb.mac_len || memcmp(skb_mac_header(p), skb_mac_header(skb), skb.mac_len) != 0) {
    return false;
  }
  if (over_ipv6(skb)) {
    // the flow label belongs to the flow, the traffic class does not
    const differs = load<u32>(p.data) ^ load<u32>(skb.data);
    if (differs & bswap<u32>(0xf00fffff) || memcmp(p.data + 8, skb.data + 8, 32) != 0) return false;
  } else if (load<u64>(p.data, 12) != load<u64>(skb.data, 12)) {
    return false;
  }
  // both ports are one word
  return load<u32>(changetype<usize>(tcp_hdr(p))) == load<u32>(changetype<usize>(tcp_hdr(skb)));
}

/** How far the number of an IPv4 packet is from what would continue `p`: 0 continues it; without DF any other is 0xffff. */
function id_distance(p: sk_buff, skb: sk_buff, cb: napi_gro_cb): u32 {
  const distance = (<u32>bswap<u16>(ip_hdr(skb).id) - <u32>bswap<u16>(ip_hdr(p).id)) & 0xffff;
  if (cb.is_atomic && NAPI_GRO_CB(skb).is_atomic) return distance;
  return distance == <u32>cb.count ? 0 : 0xffff;
}

/** Whether what IP says of the two differs in a way that merging would lose. */
function network_differs(p: sk_buff, skb: sk_buff, cb: napi_gro_cb): bool {
  if (over_ipv6(skb)) {
    const differs = load<u32>(p.data) ^ load<u32>(skb.data);
    return (differs & bswap<u32>(0x0ff00000)) != 0 || ipv6_hdr(p).hop_limit != ipv6_hdr(skb).hop_limit;
  }
  const a = ip_hdr(p);
  const b = ip_hdr(skb);
  if (a.ttl != b.ttl || a.tos != b.tos || (a.frag_off ^ b.frag_off) & bswap<u16>(<u16>IP_DF)) return true;
  // With DF the number means nothing: it counts up in all of the packets or in none; the second packet tells.
  const distance = id_distance(p, skb, cb);
  if (distance != 1 || cb.count != 1 || !cb.is_atomic) return distance != 0;
  cb.is_atomic = 0;
  return false;
}

/** Whether what TCP says of the two differs, or `skb` does not continue `p`. */
function transport_differs(p: sk_buff, skb: sk_buff, shinfo: skb_shared_info, len: u32): bool {
  const th = tcp_hdr(skb);
  const th2 = tcp_hdr(p);
  if (flags_of(th) & CWR || (flag_word(th) ^ flag_word(th2)) & ~LOOSE || th.ack_seq != th2.ack_seq) return true;
  const options = <u32>th.doff * 4 - sizeof_tcphdr;
  if (memcmp(changetype<usize>(th) + sizeof_tcphdr, changetype<usize>(th2) + sizeof_tcphdr, options) != 0) return true;
  const mss = <u32>shinfo.gso_size;
  if (skb_is_gso(skb) ? mss != <u32>skb_shinfo(skb).gso_size : len - 1 >= mss) return true;
  return bswap<u32>(th2.seq) + (p.len - NAPI_GRO_CB(p).data_offset) != bswap<u32>(th.seq);
}

/** Merges a prepared packet into one of the list, if it continues one. Returns a packet of the list that is to go up now:
 *  the packet ended its run. napi_gro_cb::same_flow says that it was merged, else flush that it is not to be held. */
export function tcp_gro_receive(head: usize, skb: sk_buff): sk_buff {
  const cb = NAPI_GRO_CB(skb);
  const len = skb.len - cb.data_offset;
  const flags = flags_of(tcp_hdr(skb));
  let mss: u32 = 1;
  let found = changetype<sk_buff>(0);
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const p = changetype<sk_buff>(link);
    if (!same_flow(p, skb)) continue;
    found = p;
    const held = NAPI_GRO_CB(p);
    // evaluated in this order: network_differs notes how the numbers count
    const differs = network_differs(p, skb, held) || cb.flush || transport_differs(p, skb, skb_shinfo(p), len);
    if (differs || skb_gro_receive(p, skb) != 0) break;
    mss = skb_shinfo(p).gso_size;
    const th = changetype<usize>(tcp_hdr(p));
    store<u8>(th, <u8>(flags_of(tcp_hdr(p)) | (flags & (FIN | PSH))), 13);
    break;
  }
  let last = (flags & (URG | PSH | RST | SYN | FIN)) != 0;
  last = last || (skb_is_gso(skb) ? len != <u32>cb.count * <u32>skb_shinfo(skb).gso_size : len < mss);
  if (last) cb.flush = 1;
  return changetype<usize>(found) != 0 && (!cb.same_flow || last) ? found : changetype<sk_buff>(0);
}

/** Makes a packet that others were merged into one large packet, as one that is to be sent. */
export function tcp_gro_complete(skb: sk_buff): void {
  const ipv6 = over_ipv6(skb);
  const shinfo = skb_shinfo(skb);
  const cb = NAPI_GRO_CB(skb);
  if (ipv6) {
    ipv6_hdr(skb).payload_len = bswap<u16>(<u16>(skb.len - sizeof_ipv6hdr));
    shinfo.gso_type |= SKB_GSO_TCPV6;
  } else {
    const iph = ip_hdr(skb);
    iph.tot_len = bswap<u16>(<u16>skb.len);
    iph.check = 0;
    iph.check = <u16>ip_fast_csum(changetype<usize>(iph), 5);
    shinfo.gso_type |= SKB_GSO_TCPV4;
    if (cb.is_atomic) shinfo.gso_type |= SKB_GSO_TCP_FIXEDID;
  }
  tcp_partial(skb, ipv6);
  shinfo.gso_segs = cb.count;
  if (flags_of(tcp_hdr(skb)) & CWR) shinfo.gso_type |= SKB_GSO_TCP_ECN;
}
