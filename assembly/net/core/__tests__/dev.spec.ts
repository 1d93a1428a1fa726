import {
  EADDRNOTAVAIL,
  EEXIST,
  EINVAL,
  ENODEV,
  ENOENT,
  IFF_ALLMULTI,
  IFF_PROMISC,
  IFF_RUNNING,
  IFF_UP,
  IF_OPER_DOWN,
  IF_OPER_UP,
  NETDEV_CHANGE,
  NETDEV_CHANGEADDR,
  NETDEV_CHANGEMTU,
  NETDEV_CHANGENAME,
  NETDEV_DOWN,
  NETDEV_REGISTER,
  NETDEV_UNREGISTER,
  NETDEV_UP,
  NETDEV_UNREGISTER as UNREGISTER,
  NETIF_F_IP_CSUM,
  NETIF_F_SG,
  NETIF_F_TSO,
  NETREG_REGISTERED,
  NETREG_UNREGISTERED,
  NOTIFY_BAD,
  NOTIFY_DONE,
  Qdisc,
  Qdisc_ops,
  net_device,
  net_device_ops,
  bus_type,
  dev_pm_ops,
  notifier_block,
  rtnl_link_stats64,
  sizeof_bus_type,
  sizeof_dev_pm_ops,
  sizeof_device,
  sizeof_net_device,
  sizeof_notifier_block,
  sizeof_rtnl_link_stats64,
} from "../../../abi";
import { to_device } from "../../../drivers/base/base";
import { device_register, device_unregister } from "../../../drivers/base/core";
import { pm_runtime_enable } from "../../../drivers/base/power/runtime_api";
import { kmem_live_objects } from "../../../mm/slab_common";
import { noop_qdisc } from "../../sched/qdisc";
import { alloc_netdev_mqs, free_netdev } from "../dev_alloc";
import { dev_addr_mod, dev_mc_add, dev_mc_del, dev_uc_add, dev_uc_add_excl, dev_uc_del } from "../dev_addr_lists";
import { dev_set_mtu } from "../dev_config";
import { netdev_update_features } from "../dev_features";
import { dev_change_flags, dev_get_flags, dev_set_allmulti, dev_set_promiscuity } from "../dev_flags";
import { __dev_get_by_index, __dev_get_by_name, dev_get_by_index, dev_get_by_name } from "../dev_lookup";
import { dev_alloc_name, dev_change_name, dev_valid_name } from "../dev_name";
import { dev_close, dev_open } from "../dev_open";
import { netif_device_attach, netif_device_detach } from "../dev_queues";
import { register_netdev, register_netdevice, unregister_netdev } from "../dev_register";
import { dev_core_stats_rx_dropped_inc, dev_get_stats } from "../dev_stats";
import {
  kpi_netdev_by_name,
  kpi_netdev_info,
  kpi_netdev_mc_add,
  kpi_netdev_mc_del,
  kpi_netdev_set_allmulti,
  kpi_netdev_set_mac,
  kpi_netdev_set_mtu,
  kpi_netdev_up,
} from "../host_ops";
import { linkwatch_run_queue, netif_carrier_off, netif_carrier_on } from "../link_watch";
import { dev_hold, dev_put, netdev_get_tx_queue, netif_carrier_ok, netif_tx_queue_stopped } from "../netdev";
import { init_net } from "../net_namespace";
import { register_netdevice_notifier, unregister_netdevice_notifier } from "../notifier";
import { netdev_pr } from "../printk";
import { proc_net_dev, proc_net_dev_mcast } from "../proc";
import { rtnl_is_locked, rtnl_lock, rtnl_trylock, rtnl_unlock } from "../rtnl";
import { netdev_refcnt_read } from "../todo";
import { devm_register_netdev } from "../../devres";
import { alloc_etherdev_mqs, eth_validate_addr, ether_setup } from "../../ethernet/eth";
import { seq_init, seq_text } from "../../../lib/seq_buf";
import { boot_net } from "../../../__tests__/boot";
import { last_line, str } from "../../../__tests__/log";
import { spec_net_event, spec_net_events } from "../../../__tests__/host";
import { fake, fake_alloc, fake_device, fake_mac } from "./fake";

