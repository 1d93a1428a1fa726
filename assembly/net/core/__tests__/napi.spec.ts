import {
  ETH_HLEN,
  ETH_P_ALL,
  ETH_P_ARP,
  ETH_P_IP,
  GFP_ATOMIC,
  GRO_NORMAL,
  NAPIF_STATE_SCHED,
  NET_RX_DROP,
  NET_RX_SUCCESS,
  PACKET_BROADCAST,
  PACKET_HOST,
  PACKET_MULTICAST,
  PACKET_OTHERHOST,
  PAGE_SIZE,
  RX_HANDLER_CONSUMED,
  napi_struct,
  net_device,
  packet_type,
  sizeof_napi_struct,
  sizeof_packet_type,
  sk_buff,
} from "../../../abi";
import { local_irq_disable, local_irq_enable } from "../../../arch/wasm/irqflags";
import { do_softirq, local_bh_disable, local_bh_enable } from "../../../kernel/softirq";
import { alloc_pages, page_address } from "../../../mm/page_alloc";
import { kmem_live_objects } from "../../../mm/slab_common";
import { eth_header, eth_type_trans } from "../../ethernet/eth";
import { netif_rx } from "../backlog";
import { free_netdev } from "../dev_alloc";
import { dev_close, dev_open } from "../dev_open";
import { unregister_netdev } from "../dev_register";
import { dev_get_stats } from "../dev_stats";
import { napi_get_frags, napi_gro_frags, napi_gro_receive } from "../gro";
import {
  __napi_schedule,
  __netif_napi_del,
  napi_complete_done,
  napi_disable,
  napi_enable,
  napi_schedule,
  napi_schedule_prep,
  netif_napi_add_weight,
} from "../napi";
import { dev_add_pack, dev_remove_pack } from "../ptype";
import { rtnl_lock, rtnl_unlock } from "../rtnl";
import { netdev_rx_handler_register, netdev_rx_handler_unregister, netif_receive_skb } from "../rx";
import { skb_reserve } from "../skb";
import { alloc_skb } from "../skb_alloc";
import { skb_put } from "../skb_data";
import { skb_add_rx_frag } from "../skb_frags";
import { kfree_skb } from "../skb_free";
import { this_softnet } from "../softnet";
import { boot_net } from "../../../__tests__/boot";
import { fake_device, fake_mac } from "./fake";

let dev = changetype<net_device>(0);
const napi = changetype<napi_struct>(memory.data(<i32>sizeof_napi_struct, 8));
const other = changetype<napi_struct>(memory.data(<i32>sizeof_napi_struct, 8));
const arp = changetype<packet_type>(memory.data(<i32>sizeof_packet_type, 8));
const tap = changetype<packet_type>(memory.data(<i32>sizeof_packet_type, 8));

/** Packets that the "ring" still has, and how the driver polls. */
let ring = 0;
let polls = 0;
let complete = true;
let reschedule = false;
let enabled = 0;
let order = "";
let got = 0;
let tapped = 0;
let last_type: u32 = 0;

function poll(n: usize, budget: i32): i32 {
  polls++;
  order += changetype<usize>(napi) == n ? "a" : "b";
  const work = min(ring, budget);
  ring -= work;
  if (reschedule) {
    reschedule = false;
    napi_schedule(changetype<napi_struct>(n));
  }
  if (work < budget && complete && napi_complete_done(changetype<napi_struct>(n), work)) enabled++;
  return work;
}

function handler(skb: usize, d: usize, pt: usize, orig: usize): i32 {
  got++;
  last_type = changetype<sk_buff>(skb).pkt_type;
  kfree_skb(changetype<sk_buff>(skb));
  return NET_RX_SUCCESS;
}

function tap_handler(skb: usize, d: usize, pt: usize, orig: usize): i32 {
  tapped++;
  kfree_skb(changetype<sk_buff>(skb));
  return NET_RX_SUCCESS;
}

/** A received ARP frame for `dest`, its header still on. */
function received(dest: usize): sk_buff {
  const skb = alloc_skb(128, GFP_ATOMIC);
  skb_reserve(skb, 2);
  const data = skb_put(skb, 60);
  memory.fill(data, 0, 60);
  memory.copy(data, dest, 6);
  store<u16>(data, bswap<u16>(<u16>ETH_P_ARP), 12);
  return skb;
}

