// net/core/dev.c: allocating and freeing devices.
//
//   kvzalloc ─▶ padding to 32 │ struct net_device │ to 32 │ the driver's private data
//                        ▲ dev->padded            netdev_priv(dev)

import {
  DEFAULT_TX_QUEUE_LEN,
  GFP_KERNEL,
  GRO_LEGACY_MAX_SIZE,
  GSO_LEGACY_MAX_SIZE,
  GSO_MAX_SEGS,
  HZ,
  IFF_NO_QUEUE,
  IFF_XMIT_DST_RELEASE,
  IFF_XMIT_DST_RELEASE_PERM,
  IFNAMSIZ,
  INIT_NETDEV_GROUP,
  NETDEV_ALIGN,
  NETREG_RELEASED,
  NETREG_UNINITIALIZED,
  NETREG_UNREGISTERED,
  NETREG_UNREGISTERING,
  NUMA_NO_NODE,
  TSO_LEGACY_MAX_SIZE,
  TSO_MAX_SEGS,
  __GFP_ZERO,
  napi_struct,
  net_device,
  netdev_rx_queue,
  offsetof_napi_struct_dev_list,
  offsetof_net_device_adj_list_lower,
  offsetof_net_device_adj_list_upper,
  sizeof_ethtool_ops,
  sizeof_net_device,
  sizeof_netdev_queue,
  sizeof_netdev_rx_queue,
} from "../../abi";
import { put_device } from "../../drivers/base/core";
import { DEBUG } from "../../flavour";
import { might_sleep } from "../../kernel/locking/might_sleep";
import { spin_lock_init } from "../../kernel/locking/spinlock";
import { BUG } from "../../kernel/panic";
import { pr } from "../../kernel/printk/printk";
import { dql_init } from "../../lib/dynamic_queue_limits";
import { INIT_LIST_HEAD, list_empty, list_next } from "../../lib/list";
import { strcpy, strlen } from "../../lib/string";
import { __alloc_percpu, free_percpu } from "../../mm/percpu";
import { kvfree, kvmalloc_node } from "../../mm/util";
import { dev_addr_flush, dev_addr_init, dev_mc_init, dev_uc_init } from "./dev_addr_lists";
import { __netif_napi_del } from "./napi";
import { init_net } from "./net_namespace";
import { dev_hold, netdev_get_tx_queue } from "./netdev";
import { ASSERT_RTNL } from "./rtnl";

/** Ethtool operations of a driver that has none. */
export const default_ethtool_ops: usize = memory.data(<i32>sizeof_ethtool_ops, 8);

@inline
function netdev_align(size: usize): usize {
  return (size + NETDEV_ALIGN - 1) & ~(<usize>NETDEV_ALIGN - 1);
}

/** Frees the memory of a device. */
export function netdev_freemem(dev: net_device): void {
  kvfree(changetype<usize>(dev) - dev.padded);
}

function alloc_tx_queues(dev: net_device, count: u32): bool {
  dev._tx = kvmalloc_node(count * sizeof_netdev_queue, GFP_KERNEL | __GFP_ZERO, NUMA_NO_NODE);
  if (dev._tx == 0) return false;
  dev.num_tx_queues = count;
  dev.real_num_tx_queues = count;
  for (let i: u32 = 0; i < count; i++) {
    const txq = netdev_get_tx_queue(dev, i);
    spin_lock_init(changetype<usize>(txq._xmit_lock));
    txq.xmit_lock_owner = -1;
    txq.dev = changetype<usize>(dev);
    dql_init(changetype<usize>(txq.dql), HZ);
  }
  spin_lock_init(changetype<usize>(dev.tx_global_lock));
  return true;
}

function alloc_rx_queues(dev: net_device, count: u32): bool {
  dev._rx = kvmalloc_node(count * sizeof_netdev_rx_queue, GFP_KERNEL | __GFP_ZERO, NUMA_NO_NODE);
  if (dev._rx == 0) return false;
  dev.num_rx_queues = count;
  dev.real_num_rx_queues = count;
  for (let i: u32 = 0; i < count; i++) {
    const rxq = changetype<netdev_rx_queue>(dev._rx + i * sizeof_netdev_rx_queue);
    rxq.dev = changetype<usize>(dev);
    rxq.xdp_rxq.dev = changetype<usize>(dev);
    rxq.xdp_rxq.queue_index = i;
  }
  return true;
}

function init_lists(dev: net_device): void {
  INIT_LIST_HEAD(changetype<usize>(dev.napi_list));
  INIT_LIST_HEAD(changetype<usize>(dev.unreg_list));
  INIT_LIST_HEAD(changetype<usize>(dev.close_list));
  INIT_LIST_HEAD(changetype<usize>(dev.link_watch_list));
  INIT_LIST_HEAD(changetype<usize>(dev) + offsetof_net_device_adj_list_upper);
  INIT_LIST_HEAD(changetype<usize>(dev) + offsetof_net_device_adj_list_lower);
  INIT_LIST_HEAD(changetype<usize>(dev.ptype_all));
  INIT_LIST_HEAD(changetype<usize>(dev.ptype_specific));
  INIT_LIST_HEAD(changetype<usize>(dev.net_notifier_list));
}

