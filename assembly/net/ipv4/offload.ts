// What TCP and UDP have in common when a packet is cut.

import { CHECKSUM_PARTIAL, NETIF_F_GSO_ROBUST, sk_buff } from "../../abi";
import { csum_add, csum_fold } from "../core/checksum";
import { can_checksum, skb_gso_ok, skb_network_protocol } from "../core/features_check";
import { skb_headroom, skb_shinfo } from "../core/skb";
import { skb_checksum_help } from "../core/skb_csum";

@inline
export function transport_header(skb: sk_buff): usize {
  return skb.head + skb.transport_header;
}

/** Bytes from the transport header to the end. */
@inline
export function transport_len(skb: sk_buff): u32 {
  return skb.len - (<u32>skb.transport_header - skb_headroom(skb));
}

/** Whether the checksum of the packet, to be computed yet, begins with its transport header. */
@inline
export function checksum_is_transport(skb: sk_buff): bool {
  return skb.csum_start == skb.transport_header;
}

/** A packet from somebody who may have counted its segments wrongly, which the device can cut: counts them. Whether it is
 *  one. `len`: bytes of data. */
export function only_robust(skb: sk_buff, features: u64, len: u32): bool {
  if (!skb_gso_ok(skb, features | NETIF_F_GSO_ROBUST)) return false;
  const shinfo = skb_shinfo(skb);
  shinfo.gso_segs = <u16>((len + <u32>shinfo.gso_size - 1) / <u32>shinfo.gso_size);
  return true;
}

/** A checksum field that holds the pseudo header's sum with `from` as length, changed to one with `to`. Both in network
 *  order. */
export function replace_len(check: u16, from: u32, to: u32): u16 {
  return ~csum_fold(csum_add(csum_add(check, ~from), to));
}

/** Computes the segment's checksum, whose field holds the pseudo header's sum, unless the device does. */
export function segment_checksum(skb: sk_buff, features: u64): void {
  if (skb.ip_summed == CHECKSUM_PARTIAL && !can_checksum(features, skb_network_protocol(skb))) skb_checksum_help(skb);
}
