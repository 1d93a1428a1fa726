// net/packet/af_packet.c, packet_alloc_skb: an sk_buff of a frame that the host wrote.

import {
  ETH_HLEN,
  GFP_ATOMIC,
  HH_DATA_MOD,
  PACKET_MULTICAST,
  VLAN_HLEN,
  net_device,
  offsetof_ethhdr_h_proto,
  sizeof_virtio_net_hdr,
  sk_buff,
  virtio_net_hdr,
} from "../../abi";
import { skb_reserve, skb_reset_mac_header } from "../core/skb";
import { alloc_skb } from "../core/skb_alloc";
import { skb_put } from "../core/skb_data";
import { kfree_skb } from "../core/skb_free";
import { is_vlan } from "../core/vlan";
import { is_multicast_ether_addr } from "../ethernet/eth";
import { vnet_hdr_to_skb } from "./vnet_hdr";

/** Tags that a frame may have in it. */
const TAGS: u32 = 2;

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
  skb.protocol = len >= ETH_HLEN ? load<u16>(frame, offsetof_ethhdr_h_proto) : 0;
  skb.network_header = skb.mac_header + <u16>network_offset(dev, frame, len);
  skb.transport_header = skb.network_header;
  if (is_multicast_ether_addr(frame)) skb.pkt_type = <u8>PACKET_MULTICAST;
  return skb;
}

/** Behind the tags, as packet_parse_headers moves it. */
function network_offset(dev: net_device, frame: usize, len: u32): u32 {
  let at = <u32>dev.hard_header_len;
  if (at != ETH_HLEN) return at;
  for (let i: u32 = 0; i < TAGS && at + VLAN_HLEN <= len && is_vlan(load<u16>(frame + at - 2)); i++) at += VLAN_HLEN;
  return at;
}

/** A buffer with the packet of a record that begins with its virtio_net_hdr; null: it is in no shape to be sent, or there is
 *  no memory. A large one may be longer than the interface's frames: its segments will not be. */
export function build_vnet_frame(dev: net_device, record: usize, len: u32): sk_buff {
  const none = changetype<sk_buff>(0);
  if (len < <u32>sizeof_virtio_net_hdr) return none;
  const hdr = changetype<virtio_net_hdr>(record);
  const bytes = len - <u32>sizeof_virtio_net_hdr;
  if (hdr.gso_type ? bytes < <u32>dev.min_header_len : !frame_fits(dev, bytes)) return none;
  const skb = build_frame(dev, record + sizeof_virtio_net_hdr, bytes);
  if (changetype<usize>(skb) == 0 || vnet_hdr_to_skb(skb, hdr)) return skb;
  kfree_skb(skb);
  return none;
}
