// net/packet/af_packet.c, packet_alloc_skb: an sk_buff of a frame that the host wrote.

import {
  ETH_HLEN,
  GFP_ATOMIC,
  HH_DATA_MOD,
  PACKET_MULTICAST,
  VLAN_HLEN,
  net_device,
  offsetof_ethhdr_h_proto,
  sk_buff,
} from "../../abi";
import { skb_reserve, skb_reset_mac_header } from "../core/skb";
import { alloc_skb } from "../core/skb_alloc";
import { skb_put } from "../core/skb_data";
import { is_multicast_ether_addr } from "../ethernet/eth";

/** Whether the interface takes frames of this length: as AF_PACKET, a tag may come on top of the MTU. */
export function frame_fits(dev: net_device, len: u32): bool {
  return len >= <u32>dev.min_header_len && len <= dev.mtu + dev.hard_header_len + VLAN_HLEN;
}

/** A buffer with the frame, or null. */
export function build_frame(dev: net_device, frame: usize, len: u32): sk_buff {
  const head = ((<u32>dev.hard_header_len + dev.needed_headroom) & ~(HH_DATA_MOD - 1)) + HH_DATA_MOD;
  const skb = alloc_skb(head + len + dev.needed_tailroom, GFP_ATOMIC);
  if (changetype<usize>(skb) == 0) return skb;
  skb_reserve(skb, head);
  memory.copy(skb_put(skb, len), frame, len);
  skb.dev = changetype<usize>(dev);
  skb_reset_mac_header(skb);
  skb.network_header = skb.mac_header + dev.hard_header_len;
  skb.transport_header = skb.network_header;
  skb.protocol = len >= ETH_HLEN ? load<u16>(frame, offsetof_ethhdr_h_proto) : 0;
  if (is_multicast_ether_addr(frame)) skb.pkt_type = <u8>PACKET_MULTICAST;
  return skb;
}
