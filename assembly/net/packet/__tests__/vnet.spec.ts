import {
  CHECKSUM_NONE,
  CHECKSUM_PARTIAL,
  GFP_ATOMIC,
  NETIF_F_HW_CSUM,
  NETIF_F_SG,
  NETIF_F_TSO,
  SKB_GSO_DODGY,
  SKB_GSO_TCPV4,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VIRTIO_NET_HDR_GSO_TCPV4,
  net_device,
  sizeof_virtio_net_hdr,
  sk_buff,
  virtio_net_hdr,
} from "../../../abi";
import { IRQ_EDGE, IRQ_RAISED, VECTOR_PACKET } from "../../../arch/wasm/memory";
import { irq_window } from "../../../arch/wasm/irqflags";
import { local_bh_disable, local_bh_enable } from "../../../kernel/softirq";
import { eth_type_trans } from "../../ethernet/eth";
import { boot_net } from "../../../__tests__/boot";
import { spec_frame_hdr, spec_rooms } from "../../../__tests__/host";
import { fake, fake_device, fake_mac, free_kept } from "../../core/__tests__/fake";
import { csum_fold, csum_partial, csum_tcpudp_nofold, ip_fast_csum } from "../../core/checksum";
import { free_netdev } from "../../core/dev_alloc";
import { unregister_netdev } from "../../core/dev_register";
import { kpi_netdev_up } from "../../core/host_ops";
import { netdev_get_tx_queue } from "../../core/netdev";
import { netif_carrier_off, netif_carrier_on } from "../../core/link_watch";
import { netif_receive_skb } from "../../core/rx";
import { netif_tx_wake_queue } from "../../core/dev_queues";
import { skb_shinfo } from "../../core/skb";
import { alloc_skb } from "../../core/skb_alloc";
import { skb_put } from "../../core/skb_data";
import { kpi_packet_ring_close, kpi_packet_ring_open } from "../bound";

const HEADERS: u32 = 54;
const MSS: u32 = 1000;

let dev = changetype<net_device>(0);
let ring: usize = 0;
const packet = memory.data(16384, 8);
const hdr = changetype<virtio_net_hdr>(packet);
const frame = packet + sizeof_virtio_net_hdr;

/** A packet of TCP in `frame`, whose checksum is yet to be done. */
function make(data: u32): void {
  memory.fill(packet, 0, <usize>sizeof_virtio_net_hdr + HEADERS);
  memory.copy(frame, fake_mac(), 6);
  store<u16>(frame, bswap<u16>(0x0800), 12);
  const ip = frame + 14;
  store<u8>(ip, 0x45);
  store<u16>(ip, bswap<u16>(<u16>(40 + data)), 2);
  store<u16>(ip, bswap<u16>(0x4000), 6);
  store<u8>(ip, 64, 8);
  store<u8>(ip, 6, 9);
  store<u32>(ip, 0x0100090a, 12);
  store<u32>(ip, 0x0200090a, 16);
  store<u16>(ip, ip_fast_csum(ip, 5), 10);
  store<u8>(frame + 34, 0x50, 12);
  store<u8>(frame + 34, 0x18, 13);
  store<u16>(frame + 34, ~csum_fold(csum_tcpudp_nofold(0x0100090a, 0x0200090a, 20 + data, 6, 0)), 16);
  for (let i: u32 = 0; i < data; i++) store<u8>(frame + HEADERS + i, <u8>(i * 7));
  hdr.flags = <u8>VIRTIO_NET_HDR_F_NEEDS_CSUM;
  hdr.csum_start = 34;
  hdr.csum_offset = 16;
  if (data > MSS) {
    hdr.gso_type = <u8>VIRTIO_NET_HDR_GSO_TCPV4;
    hdr.gso_size = <u16>MSS;
    hdr.hdr_len = <u16>HEADERS;
  }
}

/** What the host does: writes a record of `len` bytes; false: the ring is full. */
function host_send(len: u32): bool {
  const size = load<u32>(ring);
  const data = load<usize>(ring, 4);
  const prod = load<u32>(ring, 8);
  const cons = load<u32>(ring, 12);
  const need: u32 = 8 + ((len + 7) & 0xfffffff8);
  let at = prod;
  if (prod + need >= size) {
    if (prod < cons || need >= cons) return false;
    store<u32>(data + prod, 0);
    at = 0;
  } else if (prod < cons && prod + need >= cons) return false;
  store<u32>(data + at, 1);
  store<u32>(data + at, len, 4);
  memory.copy(data + at + 8, packet, len);
  store<u32>(ring, at + need, 8);
  store<u32>(IRQ_EDGE, load<u32>(IRQ_EDGE) | (1 << VECTOR_PACKET));
  store<u32>(IRQ_RAISED, 1);
  irq_window();
  return true;
}

function send(data: u32): void {
  make(data);
  host_send(<u32>sizeof_virtio_net_hdr + HEADERS + data);
}

function sent(): u32 {
  return load<u32>(ring, 16);
}

function dropped(): u32 {
  return load<u32>(ring, 20);
}

