import {
  CHECKSUM_PARTIAL,
  ETH_P_8021Q,
  ETH_P_IP,
  GFP_KERNEL,
  GFP_NOWAIT,
  NETIF_F_HW_CSUM,
  NETIF_F_HW_VLAN_CTAG_TX,
  NETIF_F_SG,
  NETIF_F_TSO,
  NET_XMIT_DROP,
  PAGE_SIZE,
  Qdisc,
  SKB_GSO_TCPV4,
  __GFP_NOWARN,
  net_device,
  sizeof_Qdisc,
  sk_buff,
} from "../../../abi";
import { irq_window, local_irq_disable, local_irq_enable } from "../../../arch/wasm/irqflags";
import { __kmalloc } from "../../../mm/kmalloc";
import { alloc_pages } from "../../../mm/page_alloc";
import { kmem_live_objects } from "../../../mm/slab_common";
import { kfree } from "../../../mm/slub";
import { rcu_barrier } from "../../../kernel/rcu";
import { local_bh_disable, local_bh_enable } from "../../../kernel/softirq";
import { jiffies } from "../../../kernel/time/jiffies";
import { noop_qdisc } from "../../sched/qdisc";
import { dev_trans_start } from "../../sched/watchdog";
import { free_netdev } from "../dev_alloc";
import { __dev_kfree_skb_irq } from "../dev_kfree";
import { dev_close, dev_open } from "../dev_open";
import { netif_set_real_num_tx_queues, netif_tx_stop_all_queues, netif_tx_wake_queue } from "../dev_queues";
import { register_netdev, unregister_netdev } from "../dev_register";
import { dev_queue_xmit } from "../dev_xmit";
import { linkwatch_run_queue, netif_carrier_off, netif_carrier_on } from "../link_watch";
import { netdev_get_tx_queue, netif_tx_queue_stopped } from "../netdev";
import { rtnl_lock, rtnl_unlock } from "../rtnl";
import { netdev_refcnt_read } from "../todo";
import { skb_reserve, skb_reset_network_header, skb_shinfo } from "../skb";
import { alloc_skb } from "../skb_alloc";
import { skb_put } from "../skb_data";
import { skb_add_rx_frag } from "../skb_frags";
import { kfree_skb } from "../skb_free";
import { skb_partial_csum_set } from "../skb_csum";
import { boot_net } from "../../../__tests__/boot";
import { last_line, log_count, log_mark } from "../../../__tests__/log";
import { spec_advance } from "../../../__tests__/host";
import { fake, fake_alloc, fake_device, fake_mac } from "./fake";

let dev = changetype<net_device>(0);

/** A frame to send: 60 bytes, of which byte 14 is `mark`. */
function frame(mark: u8): sk_buff {
  const skb = alloc_skb(128, GFP_KERNEL);
  skb_reserve(skb, 32);
  const data = skb_put(skb, 60);
  memory.fill(data, 0, 60);
  memory.copy(data, fake_mac(), 6);
  memory.copy(data + 6, fake_mac(), 6);
  store<u16>(data, bswap<u16>(<u16>ETH_P_IP), 12);
  store<u8>(data, mark, 14);
  skb.dev = changetype<usize>(dev);
  skb.protocol = bswap<u16>(<u16>ETH_P_IP);
  skb_reset_network_header(skb);
  return skb;
}

/** Marks of the frames that the driver kept, the first sent first. */
function marks(): string {
  let text = "";
  let list = fake.kept;
  while (list) {
    const skb = changetype<sk_buff>(list);
    list = skb.next;
    text = load<u8>(skb.data, 14).toString() + text;
    kfree_skb(skb);
  }
  fake.kept = 0;
  return text;
}

function qdisc(): Qdisc {
  return changetype<Qdisc>(netdev_get_tx_queue(dev, 0).qdisc_sleeping);
}