const block = memory.data(<i32>sizeof_notifier_block, 8);
const seen: u32[] = [];
let answer: i32 = NOTIFY_DONE;

function notifier(nb: usize, event: u32, info: usize): i32 {
  seen.push(event);
  return answer;
}

function saw(event: u32): bool {
  return seen.includes(event);
}

/** Where the driver's data are: inline in Linux. */
function netdev_priv(dev: net_device): usize {
  return (changetype<usize>(dev) + sizeof_net_device + 31) & ~31;
}

/** Unregisters and frees. */
function gone(dev: net_device): void {
  unregister_netdev(dev);
  free_netdev(dev);
}

/** A parent that sleeps; its bus has the callback. */
const parent = memory.data(512, 8);
const bus = memory.data(128, 8);
const pm_ops = memory.data(128, 8);
let sleeper = changetype<net_device>(0);

function wake(d: usize): i32 {
  netif_device_attach(sleeper);
  return 0;
}

function forget(d: usize): void {}

function parent_add(): void {
  memory.fill(parent, 0, sizeof_device);
  memory.fill(bus, 0, sizeof_bus_type);
  memory.fill(pm_ops, 0, sizeof_dev_pm_ops);
  to_device(parent).init_name = cstr("nic");
  to_device(parent).release = forget.index;
  device_register(parent);
  changetype<dev_pm_ops>(pm_ops).runtime_resume = wake.index;
  changetype<bus_type>(bus).pm = pm_ops;
  to_device(parent).bus = bus; // behind the driver core's back
  pm_runtime_enable(parent);
}

function parent_del(): void {
  to_device(parent).bus = 0;
  device_unregister(parent);
}