function init_limits(dev: net_device): void {
  dev.gso_max_size = GSO_LEGACY_MAX_SIZE;
  dev.gso_max_segs = <u16>GSO_MAX_SEGS;
  dev.gro_max_size = GRO_LEGACY_MAX_SIZE;
  dev.tso_max_size = TSO_LEGACY_MAX_SIZE;
  dev.tso_max_segs = <u16>TSO_MAX_SEGS;
  dev.upper_level = 1;
  dev.lower_level = 1;
}

/** Fills in a device whose memory, references and addresses are there. False if memory is out. */
function setup_device(dev: net_device, name: usize, assign: u32, setup: u32, txqs: u32, rxqs: u32): bool {
  dev.nd_net.net = init_net;
  init_limits(dev);
  init_lists(dev);
  dev.priv_flags = IFF_XMIT_DST_RELEASE | IFF_XMIT_DST_RELEASE_PERM;
  call_indirect<void>(setup, changetype<usize>(dev));
  if (dev.tx_queue_len == 0) {
    dev.priv_flags |= IFF_NO_QUEUE;
    dev.tx_queue_len = DEFAULT_TX_QUEUE_LEN;
  }
  if (!alloc_tx_queues(dev, txqs) || !alloc_rx_queues(dev, rxqs)) return false;
  strcpy(dev.name, name);
  dev.name_assign_type = <u8>assign;
  dev.group = INIT_NETDEV_GROUP;
  if (dev.ethtool_ops == 0) dev.ethtool_ops = default_ethtool_ops;
  return true;
}

/** linux/netdevice.h. Allocates a device with `sizeof_priv` bytes for the driver and `txqs` and `rxqs` queues,
 *  filled in by `setup`(dev). `name` may hold a %d, which registering replaces. Null on bad numbers or without
 *  memory; free with free_netdev. Context: process. */
export function alloc_netdev_mqs(
  sizeof_priv: i32,
  name: usize,
  name_assign_type: u32,
  setup: u32,
  txqs: u32,
  rxqs: u32,
): net_device {
  if (strlen(name) >= IFNAMSIZ) BUG(cstr("alloc_netdev: the name is too long"));
  if (txqs < 1 || rxqs < 1) {
    const what = txqs < 1 ? cstr("queues") : cstr("RX queues");
    pr(cstr("\x013alloc_netdev: Unable to allocate device with zero %s\n"), what);
    return changetype<net_device>(0);
  }
  const size = (sizeof_priv ? netdev_align(sizeof_net_device) + sizeof_priv : sizeof_net_device) + NETDEV_ALIGN - 1;
  const block = kvmalloc_node(size, GFP_KERNEL | __GFP_ZERO, NUMA_NO_NODE);
  if (block == 0) return changetype<net_device>(0);
  const dev = changetype<net_device>(netdev_align(block));
  dev.padded = <u16>(changetype<usize>(dev) - block);
  dev.pcpu_refcnt = __alloc_percpu(4, 4);
  if (dev.pcpu_refcnt == 0) {
    netdev_freemem(dev);
    return changetype<net_device>(0);
  }
  dev_hold(dev);
  if (dev_addr_init(dev)) {
    free_percpu(dev.pcpu_refcnt);
    netdev_freemem(dev);
    return changetype<net_device>(0);
  }
  dev_mc_init(dev);
  dev_uc_init(dev);
  if (!setup_device(dev, name, name_assign_type, setup, txqs, rxqs)) {
    free_netdev(dev);
    return changetype<net_device>(0);
  }
  return dev;
}

/** linux/netdevice.h. Frees a device that is not registered, or drops the last reference to one that was. Context:
 *  process. */
export function free_netdev(dev: net_device): void {
  if (DEBUG) might_sleep(cstr("free_netdev"));
  // after a registration that failed half way, the end of RTNL frees it
  if (dev.reg_state == NETREG_UNREGISTERING) {
    ASSERT_RTNL();
    dev.needs_free_netdev = true;
    return;
  }
  kvfree(dev._tx);
  kvfree(dev._rx);
  dev_addr_flush(dev);
  const napis = changetype<usize>(dev.napi_list);
  while (!list_empty(napis)) {
    __netif_napi_del(changetype<napi_struct>(list_next(napis) - offsetof_napi_struct_dev_list));
  }
  free_percpu(dev.pcpu_refcnt);
  dev.pcpu_refcnt = 0;
  free_percpu(dev.core_stats);
  dev.core_stats = 0;
  if (dev.reg_state == NETREG_UNINITIALIZED) {
    netdev_freemem(dev);
    return;
  }
  if (dev.reg_state != NETREG_UNREGISTERED) BUG(cstr("free_netdev: the device is still registered"));
  dev.reg_state = NETREG_RELEASED;
  // its release function frees the memory
  put_device(changetype<usize>(dev.dev));
}
