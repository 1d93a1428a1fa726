// linux/virtio_net.h: the virtio_net_hdr before a packet says what is left to do to it: a checksum to be filled in,
// segments to be cut. TAPs give and take packets with one. What comes from the host is not trusted.

import {
  CHECKSUM_PARTIAL,
  CHECKSUM_UNNECESSARY,
  GSO_BY_FRAGS,
  IPPROTO_TCP,
  SKB_GSO_DODGY,
  SKB_GSO_TCPV4,
  SKB_GSO_TCPV6,
  SKB_GSO_TCP_ECN,
  VIRTIO_NET_HDR_F_DATA_VALID,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VIRTIO_NET_HDR_GSO_ECN,
  VIRTIO_NET_HDR_GSO_NONE,
  VIRTIO_NET_HDR_GSO_TCPV4,
  VIRTIO_NET_HDR_GSO_TCPV6,
  flow_dissector,
  flow_keys_basic,
  offsetof_tcphdr_check,
  sizeof_flow_keys_basic,
  sizeof_tcphdr,
  sizeof_virtio_net_hdr,
  sk_buff,
  virtio_net_hdr,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { __skb_flow_dissect, flow_keys_basic_dissector } from "../core/flow_dissector";
import { is_ip, is_ipv6 } from "../core/features_check";
import { init_net } from "../core/net_namespace";
import { skb_checksum_start_offset, skb_headlen, skb_is_gso, skb_set_transport_header, skb_shinfo } from "../core/skb";
import { skb_partial_csum_set } from "../core/skb_csum";
import { vlan_get_protocol } from "../core/vlan";

/** SKB_GSO_* of a type; 0: none, or one that was not asked for (TUNSETOFFLOAD). */
function gso_type_of(hdr: virtio_net_hdr): u32 {
  const ecn = hdr.gso_type & VIRTIO_NET_HDR_GSO_ECN ? SKB_GSO_TCP_ECN : 0;
  switch (<u32>hdr.gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
    case VIRTIO_NET_HDR_GSO_TCPV4:
      return SKB_GSO_TCPV4 | ecn;
    case VIRTIO_NET_HDR_GSO_TCPV6:
      return SKB_GSO_TCPV6 | ecn;
    default:
      return 0;
  }
}

/** Finds the transport header of a packet that does not say where it is; false: it is no TCP of the type's protocol. */
function probe_transport(skb: sk_buff, gso_type: u32): bool {
  const type = vlan_get_protocol(skb);
  if (!(gso_type & SKB_GSO_TCPV4 ? is_ip(type) : is_ipv6(type))) return false;
  const keys = changetype<flow_keys_basic>(stack_alloc(sizeof_flow_keys_basic));
  const dissector = changetype<flow_dissector>(flow_keys_basic_dissector);
  const found = __skb_flow_dissect(init_net, skb, dissector, changetype<usize>(keys), 0, 0, 0, 0, 0);
  const thoff = <u32>keys.control.thoff;
  const tcp = keys.basic.ip_proto == IPPROTO_TCP;
  stack_free(sizeof_flow_keys_basic);
  if (!found || !tcp || thoff + <u32>sizeof_tcphdr > skb_headlen(skb)) return false;
  skb_set_transport_header(skb, thoff);
  return true;
}

/** virtio_net_hdr_to_skb, for a linear packet whose headers are set: takes over what its header says; false: that is
 *  nonsense. Segments are counted when they are cut, since nobody knows whether there is a TCP header. */
export function vnet_hdr_to_skb(skb: sk_buff, hdr: virtio_net_hdr): bool {
  let gso_type: u32 = 0;
  let thlen: u32 = 0;
  if (hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE) {
    gso_type = gso_type_of(hdr);
    if (gso_type == 0 || hdr.gso_size == 0) return false;
    thlen = <u32>sizeof_tcphdr;
  }
  let end: u32 = 0;
  if (hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
    const start = <u32>hdr.csum_start;
    const offset = <u32>hdr.csum_offset;
    end = start + thlen;
    if (start + max(thlen, offset + 2) > skb_headlen(skb) || !skb_partial_csum_set(skb, start, offset)) return false;
    if (gso_type != 0 && offset != <u32>offsetof_tcphdr_check) return false;
  } else if (gso_type != 0) {
    if (!probe_transport(skb, gso_type)) return false;
    end = <u32>skb.transport_header - <u32>skb.mac_header + thlen;
  }
  if (gso_type == 0) return true;
  if (hdr.gso_size == GSO_BY_FRAGS) return false;
  // One that is no longer than a segment is no large one.
  if (skb.len - end <= <u32>hdr.gso_size) return true;
  const shinfo = skb_shinfo(skb);
  shinfo.gso_size = hdr.gso_size;
  shinfo.gso_type = gso_type | SKB_GSO_DODGY;
  shinfo.gso_segs = 0;
  return true;
}

/** virtio_net_hdr_from_skb: what is left to do to a packet. `header`: bytes before its data that belong to the frame;
 *  `tag`: that its tag will take. False: it cannot be said. */
export function vnet_hdr_from_skb(skb: sk_buff, hdr: virtio_net_hdr, header: u32, tag: u32): bool {
  vnet_hdr_clear(hdr);
  if (skb_is_gso(skb)) {
    const shinfo = skb_shinfo(skb);
    if (shinfo.gso_type & SKB_GSO_TCPV4) hdr.gso_type = <u8>VIRTIO_NET_HDR_GSO_TCPV4;
    else if (shinfo.gso_type & SKB_GSO_TCPV6) hdr.gso_type = <u8>VIRTIO_NET_HDR_GSO_TCPV6;
    else return false;
    if (shinfo.gso_type & SKB_GSO_TCP_ECN) hdr.gso_type |= <u8>VIRTIO_NET_HDR_GSO_ECN;
    hdr.gso_size = shinfo.gso_size;
    // A hint: how much of it had better lie in one piece.
    hdr.hdr_len = <u16>(header + skb_headlen(skb) + tag);
  }
  if (skb.ip_summed == CHECKSUM_PARTIAL) {
    hdr.flags = <u8>VIRTIO_NET_HDR_F_NEEDS_CSUM;
    hdr.csum_start = <u16>(<u32>skb_checksum_start_offset(skb) + header + tag);
    hdr.csum_offset = skb.csum_offset;
  } else if (skb.ip_summed == CHECKSUM_UNNECESSARY) {
    hdr.flags = <u8>VIRTIO_NET_HDR_F_DATA_VALID;
  }
  return true;
}

/** Nothing is left to do. */
export function vnet_hdr_clear(hdr: virtio_net_hdr): void {
  memory.fill(changetype<usize>(hdr), 0, sizeof_virtio_net_hdr);
}