/** The same, as a driver hands it up. */
function arrived(): sk_buff {
  const skb = received(fake_mac());
  skb.protocol = <u16>eth_type_trans(skb, dev);
  return skb;
}

/** Lets pending softirqs run. */
function softirqs(): void {
  local_bh_disable();
  local_bh_enable();
}

describe("NAPI", () => {
  beforeEach(() => {
    boot_net();
    dev = fake_device();
    memory.fill(changetype<usize>(napi), 0, sizeof_napi_struct);
    memory.fill(changetype<usize>(other), 0, sizeof_napi_struct);
    netif_napi_add_weight(dev, napi, poll.index, 64);
    netif_napi_add_weight(dev, other, poll.index, 64);
    napi_enable(napi);
    napi_enable(other);
    ring = 0;
    polls = 0;
    enabled = 0;
    complete = true;
    reschedule = false;
    order = "";
  });

  afterEach(() => {
    napi_disable(napi);
    napi_disable(other);
    __netif_napi_del(napi);
    __netif_napi_del(other);
    unregister_netdev(dev);
    free_netdev(dev);
  });

  test("is scheduled once, and once more for what came meanwhile", () => {
    expect(napi_schedule_prep(napi)).toBe(true);
    expect(napi_schedule_prep(napi)).toBe(false, "owned");
    __napi_schedule(napi);
    ring = 10;
    softirqs();
    expect(polls).toBe(2, "MISSED: polled again");
    expect(enabled).toBe(1);
    expect(napi.state & NAPIF_STATE_SCHED).toBe(0);
  });

  test("polls until the ring is empty", () => {
    ring = 150;
    napi_schedule(napi);
    softirqs();
    expect(polls).toBe(3);
    expect(ring).toBe(0);
    expect(enabled).toBe(1);
  });

  test("an interrupt during the poll is not lost", () => {
    ring = 5;
    reschedule = true;
    napi_schedule(napi);
    softirqs();
    expect(polls).toBe(2);
    expect(enabled).toBe(1);
  });

  test("instances take turns", () => {
    ring = 300;
    local_bh_disable();
    napi_schedule(napi);
    napi_schedule(other);
    local_bh_enable();
    expect(order.startsWith("abab")).toBe(true);
    expect(ring).toBe(0);
  });

  test("an instance that used its weight waits for the next run", () => {
    ring = 1000;
    napi_schedule(napi);
    softirqs();
    for (let i = 0; i < 10 && ring; i++) do_softirq();
    expect(ring).toBe(0);
    expect(polls).toBe(16);
    expect(enabled).toBe(1);
  });

  test("the budget ends a run, not the work", () => {
    const many = memory.data(<i32>sizeof_napi_struct * 6, 8);
    ring = 6 * 64 + 10;
    const squeezed = this_softnet().time_squeeze;
    local_bh_disable();
    for (let i: usize = 0; i < 6; i++) {
      const n = changetype<napi_struct>(many + i * sizeof_napi_struct);
      netif_napi_add_weight(dev, n, poll.index, 64);
      napi_enable(n);
      napi_schedule(n);
    }
    local_bh_enable();
    expect(this_softnet().time_squeeze).toBe(squeezed + 1, "five times 64 is more than 300");
    expect(ring).toBe(0);
    expect(enabled).toBe(6);
    for (let i: usize = 0; i < 6; i++) {
      const n = changetype<napi_struct>(many + i * sizeof_napi_struct);
      napi_disable(n);
      __netif_napi_del(n);
    }
  });

  test("a disabled instance is not scheduled", () => {
    napi_disable(napi);
    expect(napi_schedule_prep(napi)).toBe(false);
    ring = 1;
    softirqs();
    expect(polls).toBe(0);
    napi_enable(napi);
    expect(napi_schedule_prep(napi)).toBe(true);
    __napi_schedule(napi);
    softirqs();
    expect(ring).toBe(0);
    expect(() => {
      napi_enable(napi);
    }).toThrow("enabled twice");
  });
});

