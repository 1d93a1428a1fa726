// net/ethernet/eth.c: Ethernet devices: the header, addresses, and what a device of this type begins with.
//
//   h_dest[6] │ h_source[6] │ h_proto (network order) │ payload

import {
  ARPHRD_ETHER,
  DEFAULT_TX_QUEUE_LEN,
  EADDRNOTAVAIL,
  EBUSY,
  ENODEV,
  ETH_ALEN,
  ETH_DATA_LEN,
  ETH_HLEN,
  ETH_MIN_MTU,
  ETH_P_802_2,
  ETH_P_802_3,
  ETH_P_802_3_MIN,
  HH_DATA_MOD,
  IFF_BROADCAST,
  IFF_LIVE_ADDR_CHANGE,
  IFF_LOOPBACK,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_TX_SKB_SHARING,
  NET_NAME_ENUM,
  PACKET_BROADCAST,
  PACKET_MULTICAST,
  PACKET_OTHERHOST,
  header_ops,
  neighbour,
  net_device,
  offsetof_ethhdr_h_proto,
  offsetof_hh_cache_hh_data,
  offsetof_neighbour_ha,
  sizeof_header_ops,
  sk_buff,
  sockaddr,
} from "../../abi";
import { dev_addr_mod } from "../core/dev_addr_lists";
import { alloc_netdev_mqs } from "../core/dev_alloc";
import { netif_running } from "../core/netdev";
import { skb_headlen, skb_mac_header, skb_reset_mac_header } from "../core/skb";
import { skb_pull, skb_push } from "../core/skb_data";

/** linux/etherdevice.h. `struct header_ops eth_header_ops`. */
export const eth_header_ops: usize = memory.data(<i32>sizeof_header_ops, 64);

/** Whether a type field holds a type and not an 802.3 length: its first byte on the wire says so. */
@inline
export function eth_proto_is_802_3(proto: u16): bool {
  return <u8>proto >= <u8>(ETH_P_802_3_MIN >> 8);
}

@inline
export function is_multicast_ether_addr(addr: usize): bool {
  return (load<u8>(addr) & 1) != 0;
}

@inline
export function is_valid_ether_addr(addr: usize): bool {
  return !is_multicast_ether_addr(addr) && (load<u32>(addr) | load<u16>(addr, 4)) != 0;
}

@inline
function same_addr(a: usize, b: usize): bool {
  return load<u32>(a) == load<u32>(b) && load<u16>(a, 4) == load<u16>(b, 4);
}

/** linux/etherdevice.h. Prepends an Ethernet header. `type`: host order, or ETH_P_802_3/_2 for `len`; `saddr` null: the
 *  device's. ETH_HLEN, or -ETH_HLEN if the destination is to be filled in. Context: any. */
export function eth_header(skb: sk_buff, dev: net_device, type: u32, daddr: usize, saddr: usize, len: u32): i32 {
  const eth = skb_push(skb, ETH_HLEN);
  const proto = type != ETH_P_802_3 && type != ETH_P_802_2 ? type : len;
  store<u16>(eth, bswap<u16>(<u16>proto), offsetof_ethhdr_h_proto);
  memory.copy(eth + ETH_ALEN, saddr ? saddr : dev.dev_addr, ETH_ALEN);
  if (daddr) {
    memory.copy(eth, daddr, ETH_ALEN);
    return ETH_HLEN;
  }
  if (dev.flags & (IFF_LOOPBACK | IFF_NOARP)) {
    memory.fill(eth, 0, ETH_ALEN);
    return ETH_HLEN;
  }
  return -(<i32>ETH_HLEN);
}

/** linux/etherdevice.h. Takes the Ethernet header off a received packet, notes for whom it is, and returns its
 *  protocol in network order. Context: any. */
export function eth_type_trans(skb: sk_buff, dev: net_device): u32 {
  skb.dev = changetype<usize>(dev);
  skb_reset_mac_header(skb);
  const eth = skb.data;
  skb_pull(skb, ETH_HLEN);
  if (!same_addr(eth, dev.dev_addr)) {
    if (!is_multicast_ether_addr(eth)) skb.pkt_type = <u8>PACKET_OTHERHOST;
    else skb.pkt_type = <u8>(same_addr(eth, dev.broadcast) ? PACKET_BROADCAST : PACKET_MULTICAST);
  }
  const proto = load<u16>(eth, offsetof_ethhdr_h_proto);
  if (eth_proto_is_802_3(proto)) return proto;
  // Novell's IPX lies on 802.3 with no 802.2 header: its first word is no service access point
  const raw = skb_headlen(skb) >= 2 && load<u16>(skb.data) == 0xffff;
  return bswap<u16>(<u16>(raw ? ETH_P_802_3 : ETH_P_802_2));
}

/** linux/etherdevice.h. Copies the source address of the header to `haddr`. ETH_ALEN. Context: any. */
export function eth_header_parse(skb: sk_buff, haddr: usize): i32 {
  memory.copy(haddr, skb_mac_header(skb) + ETH_ALEN, ETH_ALEN);
  return ETH_ALEN;
}

/** HH_DATA_OFF(ETH_HLEN): in a hh_cache the header ends where it is aligned. */
const HH_OFF: usize = HH_DATA_MOD - ETH_HLEN;

/** linux/etherdevice.h. Writes the header for packets of type `type` to the struct neighbour `neigh` into its struct hh_cache. 0,
 *  or -1 for 802.3, whose header has a length. Context: any. */