/** Lets `ms` milliseconds pass, with the ticks and softirqs in them. */
function pass(ms: u32): void {
  for (let i: u32 = 0; i < ms; i += 2) {
    spec_advance(2000000);
    irq_window();
  }
}

describe("sending", () => {
  beforeEach(() => {
    boot_net();
    dev = fake_device();
    rtnl_lock();
    dev_open(dev, 0);
    rtnl_unlock();
    fake.keep = true;
  });

  afterEach(() => {
    marks();
    unregister_netdev(dev);
    free_netdev(dev);
  });

  test("goes straight to an idle driver", () => {
    expect(dev_queue_xmit(frame(1))).toBe(0);
    expect(fake.sent).toBe(1);
    expect(qdisc().q.qlen).toBe(0);
    expect(dev_trans_start(dev)).toBe(jiffies());
    expect(marks()).toBe("1");
  });

  test("waits while the driver is stopped, in order", () => {
    fake.stop_after = 1;
    dev_queue_xmit(frame(1));
    expect(netif_tx_queue_stopped(netdev_get_tx_queue(dev, 0))).toBe(true);
    dev_queue_xmit(frame(2));
    dev_queue_xmit(frame(3));
    expect(fake.sent).toBe(1);
    expect(qdisc().q.qlen).toBe(2);
    expect(qdisc().qstats.backlog).toBe(120);
    local_bh_disable();
    netif_tx_wake_queue(netdev_get_tx_queue(dev, 0));
    expect(fake.sent).toBe(1, "NET_TX has not run");
    local_bh_enable();
    expect(fake.sent).toBe(3);
    expect(qdisc().q.qlen).toBe(0);
    expect(qdisc().qstats.backlog).toBe(0);
    expect(marks()).toBe("123");
  });

  test("drops what does not fit into tx_queue_len", () => {
    const live = kmem_live_objects();
    rtnl_lock();
    changetype<Qdisc>(netdev_get_tx_queue(dev, 0).qdisc).limit = 3;
    rtnl_unlock();
    netif_tx_stop_all_queues(dev);
    for (let i: u8 = 0; i < 3; i++) expect(dev_queue_xmit(frame(i))).toBe(0);
    expect(dev_queue_xmit(frame(9))).toBe(NET_XMIT_DROP);
    expect(qdisc().qstats.drops).toBe(1);
    netif_tx_wake_queue(netdev_get_tx_queue(dev, 0));
    local_bh_disable();
    local_bh_enable();
    expect(marks()).toBe("012");
    expect(kmem_live_objects()).toBe(live);
  });

  test("comes back first when the driver is busy", () => {
    fake.busy = 1;
    local_bh_disable();
    dev_queue_xmit(frame(1));
    expect(fake.sent).toBe(0);
    expect(qdisc().q.qlen).toBe(1);
    expect(qdisc().qstats.requeues).toBe(1);
    fake.busy = 0;
    dev_queue_xmit(frame(2));
    local_bh_enable();
    expect(fake.sent).toBe(2);
    expect(marks()).toBe("12");
  });

  test("says that more follows where byte limits allow a burst", () => {
    const txq = netdev_get_tx_queue(dev, 0);
    txq.dql.adj_limit = 1000;
    netif_tx_stop_all_queues(dev);
    for (let i: u8 = 0; i < 4; i++) dev_queue_xmit(frame(i));
    local_bh_disable();
    netif_tx_wake_queue(txq);
    local_bh_enable();
    expect(fake.sent).toBe(4);
    expect(fake.more).toBe(2, "the first had been offered to the driver, and comes back alone");
    expect(marks()).toBe("0123");
  });

  test("is over when the carrier goes, and what waited is lost", () => {
    netif_carrier_off(dev);
    netif_carrier_on(dev);
    rtnl_lock();
    linkwatch_run_queue();
    rtnl_unlock();
    const live = kmem_live_objects(); // a worker was made for the first event
    netif_tx_stop_all_queues(dev);
    dev_queue_xmit(frame(1));
    netif_carrier_off(dev);
    rtnl_lock();
    linkwatch_run_queue();
    rtnl_unlock();
    expect(qdisc().q.qlen).toBe(0);
    expect(netdev_get_tx_queue(dev, 0).qdisc).toBe(noop_qdisc);
    expect(dev_queue_xmit(frame(2))).not.toBe(0);
    expect(fake.sent).toBe(0);
    expect(kmem_live_objects()).toBe(live);
  });

  test("a queue that stays stopped makes the watchdog bark", () => {
    netif_tx_stop_all_queues(dev);
    dev_queue_xmit(frame(1));
    log_mark();
    pass(4000);
    expect(fake.timeouts).toBe(0);
    pass(3500);
    expect(fake.timeouts).toBe(1);
    expect(log_count()).toBe(1);
    expect(last_line().startsWith("eth0: NETDEV WATCHDOG: CPU: 0: transmit queue 0 timed out ")).toBe(true);
    netif_tx_wake_queue(netdev_get_tx_queue(dev, 0));
    local_bh_disable();
    local_bh_enable();
    expect(fake.sent).toBe(1);
    pass(10000);
    expect(fake.timeouts).toBe(1, "it sends");
  });

  test("frees from hard interrupts later", () => {
    const live = kmem_live_objects();
    const skb = frame(1);
    local_irq_disable();
    __dev_kfree_skb_irq(skb, 0);
    expect(kmem_live_objects()).toBeGreaterThan(live);
    local_irq_enable();
    local_bh_disable();
    local_bh_enable();
    expect(kmem_live_objects()).toBeLessThanOrEqual(live + 1, "data freed, the struct in the stock");
  });

  test("makes packets that the device can send", () => {
    // fragments, and a checksum to compute
    const skb = frame(1);
    skb_add_rx_frag(skb, 0, alloc_pages(GFP_KERNEL, 0), 0, 40, PAGE_SIZE);
    skb_partial_csum_set(skb, 34, 6);
    dev_queue_xmit(skb);
    let sent = changetype<sk_buff>(fake.kept);
    expect(sent.data_len).toBe(0, "no SG");
    expect(sent.len).toBe(100);
    expect(sent.ip_summed).toBe(0, "no checksum offload");
    expect(load<u16>(sent.data, 40)).not.toBe(0);
    marks();
    dev.features |= NETIF_F_SG | NETIF_F_HW_CSUM;
    const whole = frame(2);
    skb_add_rx_frag(whole, 0, alloc_pages(GFP_KERNEL, 0), 0, 40, PAGE_SIZE);
    skb_partial_csum_set(whole, 34, 6);
    dev_queue_xmit(whole);
    sent = changetype<sk_buff>(fake.kept);
    expect(skb_shinfo(sent).nr_frags).toBe(1);
    expect(sent.ip_summed).toBe(<u8>CHECKSUM_PARTIAL);
  });

  test("hands a packet to segment to a device that does it, checksum and all, and to no other", () => {
    dev.features |= NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO;
    const large = frame(1);
    skb_partial_csum_set(large, 34, 16);
    large.transport_header = 0;
    skb_shinfo(large).gso_size = 10;
    skb_shinfo(large).gso_type = SKB_GSO_TCPV4;
    dev_queue_xmit(large);
    expect(fake.sent).toBe(1);
    expect(<u32>changetype<sk_buff>(fake.kept).transport_header).toBe(32 + 34);
    const unsummed = frame(2);
    skb_shinfo(unsummed).gso_size = 10;
    skb_shinfo(unsummed).gso_type = SKB_GSO_TCPV4;
    dev_queue_xmit(unsummed);
    expect(fake.sent).toBe(1, "whoever segments sums");
    expect(marks()).toBe("1");
  });

  test("writes a VLAN tag that the device does not", () => {
    const skb = frame(1);
    skb.vlan_proto = bswap<u16>(<u16>ETH_P_8021Q);
    skb.vlan_tci = 0x2005;
    skb.vlan_present = 1;
    dev_queue_xmit(skb);
    let sent = changetype<sk_buff>(fake.kept);
    expect(sent.len).toBe(64);
    expect(load<u32>(sent.data, 12)).toBe(0x05200081);
    expect(load<u16>(sent.data, 16)).toBe(bswap<u16>(<u16>ETH_P_IP));
    expect(load<u16>(sent.data, 4)).toBe(load<u16>(fake_mac(), 4));
    marks();
    dev.features |= NETIF_F_HW_VLAN_CTAG_TX;
    dev.vlan_features |= NETIF_F_HW_VLAN_CTAG_TX;
    const tagged = frame(2);
    tagged.vlan_proto = bswap<u16>(<u16>ETH_P_8021Q);
    tagged.vlan_tci = 5;
    tagged.vlan_present = 1;
    dev_queue_xmit(tagged);
    sent = changetype<sk_buff>(fake.kept);
    expect(sent.len).toBe(60);
    expect(sent.vlan_present).toBe(1);
  });
});

