// net/core/dev.c: counters. A driver keeps its own or uses dev->stats; drops in the core are counted beside them.

import {
  GFP_ATOMIC,
  __GFP_NOWARN,
  net_device,
  net_device_core_stats,
  offsetof_net_device_core_stats,
  offsetof_net_device_core_stats_rx_dropped,
  offsetof_net_device_core_stats_rx_nohandler,
  offsetof_net_device_core_stats_tx_dropped,
  offsetof_pcpu_lstats_bytes,
  offsetof_pcpu_lstats_packets,
  offsetof_pcpu_sw_netstats_rx_bytes,
  offsetof_pcpu_sw_netstats_rx_packets,
  offsetof_pcpu_sw_netstats_tx_bytes,
  offsetof_pcpu_sw_netstats_tx_packets,
  rtnl_link_stats64,
  sizeof_net_device_core_stats,
  sizeof_net_device_stats,
  sizeof_rtnl_link_stats64,
} from "../../abi";
import { nr_cpu_ids } from "../../kernel/cpu";
import { __alloc_percpu_gfp, free_percpu, per_cpu_ptr, this_cpu_add_i32 } from "../../mm/percpu";
import { ops_of } from "./netdev";

/** The counters of net_device_stats: words, in the order of the first members of rtnl_link_stats64. */
const OLD_COUNTERS: u32 = sizeof_net_device_stats / 4;

/** linux/netdevice.h. Widens the words of a struct net_device_stats into a struct rtnl_link_stats64; the rest is 0.
 *  Context: any. */
export function netdev_stats_to_stats64(stats64: usize, stats: usize): void {
  memory.fill(stats64, 0, sizeof_rtnl_link_stats64);
  for (let i: u32 = 0; i < OLD_COUNTERS; i++) store<u64>(stats64 + i * 8, load<u32>(stats + i * 4));
}

/** linux/netdevice.h. The per-CPU drop counters of `dev`, allocated now if need be; null without memory. Context:
 *  any. */
export function netdev_core_stats_alloc(dev: net_device): usize {
  const fresh = __alloc_percpu_gfp(sizeof_net_device_core_stats, 4, GFP_ATOMIC | __GFP_NOWARN);
  const slot = changetype<usize>(dev) + offsetof_net_device_core_stats;
  if (fresh && atomic.cmpxchg<usize>(slot, 0, fresh)) free_percpu(fresh);
  return dev.core_stats;
}

/** Counts a packet dropped in the core. */
function count(dev: net_device, counter: usize): void {
  const stats = dev.core_stats ? dev.core_stats : netdev_core_stats_alloc(dev);
  if (stats) this_cpu_add_i32(stats + counter, 1);
}

@inline
export function dev_core_stats_rx_dropped_inc(dev: net_device): void {
  count(dev, offsetof_net_device_core_stats_rx_dropped);
}

@inline
export function dev_core_stats_tx_dropped_inc(dev: net_device): void {
  count(dev, offsetof_net_device_core_stats_tx_dropped);
}

@inline
export function dev_core_stats_rx_nohandler_inc(dev: net_device): void {
  count(dev, offsetof_net_device_core_stats_rx_nohandler);
}

/** linux/netdevice.h. Fills `storage` with the device's counters and the core's drops, and returns it. Context: any. */
export function dev_get_stats(dev: net_device, storage: usize): usize {
  const ops = ops_of(dev);
  if (ops.ndo_get_stats64) {
    memory.fill(storage, 0, sizeof_rtnl_link_stats64);
    call_indirect<void>(<u32>ops.ndo_get_stats64, changetype<usize>(dev), storage);
  } else if (ops.ndo_get_stats) {
    netdev_stats_to_stats64(storage, call_indirect<usize>(<u32>ops.ndo_get_stats, changetype<usize>(dev)));
  } else {
    netdev_stats_to_stats64(storage, changetype<usize>(dev.stats));
  }
  if (dev.core_stats == 0) return storage;
  const out = changetype<rtnl_link_stats64>(storage);
  for (let cpu: u32 = 0; cpu < load<u32>(nr_cpu_ids); cpu++) {
    const own = changetype<net_device_core_stats>(per_cpu_ptr(dev.core_stats, cpu));
    out.rx_dropped += own.rx_dropped;
    out.tx_dropped += own.tx_dropped;
    out.rx_nohandler += own.rx_nohandler;
    out.rx_otherhost_dropped += own.rx_otherhost_dropped;
  }
  return storage;
}

/** linux/netdevice.h. Adds per-CPU packet and byte counters (struct pcpu_sw_netstats) to `s`. Context: any. */
export function dev_fetch_sw_netstats(s: rtnl_link_stats64, netstats: usize): void {
  for (let cpu: u32 = 0; cpu < load<u32>(nr_cpu_ids); cpu++) {
    const own = per_cpu_ptr(netstats, cpu);
    s.rx_packets += load<u64>(own, offsetof_pcpu_sw_netstats_rx_packets);
    s.rx_bytes += load<u64>(own, offsetof_pcpu_sw_netstats_rx_bytes);
    s.tx_packets += load<u64>(own, offsetof_pcpu_sw_netstats_tx_packets);
    s.tx_bytes += load<u64>(own, offsetof_pcpu_sw_netstats_tx_bytes);
  }
}

/** linux/netdevice.h. An ndo_get_stats64 for devices that count in dev->stats and dev->tstats. Context: any. */
export function dev_get_tstats64(dev: net_device, s: rtnl_link_stats64): void {
  netdev_stats_to_stats64(changetype<usize>(s), changetype<usize>(dev.stats));
  dev_fetch_sw_netstats(s, dev.tstats);
}

/** linux/netdevice.h. Sums up a device's struct pcpu_lstats. Context: any. */
export function dev_lstats_read(dev: net_device, packets: usize, bytes: usize): void {
  store<u64>(packets, 0);
  store<u64>(bytes, 0);
  for (let cpu: u32 = 0; cpu < load<u32>(nr_cpu_ids); cpu++) {
    const lstats = per_cpu_ptr(dev.lstats, cpu);
    store<u64>(packets, load<u64>(packets) + load<u64>(lstats, offsetof_pcpu_lstats_packets));
    store<u64>(bytes, load<u64>(bytes) + load<u64>(lstats, offsetof_pcpu_lstats_bytes));
  }
}