describe("packets with a virtio_net_hdr", () => {
  beforeEach(() => {
    boot_net();
    dev = fake_device();
    kpi_netdev_up(dev.ifindex);
    fake.keep = true;
    ring = kpi_packet_ring_open(dev.ifindex, 1);
  });

  afterEach(() => {
    kpi_packet_ring_close(ring);
    free_kept();
    unregister_netdev(dev);
    free_netdev(dev);
  });

  test("a large one goes whole to a device that cuts itself, its segments counted", () => {
    dev.features |= NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO;
    send(9500);
    expect(fake.sent).toBe(1);
    const skb = changetype<sk_buff>(fake.kept);
    expect(skb.len).toBe(HEADERS + 9500);
    expect(skb.ip_summed).toBe(<u8>CHECKSUM_PARTIAL);
    const shinfo = skb_shinfo(skb);
    expect(shinfo.gso_size).toBe(<u16>MSS);
    expect(shinfo.gso_segs).toBe(10);
    expect(shinfo.gso_type).toBe(SKB_GSO_TCPV4 | SKB_GSO_DODGY);
  });

  test("is cut for one that does not, with checksums", () => {
    send(2500);
    expect(fake.sent).toBe(3);
    let bytes: u32 = 0;
    for (let skb = changetype<sk_buff>(fake.kept); changetype<usize>(skb) != 0; skb = changetype<sk_buff>(skb.next)) {
      bytes += skb.len - HEADERS;
      const tcp = skb.len - 34;
      const pseudo = csum_tcpudp_nofold(0x0100090a, 0x0200090a, tcp, 6, 0);
      expect(csum_fold(csum_partial(skb.data + 34, tcp, pseudo))).toBe(0);
    }
    expect(bytes).toBe(2500);
  });

  test("a small one gets its checksum", () => {
    send(100);
    const skb = changetype<sk_buff>(fake.kept);
    expect(skb.ip_summed).toBe(<u8>CHECKSUM_NONE);
    const pseudo = csum_tcpudp_nofold(0x0100090a, 0x0200090a, 120, 6, 0);
    expect(csum_fold(csum_partial(skb.data + 34, 120, pseudo))).toBe(0);
  });

  test("nonsense is dropped and counted, whatever it is", () => {
    let records: u32 = 0;
    let seed: u32 = 1;
    for (let round = 0; round < 2000; round++) {
      make(round & 1 ? 3000 : 100);
      for (let i = 0; i < 2; i++) {
        seed = seed * 1664525 + 1013904223;
        store<u8>(packet + ((seed >>> 8) % 64), <u8>(seed >>> 24));
      }
      seed = seed * 1664525 + 1013904223;
      if (host_send((seed >>> 8) % 3000)) records++;
    }
    expect(records).toBe(2000);
    expect(sent() + dropped()).toBe(records);
    expect(dropped()).toBeGreaterThan(100);
    expect(sent()).toBeGreaterThan(100);
  });

  test("they wait for the first carrier; later ones do not", () => {
    netif_carrier_off(dev);
    send(100);
    expect(fake.sent).toBe(0);
    local_bh_disable();
    netif_carrier_on(dev);
    local_bh_enable();
    expect(fake.sent).toBe(1);
    netif_carrier_off(dev);
    send(100);
    expect(dropped()).toBe(1);
    expect(fake.sent).toBe(1);
  });

  test("a queue that is stopped leaves them in the ring; the host hears of room, and nothing is lost", () => {
    const queue = netdev_get_tx_queue(dev, 0);
    fake.stop_after = 1;
    const rooms = spec_rooms();
    make(100);
    const len = <u32>sizeof_virtio_net_hdr + HEADERS + 100;
    let count = 0;
    while (host_send(len)) count++;
    expect(fake.sent).toBe(1);
    store<u32>(ring, 1, 28);
    expect(spec_rooms()).toBe(rooms);
    local_bh_disable();
    netif_tx_wake_queue(queue);
    local_bh_enable();
    // One go takes some, and leaves the rest to the next.
    local_bh_disable();
    local_bh_enable();
    expect(fake.sent).toBe(count);
    expect(spec_rooms()).toBe(rooms + 1);
    expect(dropped()).toBe(0);
  });

  test("what was merged on its way in is shown whole, with what is left to do", () => {
    const skb = alloc_skb(4096, GFP_ATOMIC);
    make(2500);
    memory.copy(skb_put(skb, HEADERS + 2500), frame, HEADERS + 2500);
    skb.ip_summed = <u8>CHECKSUM_PARTIAL;
    skb.csum_start = <u16>(skb.data - skb.head + 34);
    skb.csum_offset = 16;
    skb_shinfo(skb).gso_size = <u16>MSS;
    skb_shinfo(skb).gso_type = SKB_GSO_TCPV4;
    skb.protocol = <u16>eth_type_trans(skb, dev);
    local_bh_disable();
    netif_receive_skb(skb);
    local_bh_enable();
    const seen = changetype<virtio_net_hdr>(memory.data(16, 8));
    spec_frame_hdr(-1, changetype<usize>(seen));
    expect(seen.flags).toBe(<u8>VIRTIO_NET_HDR_F_NEEDS_CSUM);
    expect(seen.gso_type).toBe(<u8>VIRTIO_NET_HDR_GSO_TCPV4);
    expect(seen.gso_size).toBe(<u16>MSS);
    expect(seen.csum_start).toBe(34);
    expect(seen.csum_offset).toBe(16);
  });
});