/** Takes all memory that an object of `size` bytes could be in; the objects, linked through their first word. */
function take_memory(size: usize): usize {
  let taken: usize = 0;
  for (let one = __kmalloc(size, GFP_NOWAIT | __GFP_NOWARN); one; one = __kmalloc(size, GFP_NOWAIT | __GFP_NOWARN)) {
    store<usize>(one, taken);
    taken = one;
  }
  return taken;
}

/** Gives `count` of them back; what is left. */
function give_memory(taken: usize, count: i32): usize {
  while (taken && count--) {
    const next = load<usize>(taken);
    kfree(taken);
    taken = next;
  }
  return taken;
}

describe("several queues", () => {
  test("get a qdisc each or none; the next activation tries again", () => {
    boot_net();
    dev = fake_alloc(4);
    register_netdev(dev);
    rcu_barrier(); // the tests before
    const live = kmem_live_objects();
    rtnl_lock();
    let taken = take_memory(sizeof_Qdisc);
    taken = give_memory(taken, 2);
    expect(dev_open(dev, 0)).toBe(0);
    for (let i: u32 = 0; i < 4; i++) expect(netdev_get_tx_queue(dev, i).qdisc_sleeping).toBe(noop_qdisc);
    give_memory(taken, i32.MAX_VALUE);
    dev_close(dev);
    rcu_barrier();
    expect(kmem_live_objects()).toBe(live);
    expect(netdev_refcnt_read(dev)).toBe(2, "no qdisc holds it");
    dev_open(dev, 0);
    for (let i: u32 = 0; i < 4; i++) expect(netdev_get_tx_queue(dev, i).qdisc).not.toBe(noop_qdisc);
    rtnl_unlock();
    unregister_netdev(dev);
    free_netdev(dev);
  });

  test("each have their qdisc; those no longer used are emptied", () => {
    boot_net();
    dev = fake_alloc(4);
    register_netdev(dev);
    rtnl_lock();
    dev_open(dev, 0);
    const first = netdev_get_tx_queue(dev, 0).qdisc;
    expect(netdev_get_tx_queue(dev, 3).qdisc).not.toBe(first);
    expect(netif_set_real_num_tx_queues(dev, 5)).toBeLessThan(0);
    netif_tx_stop_all_queues(dev);
    const skb = frame(1);
    skb.queue_mapping = 4;
    dev_queue_xmit(skb);
    const third = changetype<Qdisc>(netdev_get_tx_queue(dev, 3).qdisc);
    expect(third.q.qlen).toBe(1, "the queue it came on");
    expect(netif_set_real_num_tx_queues(dev, 2)).toBe(0);
    expect(third.q.qlen).toBe(0);
    rtnl_unlock();
    unregister_netdev(dev);
    free_netdev(dev);
  });
});
