// An example driver in TypeScript that is no hardware's: a network interface whose other end is the driver itself. ARP
// requests for any address are answered, and so are pings; what else is sent comes back as it went, as on a cable whose
// ends are joined. Of the kernel it uses six functions, all of them among the 67 that linuxkpi began with.
//
//   kpi build echo.ts && kpi run --insmod echo --ping 10.0.2.99

import {
  ENOMEM,
  MODULE_DESCRIPTION,
  MODULE_LICENSE,
  NETDEV_TX_OK,
  PACKET_HOST,
  alloc_etherdev,
  module_exit,
  module_init,
  net_device,
  net_device_ops,
  netif_rx,
  netif_start_queue,
  netif_stop_queue,
  pr_info,
  ptr,
  register_netdev,
  sizeof_net_device_ops,
  sk_buff,
  unregister_netdev,
} from "linuxkpi/driver";

const MAC_BYTES = 6;
const ETH_BYTES = 14;
const TYPE_IP: u16 = 0x0800;
const TYPE_ARP: u16 = 0x0806;
const PROTOCOL_ICMP: u8 = 1;
const ICMP_ECHO: u8 = 8;
const ARP_REQUEST: u16 = 1;
const ARP_REPLY: u16 = 2;

/** Networks are big-endian, wasm is not. */
const be16 = (at: usize): u16 => bswap<u16>(load<u16>(at));

/** Exchanges two neighbouring fields of `size` bytes. */
function exchange(at: usize, size: usize): void {
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(at + i);
    store<u8>(at + i, load<u8>(at + size + i));
    store<u8>(at + size + i, byte);
  }
}

/** Makes the reply of an ARP request: whoever is asked for is at the address that asks. */
function answerArp(frame: usize): void {
  const arp = frame + ETH_BYTES;
  if (be16(arp + 6) != ARP_REQUEST) return;
  store<u16>(arp + 6, bswap<u16>(ARP_REPLY));
  const pair: usize = MAC_BYTES + 4;
  exchange(arp + 8, pair);
  // It is another card that answers: one apart in its last byte.
  store<u8>(arp + 8 + 5, load<u8>(arp + 8 + pair + 5) ^ 1);
  memory.copy(frame, arp + 8 + pair, MAC_BYTES);
  memory.copy(frame + MAC_BYTES, arp + 8, MAC_BYTES);
}

/** Makes the reply of a ping, checksum and all. */
function answerPing(frame: usize): void {
  const ip = frame + ETH_BYTES;
  const icmp = ip + ((<usize>load<u8>(ip) & 0xf) << 2);
  if (load<u8>(ip + 9) != PROTOCOL_ICMP || load<u8>(icmp) != ICMP_ECHO) return;
  exchange(frame, MAC_BYTES);
  exchange(ip + 12, 4);
  store<u8>(icmp, 0);
  // RFC 1624: the type went down by 8, so the checksum goes up by it.
  const sum = <u32>be16(icmp + 2) + ((<u32>ICMP_ECHO) << 8);
  store<u16>(icmp + 2, bswap<u16>(<u16>(sum + (sum >> 16))));
}

let answered: u32 = 0;

function transmit(skb: sk_buff, dev: net_device): u32 {
  const frame = skb.data;
  const type = be16(frame + 12);
  dev.stats.tx_packets++;
  dev.stats.tx_bytes += skb.len;
  if (type == TYPE_ARP) answerArp(frame);
  if (type == TYPE_IP) answerPing(frame);

  // As eth_type_trans() does: the frame has arrived, and its header has been seen.
  skb.protocol = bswap<u16>(type);
  skb.pkt_type = <u8>PACKET_HOST;
  skb.mac_header = <u16>(frame - skb.head);
  skb.data = frame + ETH_BYTES;
  skb.len -= ETH_BYTES;
  dev.stats.rx_packets++;
  dev.stats.rx_bytes += skb.len;
  netif_rx(ptr(skb));
  answered++;
  return NETDEV_TX_OK;
}

function open(dev: net_device): i32 {
  netif_start_queue(ptr(dev));
  return 0;
}

function stop(dev: net_device): i32 {
  netif_stop_queue(ptr(dev));
  return 0;
}

const ops = changetype<net_device_ops>(memory.data(sizeof_net_device_ops, 8));
let netdev: usize = 0;

module_init((): i32 => {
  ops.ndo_open = open.index;
  ops.ndo_stop = stop.index;
  ops.ndo_start_xmit = transmit.index;
  netdev = alloc_etherdev(0);
  if (!netdev) return -ENOMEM;
  const dev = changetype<net_device>(netdev);
  dev.netdev_ops = ptr(ops);
  dev.needs_free_netdev = true;
  const err = register_netdev(netdev);
  if (!err) pr_info("%s: its other end is this driver\n", netdev);
  return err;
});

module_exit((): void => {
  unregister_netdev(netdev);
  pr_info("echo: %u frames came back\n", answered);
});

MODULE_DESCRIPTION("Example: an interface that answers itself");
MODULE_LICENSE("Dual MIT/GPL");