export function eth_header_cache(neigh: usize, hh: usize, type: u16): i32 {
  if (type == bswap<u16>(<u16>ETH_P_802_3)) return -1;
  const eth = hh + offsetof_hh_cache_hh_data + HH_OFF;
  memory.copy(eth, neigh + offsetof_neighbour_ha, ETH_ALEN);
  memory.copy(eth + ETH_ALEN, changetype<net_device>(changetype<neighbour>(neigh).dev).dev_addr, ETH_ALEN);
  store<u16>(eth, type, offsetof_ethhdr_h_proto);
  atomic.store<u32>(hh, ETH_HLEN); // hh_len, the first field: from here on the header is used
  return 0;
}

/** linux/etherdevice.h. Changes the destination of the header in a struct hh_cache. Context: any. */
export function eth_header_cache_update(hh: usize, dev: net_device, haddr: usize): void {
  memory.copy(hh + offsetof_hh_cache_hh_data + HH_OFF, haddr, ETH_ALEN);
}

/** linux/etherdevice.h. The type field of the header, in network order. Context: any. */
export function eth_header_parse_protocol(skb: sk_buff): u32 {
  return load<u16>(skb_mac_header(skb), offsetof_ethhdr_h_proto);
}

/** linux/etherdevice.h. Whether the address in the struct sockaddr may become the device's: 0, -EBUSY while it runs,
 *  -EADDRNOTAVAIL. Context: process. */
export function eth_prepare_mac_addr_change(dev: net_device, p: sockaddr): i32 {
  if (!(dev.priv_flags & IFF_LIVE_ADDR_CHANGE) && netif_running(dev)) return -EBUSY;
  return is_valid_ether_addr(p.sa_data) ? 0 : -EADDRNOTAVAIL;
}

/** linux/etherdevice.h. Makes the address in the struct sockaddr the device's. Context: process. */
export function eth_commit_mac_addr_change(dev: net_device, p: sockaddr): void {
  dev_addr_mod(dev, 0, p.sa_data, ETH_ALEN);
}

/** linux/etherdevice.h. A ndo_set_mac_address for devices whose hardware need not know. 0 or an errno. Context:
 *  process. */
export function eth_mac_addr(dev: net_device, p: sockaddr): i32 {
  const err = eth_prepare_mac_addr_change(dev, p);
  if (err < 0) return err;
  eth_commit_mac_addr_change(dev, p);
  return 0;
}

/** linux/etherdevice.h. 0 if the device's address may be one, else -EADDRNOTAVAIL. Context: process. */
export function eth_validate_addr(dev: net_device): i32 {
  return is_valid_ether_addr(dev.dev_addr) ? 0 : -EADDRNOTAVAIL;
}

/** linux/etherdevice.h. Fills in what all Ethernet devices have in common. Context: process. */
export function ether_setup(dev: net_device): void {
  dev.header_ops = eth_header_ops;
  dev.type = <u16>ARPHRD_ETHER;
  dev.hard_header_len = <u16>ETH_HLEN;
  dev.min_header_len = <u8>ETH_HLEN;
  dev.mtu = ETH_DATA_LEN;
  dev.min_mtu = ETH_MIN_MTU;
  dev.max_mtu = ETH_DATA_LEN;
  dev.addr_len = <u8>ETH_ALEN;
  dev.tx_queue_len = DEFAULT_TX_QUEUE_LEN;
  dev.flags = IFF_BROADCAST | IFF_MULTICAST;
  dev.priv_flags |= IFF_TX_SKB_SHARING;
  memory.fill(dev.broadcast, 0xff, ETH_ALEN);
}

/** linux/etherdevice.h. alloc_netdev_mqs for an Ethernet device called eth%d. Context: process. */
export function alloc_etherdev_mqs(sizeof_priv: i32, txqs: u32, rxqs: u32): net_device {
  return alloc_netdev_mqs(sizeof_priv, cstr("eth%d"), NET_NAME_ENUM, ether_setup.index, txqs, rxqs);
}

/** linux/etherdevice.h. alloc_etherdev_mqs with `count` queues each way: NULL without memory. A macro in Linux.
 *  Context: process. */
export function alloc_etherdev_mq(sizeof_priv: i32, count: u32): net_device {
  return alloc_etherdev_mqs(sizeof_priv, count, count);
}

/** linux/etherdevice.h. alloc_etherdev_mqs with one queue each way: NULL without memory. A macro in Linux. Context:
 *  process. */
export function alloc_etherdev(sizeof_priv: i32): net_device {
  return alloc_etherdev_mqs(sizeof_priv, 1, 1);
}

/** linux/etherdevice.h. The address that the platform has for a device: boards have none, -ENODEV. Context: process. */
export function eth_platform_get_mac_address(dev: usize, mac_addr: usize): i32 {
  return -ENODEV;
}

/** linux/etherdevice.h. Gives `netdev` the address that the platform has for `dev`: boards have none, -ENODEV. Context:
 *  process. */
export function platform_get_ethdev_address(dev: usize, netdev: net_device): i32 {
  return -ENODEV;
}

export function eth_init(): void {
  const ops = changetype<header_ops>(eth_header_ops);
  ops.create = eth_header.index;
  ops.parse = eth_header_parse.index;
  ops.parse_protocol = eth_header_parse_protocol.index;
  ops.cache = eth_header_cache.index;
  ops.cache_update = eth_header_cache_update.index;
}
