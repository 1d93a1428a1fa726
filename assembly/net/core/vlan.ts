// linux/if_vlan.h, net/core/skbuff.c: a VLAN tag lies in the packet behind the addresses, or beside it in the struct,
// where devices that insert and strip tags want it.

import {
  CHECKSUM_COMPLETE,
  EINVAL,
  ENOMEM,
  ETH_ALEN,
  ETH_HLEN,
  ETH_P_8021AD,
  ETH_P_8021Q,
  ETH_P_802_2,
  ETH_P_802_3,
  ETH_TLEN,
  GFP_ATOMIC,
  SKB_REASON_DROPPED,
  VLAN_ETH_HLEN,
  VLAN_HLEN,
  sk_buff,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { eth_proto_is_802_3 } from "../ethernet/eth";
import { WARN } from "../../kernel/panic";
import { csum_add, csum_partial, csum_sub } from "./checksum";
import { __dev_kfree_skb_any } from "./dev_kfree";
import {
  SKB_DATA_ALIGN,
  skb_cloned,
  skb_header_cloned,
  skb_headroom,
  skb_mac_header,
  skb_reset_mac_len,
  skb_reset_network_header,
  skb_reset_transport_header,
  skb_shared,
  skb_transport_header_was_set,
} from "./skb";
import { skb_clone } from "./skb_clone";
import { __skb_pull, skb_push } from "./skb_data";
import { consume_skb, kfree_skb } from "./skb_free";
import { pskb_expand_head } from "./skb_head";
import { pskb_may_pull, skb_ensure_writable } from "./skb_pull";
import { skb_copy_bits } from "./skb_walk";

/** Whether a protocol (network order) is a tag. */
@inline
export function is_vlan(protocol: u16): bool {
  return protocol == bswap<u16>(<u16>ETH_P_8021Q) || protocol == bswap<u16>(<u16>ETH_P_8021AD);
}

/** linux/if_vlan.h. Takes the tag that the received packet's payload begins with out of the packet into the struct. The
 *  packet, or null and the packet is freed. Context: softirq. */
export function skb_vlan_untag(skb: sk_buff): sk_buff {
  if (skb.vlan_present) return skb;
  if (skb_shared(skb)) {
    const own = skb_clone(skb, GFP_ATOMIC);
    if (changetype<usize>(own) != 0) consume_skb(skb);
    else kfree_skb(skb);
    skb = own;
  }
  if (changetype<usize>(skb) == 0) return skb;
  // two bytes behind the tag tell an 802.3 frame from the rest
  if (!pskb_may_pull(skb, VLAN_HLEN + 2) || (skb_cloned(skb) && pskb_expand_head(skb, 0, 0, GFP_ATOMIC) != 0)) {
    kfree_skb(skb);
    return changetype<sk_buff>(0);
  }
  const tag = skb.data;
  skb.vlan_proto = skb.protocol;
  skb.vlan_tci = bswap<u16>(load<u16>(tag));
  skb.vlan_present = 1;
  if (skb.ip_summed == CHECKSUM_COMPLETE) skb.csum = csum_sub(skb.csum, csum_partial(tag, VLAN_HLEN, 0));
  __skb_pull(skb, VLAN_HLEN);
  skb.protocol = encapsulated(tag);
  // the addresses move up to the inner type
  const mac = skb_mac_header(skb);
  const mac_len = skb.data - mac;
  if (mac_len > VLAN_HLEN + ETH_TLEN) memory.copy(mac + VLAN_HLEN, mac, mac_len - VLAN_HLEN - ETH_TLEN);
  skb.mac_header += <u16>VLAN_HLEN;
  skb_reset_network_header(skb);
  if (!skb_transport_header_was_set(skb)) skb_reset_transport_header(skb);
  skb_reset_mac_len(skb);
  return skb;
}

/** The protocol behind a tag: a type, or 802.3 told by what follows the length. */
function encapsulated(tag: usize): u16 {
  const type = load<u16>(tag, 2);
  if (eth_proto_is_802_3(type)) return type;
  return bswap<u16>(<u16>(load<u16>(tag, VLAN_HLEN) == 0xffff ? ETH_P_802_3 : ETH_P_802_2));
}

/** Makes room for a tag behind the addresses, in a header that nobody shares, and writes it. 0 or -ENOMEM. */
function insert_tag(skb: sk_buff, proto: u16, tci: u16): i32 {
  const cow = skb_header_cloned(skb) || skb_headroom(skb) < VLAN_HLEN;
  if (cow && pskb_expand_head(skb, SKB_DATA_ALIGN(VLAN_HLEN), 0, GFP_ATOMIC) != 0) return -ENOMEM;
  const data = skb_push(skb, VLAN_HLEN);
  memory.copy(data, data + VLAN_HLEN, 2 * ETH_ALEN);
  skb.mac_header -= <u16>VLAN_HLEN;
  store<u16>(data + 2 * ETH_ALEN, proto);
  store<u16>(data + 2 * ETH_ALEN, bswap<u16>(tci), 2);
  return 0;
}

/** Writes the tag of the struct into the packet, whose data begin with the Ethernet header. The packet, or null and
 *  the packet is freed. */
export function vlan_push_inside(skb: sk_buff): sk_buff {
  if (insert_tag(skb, skb.vlan_proto, skb.vlan_tci) != 0) {
    __dev_kfree_skb_any(skb, SKB_REASON_DROPPED);
    return changetype<sk_buff>(0);
  }
  skb.protocol = skb.vlan_proto;
  skb.vlan_present = 0;
  return skb;
}

/** The protocol (network order) behind all tags in the packet, and 0 if they lead nowhere. */
export function vlan_get_protocol(skb: sk_buff): u16 {
  let type = skb.protocol;
  let depth: u32 = skb.mac_len ? <u32>skb.mac_len - VLAN_HLEN : ETH_HLEN;
  const word = stack_alloc(16);
  for (let tags = 0; is_vlan(type); tags++) {
    if (tags == 8 || skb_copy_bits(skb, depth + 2, word, 2) != 0) {
      type = 0;
      break;
    }
    type = load<u16>(word);
    depth += VLAN_HLEN;
  }
  stack_free(16);
  return type;
}

/** Whether the data begin with the mac header, as pushing and popping tags wants. */
function at_mac_header(skb: sk_buff): bool {
  if (skb.data == skb_mac_header(skb)) return true;
  WARN(cstr("skb_vlan_push, pop: the data do not begin with the mac header"));
  return false;
}

/** linux/skbuff.h. Takes the outermost tag out of the packet, whose data begin with the mac header; *vlan_tci is its
 *  contents. 0, -EINVAL or -ENOMEM. Context: any. */
export function __skb_vlan_pop(skb: sk_buff, vlan_tci: usize): i32 {
  if (!at_mac_header(skb)) return -EINVAL;
  const err = skb_ensure_writable(skb, VLAN_ETH_HLEN);
  if (err) return err;
  const tag = skb.data + 2 * ETH_ALEN;
  if (skb.ip_summed == CHECKSUM_COMPLETE) skb.csum = csum_sub(skb.csum, csum_partial(tag, VLAN_HLEN, 0));
  store<u16>(vlan_tci, bswap<u16>(load<u16>(tag, 2)));
  skb.protocol = encapsulated(tag + 2);
  memory.copy(skb.data + VLAN_HLEN, skb.data, 2 * ETH_ALEN);
  __skb_pull(skb, VLAN_HLEN);
  skb.mac_header += <u16>VLAN_HLEN;
  const least = <u16>(skb.data - skb.head + ETH_HLEN);
  if (skb.network_header < least) skb.network_header = least;
  skb_reset_mac_len(skb);
  return 0;
}

/** linux/skbuff.h. Removes the packet's outermost tag, be it beside the packet or in it; the next one goes beside it. 0,
 *  -EINVAL or -ENOMEM. Context: any. */
export function skb_vlan_pop(skb: sk_buff): i32 {
  const room = stack_alloc(16);
  let err = 0;
  let none = false;
  if (skb.vlan_present) skb.vlan_present = 0;
  else if (is_vlan(skb.protocol)) err = __skb_vlan_pop(skb, room);
  else none = true;
  if (!none && err == 0 && is_vlan(skb.protocol)) {
    const proto = skb.protocol;
    err = __skb_vlan_pop(skb, room);
    if (err == 0) {
      skb.vlan_proto = proto;
      skb.vlan_tci = load<u16>(room);
      skb.vlan_present = 1;
    }
  }
  stack_free(16);
  return err;
}

/** linux/skbuff.h. Gives the packet a tag, beside it; one that is there already goes into it. 0, -EINVAL or -ENOMEM.
 *  Context: any. */
export function skb_vlan_push(skb: sk_buff, vlan_proto: u16, vlan_tci: u16): i32 {
  if (skb.vlan_present) {
    if (!at_mac_header(skb)) return -EINVAL;
    const err = insert_tag(skb, skb.vlan_proto, skb.vlan_tci);
    if (err) return err;
    skb.protocol = skb.vlan_proto;
    skb.mac_len += <u16>VLAN_HLEN;
    if (skb.ip_summed == CHECKSUM_COMPLETE) {
      skb.csum = csum_add(skb.csum, csum_partial(skb.data + 2 * ETH_ALEN, VLAN_HLEN, 0));
    }
  }
  skb.vlan_proto = vlan_proto;
  skb.vlan_tci = vlan_tci;
  skb.vlan_present = 1;
  return 0;
}