describe("receiving", () => {
  beforeEach(() => {
    boot_net();
    dev = fake_device();
    rtnl_lock();
    dev_open(dev, 0);
    rtnl_unlock();
    memory.fill(changetype<usize>(arp), 0, sizeof_packet_type);
    memory.fill(changetype<usize>(tap), 0, sizeof_packet_type);
    arp.type = bswap<u16>(<u16>ETH_P_ARP);
    arp.func = handler.index;
    dev_add_pack(arp);
    got = 0;
    tapped = 0;
  });

  afterEach(() => {
    dev_remove_pack(arp);
    unregister_netdev(dev);
    free_netdev(dev);
  });

  test("reads the Ethernet header", () => {
    const skb = received(fake_mac());
    expect(eth_type_trans(skb, dev)).toBe(bswap<u16>(<u16>ETH_P_ARP));
    expect(skb.len).toBe(46);
    expect(skb.pkt_type).toBe(0);
    expect(skb.dev).toBe(changetype<usize>(dev));
    kfree_skb(skb);
    const broadcast = received(dev.broadcast);
    eth_type_trans(broadcast, dev);
    expect(broadcast.pkt_type).toBe(<u8>PACKET_BROADCAST);
    kfree_skb(broadcast);
    const multicast = received(memory.data<u8>([1, 0, 0x5e, 0, 0, 1]));
    eth_type_trans(multicast, dev);
    expect(multicast.pkt_type).toBe(<u8>PACKET_MULTICAST);
    kfree_skb(multicast);
    const foreign = received(memory.data<u8>([2, 0, 0, 0, 0, 1]));
    store<u16>(foreign.data, bswap<u16>(46), 12);
    expect(eth_type_trans(foreign, dev)).toBe(bswap<u16>(0x0004), "802.2 behind a length");
    expect(foreign.pkt_type).toBe(<u8>PACKET_OTHERHOST);
    kfree_skb(foreign);
    const out = alloc_skb(64, GFP_ATOMIC);
    skb_reserve(out, 32);
    expect(eth_header(out, dev, ETH_P_IP, fake_mac(), 0, 0)).toBe(<i32>ETH_HLEN);
    expect(load<u16>(out.data, 12)).toBe(0x0008);
    expect(load<u16>(out.data, 10)).toBe(load<u16>(fake_mac(), 4), "the device's address");
    kfree_skb(out);
  });

  test("goes to the handlers of its protocol", () => {
    const live = kmem_live_objects();
    local_bh_disable();
    expect(netif_receive_skb(arrived())).toBe(NET_RX_SUCCESS);
    expect(got).toBe(1);
    const ip = arrived();
    ip.protocol = bswap<u16>(<u16>ETH_P_IP);
    expect(netif_receive_skb(ip)).toBe(NET_RX_SUCCESS, "the packet socket sees everything");
    expect(got).toBe(1);
    local_bh_enable();
    expect(kmem_live_objects()).toBe(live);
  });

  test("shows taps of a device only its own packets", () => {
    const second = fake_device();
    tap.type = bswap<u16>(<u16>ETH_P_ALL);
    tap.dev = changetype<usize>(second);
    tap.func = tap_handler.index;
    dev_add_pack(tap);
    local_bh_disable();
    netif_receive_skb(arrived());
    expect(tapped).toBe(0);
    const skb = arrived();
    skb.dev = changetype<usize>(second);
    netif_receive_skb(skb);
    expect(tapped).toBe(1);
    local_bh_enable();
    dev_remove_pack(tap);
    unregister_netdev(second);
    free_netdev(second);
  });

  test("asks the device's rx_handler first", () => {
    rtnl_lock();
    expect(netdev_rx_handler_register(dev, consume.index, 0)).toBe(0);
    expect(netdev_rx_handler_register(dev, consume.index, 0)).toBeLessThan(0);
    rtnl_unlock();
    local_bh_disable();
    netif_receive_skb(arrived());
    expect(got).toBe(0);
    local_bh_enable();
    rtnl_lock();
    netdev_rx_handler_unregister(dev);
    rtnl_unlock();
    local_bh_disable();
    netif_receive_skb(arrived());
    local_bh_enable();
    expect(got).toBe(1);
  });

  test("is batched in a poll, and handed up when it completes", () => {
    memory.fill(changetype<usize>(napi), 0, sizeof_napi_struct);
    netif_napi_add_weight(dev, napi, poll.index, 64);
    napi_enable(napi);
    local_bh_disable();
    napi_schedule_prep(napi);
    for (let i = 0; i < 5; i++) expect(napi_gro_receive(napi, arrived())).toBe(GRO_NORMAL);
    expect(got).toBe(0);
    for (let i = 0; i < 3; i++) napi_gro_receive(napi, arrived());
    expect(got).toBe(8, "a batch is full");
    napi_gro_receive(napi, arrived());
    napi_complete_done(napi, 9);
    expect(got).toBe(9);
    // a buffer of fragments only
    const skb = napi_get_frags(napi);
    expect(changetype<usize>(napi_get_frags(napi))).toBe(changetype<usize>(skb));
    const page = alloc_pages(GFP_ATOMIC, 0);
    memory.fill(page_address(page), 0, 64);
    memory.copy(page_address(page), dev.broadcast, 6);
    store<u16>(page_address(page), bswap<u16>(<u16>ETH_P_ARP), 12);
    skb_add_rx_frag(skb, 0, page, 0, 60, PAGE_SIZE);
    napi_schedule_prep(napi);
    expect(napi_gro_frags(napi)).toBe(GRO_NORMAL);
    napi_complete_done(napi, 1);
    expect(got).toBe(10);
    expect(last_type).toBe(PACKET_BROADCAST);
    local_bh_enable();
    napi_disable(napi);
    __netif_napi_del(napi);
  });

  test("netif_rx works from any context", () => {
    expect(netif_rx(arrived())).toBe(NET_RX_SUCCESS);
    expect(got).toBe(1, "softirqs ran before it returned");
    local_bh_disable();
    netif_rx(arrived());
    expect(got).toBe(1);
    local_bh_enable();
    expect(got).toBe(2);
    local_bh_disable();
    local_irq_disable();
    netif_rx(arrived());
    netif_rx(arrived());
    local_irq_enable();
    local_bh_enable();
    expect(got).toBe(4);
  });

  test("netif_rx drops when the backlog is full, or the device down", () => {
    const live = kmem_live_objects();
    const storage = memory.data(256, 8);
    local_bh_disable();
    let dropped = 0;
    for (let i = 0; i < 1005; i++) if (netif_rx(arrived()) == NET_RX_DROP) dropped++;
    expect(dropped).toBe(4);
    local_bh_enable();
    for (let i = 0; i < 20; i++) do_softirq();
    expect(got).toBe(1001);
    dev_get_stats(dev, storage);
    expect(load<u64>(storage, 48)).toBe(4, "rx_dropped");
    rtnl_lock();
    dev_close(dev);
    rtnl_unlock();
    expect(netif_rx(arrived())).toBe(NET_RX_DROP);
    softirqs();
    expect(kmem_live_objects()).toBeLessThanOrEqual(live + 2);
  });

  test("untags VLAN packets for the protocols, not for the taps", () => {
    const skb = received(fake_mac());
    store<u32>(skb.data, 0x05000081, 12);
    store<u16>(skb.data, bswap<u16>(<u16>ETH_P_ARP), 16);
    skb.protocol = <u16>eth_type_trans(skb, dev);
    local_bh_disable();
    netif_receive_skb(skb);
    local_bh_enable();
    expect(got).toBe(1);
    expect(last_type).toBe(PACKET_OTHERHOST, "no device for VLAN 5");
  });

  test("looks behind a priority for the number of a VLAN", () => {
    for (let number: u32 = 0; number < 2; number++) {
      const skb = received(fake_mac());
      store<u32>(skb.data, 0x00e00081, 12);
      store<u32>(skb.data, 0x00000081 | (number << 24), 16);
      store<u16>(skb.data, bswap<u16>(<u16>ETH_P_ARP), 20);
      skb.protocol = <u16>eth_type_trans(skb, dev);
      local_bh_disable();
      netif_receive_skb(skb);
      local_bh_enable();
      expect(got).toBe(number + 1);
      expect(last_type).toBe(number ? PACKET_OTHERHOST : PACKET_HOST);
    }
  });
});

function consume(pskb: usize): u32 {
  kfree_skb(changetype<sk_buff>(load<usize>(pskb)));
  return RX_HANDLER_CONSUMED;
}