describe("a net_device", () => {
  beforeEach(() => {
    boot_net();
    answer = NOTIFY_DONE;
    seen.length = 0;
  });

  test("has its private data behind it, aligned", () => {
    const dev = alloc_etherdev_mqs(100, 2, 3);
    expect(changetype<usize>(dev) & 31).toBe(0);
    expect(netdev_priv(dev) & 31).toBe(0);
    expect(netdev_priv(dev)).toBeGreaterThanOrEqual(changetype<usize>(dev) + sizeof_net_device);
    expect(load<u64>(netdev_priv(dev), 64)).toBe(0);
    expect(dev.num_tx_queues).toBe(2);
    expect(dev.real_num_rx_queues).toBe(3);
    expect(dev.mtu).toBe(1500);
    expect(dev.tx_queue_len).toBe(1000);
    expect(load<u32>(dev.broadcast)).toBe(0xffffffff);
    expect(netdev_refcnt_read(dev)).toBe(1);
    free_netdev(dev);
  });

  test("frees all it took", () => {
    gone(fake_device()); // whatever is made once
    const live = kmem_live_objects();
    gone(fake_device());
    expect(kmem_live_objects()).toBe(live);
    expect(changetype<usize>(alloc_netdev_mqs(0, cstr("x"), 0, ether_setup.index, 0, 1))).toBe(0, "no queues");
  });

  test("is named by the lowest free number", () => {
    const a = fake_device();
    const b = fake_device();
    expect(str(a.name)).toBe("eth0");
    expect(str(b.name)).toBe("eth1");
    gone(a);
    const c = fake_device();
    expect(str(c.name)).toBe("eth0");
    expect(c.ifindex).toBeGreaterThan(b.ifindex);
    rtnl_lock();
    const d = fake_alloc(1);
    expect(dev_alloc_name(d, cstr("lan%d"))).toBe(0);
    expect(str(d.name)).toBe("lan0");
    expect(dev_alloc_name(d, cstr("eth%d"))).toBe(2);
    expect(dev_alloc_name(d, cstr("bad%s"))).toBe(-EINVAL);
    expect(dev_alloc_name(d, cstr("a%d%d"))).toBe(-EINVAL);
    expect(dev_change_name(c, cstr("eth1"))).toBe(-EEXIST);
    expect(dev_change_name(c, cstr("wan"))).toBe(0);
    expect(changetype<usize>(__dev_get_by_name(init_net, cstr("wan")))).toBe(changetype<usize>(c));
    expect(changetype<usize>(__dev_get_by_name(init_net, cstr("eth0")))).toBe(0);
    rtnl_unlock();
    free_netdev(d);
    gone(b);
    gone(c);
    expect(dev_valid_name(cstr("a/b"))).toBe(false);
    expect(dev_valid_name(cstr("a b"))).toBe(false);
    expect(dev_valid_name(cstr(".."))).toBe(false);
    expect(dev_valid_name(cstr("sixteen-letters-"))).toBe(false);
    expect(dev_valid_name(cstr(""))).toBe(false);
    expect(dev_valid_name(cstr("fifteen-letters"))).toBe(true);
  });

  test("is found while registered, with a reference if asked", () => {
    const dev = fake_device();
    expect(dev.reg_state).toBe(NETREG_REGISTERED);
    expect(netdev_refcnt_read(dev)).toBe(2);
    expect(changetype<usize>(__dev_get_by_index(init_net, dev.ifindex))).toBe(changetype<usize>(dev));
    const again = dev_get_by_name(init_net, cstr("eth0"));
    expect(netdev_refcnt_read(dev)).toBe(3);
    dev_put(again);
    dev_put(dev_get_by_index(init_net, dev.ifindex));
    expect(kpi_netdev_by_name(cstr("eth0"))).toBe(dev.ifindex);
    const ifindex = dev.ifindex;
    unregister_netdev(dev);
    expect(dev.reg_state).toBe(NETREG_UNREGISTERED);
    expect(netdev_refcnt_read(dev)).toBe(1);
    expect(changetype<usize>(__dev_get_by_index(init_net, ifindex))).toBe(0);
    free_netdev(dev);
  });

  test("logs as Linux does", () => {
    const dev = fake_alloc(1);
    netdev_pr(cstr("\x016"), dev, cstr("hello %d\n"), 7);
    expect(last_line()).toBe("(unnamed net_device) (uninitialized): hello 7");
    register_netdev(dev);
    netdev_pr(cstr("\x016"), dev, cstr("link up\n"));
    expect(last_line()).toBe("eth0: link up");
    netdev_pr(cstr("\x016"), changetype<net_device>(0), cstr("who\n"));
    expect(last_line()).toBe("(NULL net_device): who");
    unregister_netdev(dev);
    netdev_pr(cstr("\x014"), dev, cstr("bye\n"));
    expect(last_line()).toBe("eth0 (unregistered): bye");
    free_netdev(dev);
  });

  test("goes up and down", () => {
    const dev = fake_device();
    rtnl_lock();
    expect(dev_open(dev, 0)).toBe(0);
    expect(fake.opened).toBe(1);
    expect(dev.flags & IFF_UP).not.toBe(0);
    expect(dev_open(dev, 0)).toBe(0);
    expect(fake.opened).toBe(1, "it is up");
    const txq = netdev_get_tx_queue(dev, 0);
    expect(txq.qdisc).toBe(txq.qdisc_sleeping);
    expect(str(changetype<Qdisc_ops>(changetype<Qdisc>(txq.qdisc).ops).id)).toBe("pfifo");
    dev_close(dev);
    expect(fake.stopped).toBe(1);
    expect(dev.flags & IFF_UP).toBe(0);
    expect(txq.qdisc).toBe(noop_qdisc);
    fake.open_result = -ENODEV;
    expect(dev_open(dev, 0)).toBe(-ENODEV);
    expect(dev.flags & IFF_UP).toBe(0);
    fake.open_result = 0;
    netif_device_detach(dev);
    expect(dev_open(dev, 0)).toBe(-ENODEV, "detached");
    netif_device_attach(dev);
    rtnl_unlock();
    gone(dev);
  });

  test("goes up though its parent slept, and detached it", () => {
    parent_add();
    sleeper = fake_alloc(1);
    sleeper.dev.parent = parent;
    expect(register_netdev(sleeper)).toBe(0);
    netif_device_detach(sleeper);
    expect(kpi_netdev_up(sleeper.ifindex)).toBe(0);
    expect(sleeper.flags & IFF_UP).toBe(IFF_UP);
    gone(sleeper);
    parent_del();
  });

  test("that is not managed is not registered as if it were", () => {
    parent_add();
    const own = fake_alloc(1);
    expect(devm_register_netdev(parent, own)).toBe(-EINVAL);
    free_netdev(own);
    parent_del();
  });

  test("refuses to go up with an address that is none", () => {
    const dev = fake_alloc(1);
    const zero = memory.data(8, 8);
    dev_addr_mod(dev, 0, zero, 6);
    changetype<net_device_ops>(dev.netdev_ops).ndo_validate_addr = eth_validate_addr.index;
    register_netdev(dev);
    rtnl_lock();
    expect(dev_open(dev, 0)).toBe(-EADDRNOTAVAIL);
    expect(fake.opened).toBe(0);
    dev_addr_mod(dev, 0, fake_mac(), 6);
    expect(dev_open(dev, 0)).toBe(0);
    rtnl_unlock();
    changetype<net_device_ops>(dev.netdev_ops).ndo_validate_addr = 0;
    gone(dev);
  });

  test("follows its carrier", () => {
    const dev = fake_alloc(1);
    netif_carrier_off(dev);
    register_netdev(dev);
    expect(dev.operstate).toBe(<u8>IF_OPER_DOWN);
    rtnl_lock();
    dev_open(dev, 0);
    const txq = netdev_get_tx_queue(dev, 0);
    expect(txq.qdisc).toBe(noop_qdisc, "no carrier");
    expect(dev_get_flags(dev) & IFF_RUNNING).toBe(0);
    netif_carrier_on(dev);
    expect(netif_carrier_ok(dev)).toBe(true);
    expect(txq.qdisc).toBe(noop_qdisc, "not yet");
    linkwatch_run_queue();
    expect(txq.qdisc).toBe(txq.qdisc_sleeping);
    expect(dev.operstate).toBe(<u8>IF_OPER_UP);
    expect(dev_get_flags(dev) & IFF_RUNNING).not.toBe(0);
    expect(spec_net_event(-1)).toBe(NETDEV_CHANGE);
    netif_carrier_off(dev);
    netif_carrier_off(dev);
    linkwatch_run_queue();
    expect(txq.qdisc).toBe(noop_qdisc);
    expect(load<i32>(changetype<usize>(dev.carrier_down_count))).toBe(1);
    rtnl_unlock();
    gone(dev);
  });

  test("tells notifiers, also late ones, and the host", () => {
    const nb = changetype<notifier_block>(block);
    nb.notifier_call = notifier.index;
    const dev = fake_device();
    rtnl_lock();
    dev_open(dev, 0);
    rtnl_unlock();
    expect(register_netdevice_notifier(nb)).toBe(0);
    expect(seen[0]).toBe(NETDEV_REGISTER);
    expect(seen[1]).toBe(NETDEV_UP);
    seen.length = 0;
    rtnl_lock();
    expect(dev_set_mtu(dev, 1400)).toBe(0);
    expect(dev.mtu).toBe(1400);
    expect(saw(NETDEV_CHANGEMTU)).toBe(true);
    expect(dev_set_mtu(dev, 9000)).toBe(-EINVAL);
    expect(last_line()).toBe("eth0: mtu greater than device maximum");
    answer = NOTIFY_BAD;
    expect(dev_set_mtu(dev, 1300)).toBeLessThan(0);
    expect(dev.mtu).toBe(1400, "refused");
    answer = NOTIFY_DONE;
    rtnl_unlock();
    const events = spec_net_events();
    unregister_netdevice_notifier(nb);
    expect(saw(NETDEV_UNREGISTER)).toBe(true, "all devices went, for it");
    expect(spec_net_events()).toBe(events);
    gone(dev);
    expect(spec_net_event(-1)).toBe(UNREGISTER);
    expect(spec_net_event(-2)).toBe(NETDEV_DOWN);
  });

  test("counts who wants every frame", () => {
    const dev = fake_device();
    rtnl_lock();
    dev_open(dev, 0);
    expect(dev_set_promiscuity(dev, 1)).toBe(0);
    expect(last_line()).toBe("device eth0 entered promiscuous mode");
    dev_set_promiscuity(dev, 1);
    dev_set_promiscuity(dev, -1);
    expect(dev.flags & IFF_PROMISC).not.toBe(0);
    dev_set_promiscuity(dev, -1);
    expect(dev.flags & IFF_PROMISC).toBe(0);
    expect(last_line()).toBe("device eth0 left promiscuous mode");
    dev_set_allmulti(dev, 1);
    expect(dev.flags & IFF_ALLMULTI).not.toBe(0);
    dev_set_allmulti(dev, -1);
    expect(dev_change_flags(dev, dev_get_flags(dev) | IFF_PROMISC, 0)).toBe(0);
    expect(dev.promiscuity).toBe(1);
    dev_change_flags(dev, dev_get_flags(dev) | IFF_PROMISC, 0);
    expect(dev.promiscuity).toBe(1, "one user, however often it says so");
    dev_change_flags(dev, dev_get_flags(dev) & ~(IFF_PROMISC | IFF_UP), 0);
    expect(dev.flags & (IFF_PROMISC | IFF_UP)).toBe(0);
    rtnl_unlock();
    gone(dev);
  });

  test("keeps address lists with counted users", () => {
    const dev = fake_device();
    rtnl_lock();
    dev_open(dev, 0);
    rtnl_unlock();
    const addr = memory.data<u8>([0x01, 0, 0x5e, 0, 0, 1, 0, 0]);
    fake.rx_modes = 0;
    expect(dev_mc_add(dev, addr)).toBe(0);
    expect(dev_mc_add(dev, addr)).toBe(0);
    expect(dev.mc.count).toBe(1);
    expect(fake.rx_modes).toBe(2);
    expect(dev_mc_del(dev, addr)).toBe(0);
    expect(dev.mc.count).toBe(1);
    expect(dev_mc_del(dev, addr)).toBe(0);
    expect(dev.mc.count).toBe(0);
    expect(dev_mc_del(dev, addr)).toBeLessThan(0);
    rtnl_lock();
    expect(dev_uc_add_excl(dev, addr)).toBe(0);
    expect(dev_uc_add_excl(dev, addr)).toBe(-EEXIST);
    expect(dev.flags & IFF_PROMISC).not.toBe(0, "a device that cannot filter");
    expect(dev_uc_add(dev, fake_mac())).toBe(0);
    dev_uc_del(dev, addr);
    expect(dev.flags & IFF_PROMISC).not.toBe(0);
    dev_uc_del(dev, fake_mac());
    expect(dev.flags & IFF_PROMISC).toBe(0);
    rtnl_unlock();
    gone(dev);
  });

  test("cuts features to what goes together", () => {
    const dev = fake_alloc(1);
    dev.hw_features = NETIF_F_SG | NETIF_F_IP_CSUM | NETIF_F_TSO;
    dev.features = dev.hw_features;
    register_netdev(dev);
    expect(dev.features & NETIF_F_TSO).not.toBe(0);
    rtnl_lock();
    dev.wanted_features &= ~NETIF_F_SG;
    netdev_update_features(dev);
    expect(dev.features & (NETIF_F_SG | NETIF_F_TSO)).toBe(0, "TSO needs SG");
    dev.wanted_features |= NETIF_F_SG;
    netdev_update_features(dev);
    expect(dev.features & NETIF_F_TSO).not.toBe(0);
    rtnl_unlock();
    gone(dev);
  });

  test("answers the host", () => {
    const dev = fake_device();
    const out = memory.data(4096, 8);
    expect(kpi_netdev_up(dev.ifindex)).toBe(0);
    expect(kpi_netdev_set_mtu(dev.ifindex, 1000)).toBe(0);
    expect(kpi_netdev_set_mtu(dev.ifindex, 10)).toBe(-EINVAL);
    expect(kpi_netdev_set_mac(dev.ifindex, fake_mac())).toBeLessThan(0, "no ndo_set_mac_address");
    expect(kpi_netdev_up(4711)).toBe(-ENODEV);
    expect(kpi_netdev_info(dev.ifindex, out, 64)).toBeLessThan(0, "too small");
    const length = kpi_netdev_info(dev.ifindex, out, 4096);
    const text = String.UTF8.decodeUnsafe(out, length);
    expect(text.includes("name=eth0\n")).toBe(true);
    expect(text.includes("mtu=1000\n")).toBe(true);
    expect(text.includes("address=52:54:00:12:34:56\n")).toBe(true);
    expect(text.includes("qdisc=pfifo\n")).toBe(true);
    expect(text.includes("carrier=1\n")).toBe(true);
    expect(text.includes("rx_otherhost_dropped=0\n")).toBe(true);
    gone(dev);
  });

  test("counts, and shows it in /proc/net/dev", () => {
    const dev = fake_device();
    dev.stats.rx_packets = 3;
    dev.stats.tx_bytes = 4000000000;
    dev_core_stats_rx_dropped_inc(dev);
    dev_core_stats_rx_dropped_inc(dev);
    const storage = memory.data(<i32>sizeof_rtnl_link_stats64, 8);
    const stats = changetype<rtnl_link_stats64>(dev_get_stats(dev, storage));
    expect(stats.rx_packets).toBe(3);
    expect(stats.tx_bytes).toBe(4000000000);
    expect(stats.rx_dropped).toBe(2);
    const s = seq_init(memory.data(2048, 8), 2048);
    proc_net_dev(s);
    const lines = str2(seq_text(s)).split("\n");
    const received = "  eth0:       0       3    0    2    0     0          0         0";
    expect(lines[2]).toBe(received + " 4000000000       0    0    0    0     0       0          0");
    gone(dev);
  });

  test("multicast addresses by hand, and /proc/net/dev_mcast", () => {
    const dev = fake_device();
    const group = memory.data<u8>([0x01, 0x00, 0x5e, 0x00, 0x00, 0xfb]);
    const single = memory.data<u8>([0x52, 0x54, 0x00, 0x00, 0x00, 0x01]);
    expect(kpi_netdev_mc_add(dev.ifindex, single)).toBe(-EINVAL);
    expect(kpi_netdev_mc_del(dev.ifindex, group)).toBe(-ENOENT);
    expect(kpi_netdev_mc_add(dev.ifindex, group)).toBe(0);
    expect(dev.mc.count).toBe(1);
    const s = seq_init(memory.data(512, 8), 512);
    proc_net_dev_mcast(s);
    expect(str(seq_text(s)).endsWith(" eth0            1     1     01005e0000fb\n")).toBe(true);
    expect(kpi_netdev_mc_del(dev.ifindex, group)).toBe(0);
    expect(dev.mc.count).toBe(0);
    expect(kpi_netdev_set_allmulti(dev.ifindex, 1)).toBe(0);
    expect(dev.allmulti).toBe(1);
    gone(dev);
  });

  test("RTNL is a lock", () => {
    expect(rtnl_is_locked()).toBe(false);
    expect(rtnl_trylock()).toBe(1);
    expect(rtnl_is_locked()).toBe(true);
    expect(rtnl_trylock()).toBe(0);
    rtnl_unlock();
    expect(rtnl_is_locked()).toBe(false);
  });
});

function str2(s: usize): string {
  return String.UTF8.decodeUnsafe(s, 2048, true);
}
