// net/core/dev.c: interfaces come and go.

import {
  EBUSY,
  EINTR,
  EINVAL,
  EIO,
  ENOMEM,
  IFF_LOOPBACK,
  NETDEV_PCPU_STAT_DSTATS,
  NETDEV_PCPU_STAT_LSTATS,
  NETDEV_PCPU_STAT_NONE,
  NETDEV_PCPU_STAT_TSTATS,
  NETDEV_POST_INIT,
  NETDEV_REGISTER,
  NETDEV_UNREGISTER,
  NETIF_F_GSO_PARTIAL,
  NETIF_F_HIGHDMA,
  NETIF_F_HW_VLAN_CTAG_FILTER,
  NETIF_F_NOCACHE_COPY,
  NETIF_F_SG,
  NETIF_F_SOFT_FEATURES,
  NETIF_F_SOFT_FEATURES_OFF,
  NETIF_F_TSO,
  NETIF_F_TSO_MANGLEID,
  NETREG_DUMMY,
  NETREG_REGISTERED,
  NETREG_UNINITIALIZED,
  NETREG_UNREGISTERED,
  NETREG_UNREGISTERING,
  NET_ADDR_PERM,
  __LINK_STATE_PRESENT,
  __LINK_STATE_START,
  ethtool_ops,
  net,
  net_device,
  offsetof_net_device_unreg_list,
  sizeof_net_device,
  sizeof_pcpu_dstats,
  sizeof_pcpu_lstats,
  sizeof_pcpu_sw_netstats,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { DEBUG } from "../../flavour";
import { might_sleep } from "../../kernel/locking/might_sleep";
import { spin_lock_init } from "../../kernel/locking/spinlock";
import { BUG, WARN } from "../../kernel/panic";
import { synchronize_rcu } from "../../kernel/rcu";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_empty, list_move_tail, list_next } from "../../lib/list";
import { __alloc_percpu, free_percpu } from "../../mm/percpu";
import { ethtool_check_ops } from "../ethtool/common";
import { dev_init_scheduler, dev_shutdown } from "../sched/activate";
import { flush_all_backlogs } from "./backlog";
import { set_bit } from "./bits";
import { dev_mc_flush, dev_uc_flush } from "./dev_addr_lists";
import { __netdev_update_features } from "./dev_features";
import { __dev_get_by_index } from "./dev_lookup";
import { dev_get_valid_name } from "./dev_name";
import { dev_close_many } from "./dev_open";
import { linkwatch_init_dev } from "./link_watch";
import { dev_base_head, init_net } from "./net_namespace";
import { netdev_register_kobject, netdev_unregister_kobject } from "./net_sysfs";
import { dev_hold, dev_put, ops_of, state_of } from "./netdev";
import { call_netdevice_notifiers } from "./notifier";
import { notifier_to_errno } from "../../kernel/notifier";
import { list_del_rcu } from "./rculist";
import { ASSERT_RTNL, rtnl_lock, rtnl_lock_killable, rtnl_unlock } from "./rtnl";
import { net_set_todo } from "./todo";
import { netif_reset_xps_queues } from "./xps";

/** Per-CPU counters that the device asked for by pcpu_stat_type. 0 or -ENOMEM, -EINVAL. */
function alloc_pcpu_stats(dev: net_device): i32 {
  let size: usize = 0;
  switch (dev.pcpu_stat_type) {
    case NETDEV_PCPU_STAT_NONE:
      return 0;
    case NETDEV_PCPU_STAT_LSTATS:
      size = sizeof_pcpu_lstats;
      break;
    case NETDEV_PCPU_STAT_TSTATS:
      size = sizeof_pcpu_sw_netstats;
      break;
    case NETDEV_PCPU_STAT_DSTATS:
      size = sizeof_pcpu_dstats;
      break;
    default:
      return -EINVAL;
  }
  // lstats, tstats and dstats share one word
  dev.tstats = __alloc_percpu(size, 8);
  return dev.tstats ? 0 : -ENOMEM;
}

export function free_pcpu_stats(dev: net_device): void {
  if (dev.pcpu_stat_type == NETDEV_PCPU_STAT_NONE) return;
  free_percpu(dev.tstats);
  dev.tstats = 0;
}

function new_index(): i32 {
  const ns = changetype<net>(init_net);
  let ifindex = ns.ifindex;
  do {
    ifindex = ifindex == i32.MAX_VALUE ? 1 : ifindex + 1;
  } while (changetype<usize>(__dev_get_by_index(init_net, ifindex)) != 0);
  ns.ifindex = ifindex;
  return ifindex;
}

/** Software features everyone has; what the user may change; what is inherited by devices on top. */
function init_features(dev: net_device): void {
  dev.hw_features |= NETIF_F_SOFT_FEATURES | NETIF_F_SOFT_FEATURES_OFF;
  dev.features |= NETIF_F_SOFT_FEATURES;
  dev.wanted_features = dev.features & dev.hw_features;
  if (!(dev.flags & IFF_LOOPBACK)) dev.hw_features |= NETIF_F_NOCACHE_COPY;
  if (dev.hw_features & NETIF_F_TSO) dev.hw_features |= NETIF_F_TSO_MANGLEID;
  if (dev.vlan_features & NETIF_F_TSO) dev.vlan_features |= NETIF_F_TSO_MANGLEID;
  if (dev.mpls_features & NETIF_F_TSO) dev.mpls_features |= NETIF_F_TSO_MANGLEID;
  if (dev.hw_enc_features & NETIF_F_TSO) dev.hw_enc_features |= NETIF_F_TSO_MANGLEID;
  dev.vlan_features |= NETIF_F_HIGHDMA;
  dev.hw_enc_features |= NETIF_F_SG | NETIF_F_GSO_PARTIAL;
  dev.mpls_features |= NETIF_F_SG;
}

/** Undoes what register_device did before it failed. */
function unwind(dev: net_device, err: i32): i32 {
  free_pcpu_stats(dev);
  const ops = ops_of(dev);
  if (ops.ndo_uninit) call_indirect<void>(<u32>ops.ndo_uninit, changetype<usize>(dev));
  if (dev.priv_destructor) call_indirect<void>(<u32>dev.priv_destructor, changetype<usize>(dev));
  return err;
}

/** The driver's own initialisation, then counters and number. 0 or an errno. */
function init_device(dev: net_device): i32 {
  const ops = ops_of(dev);
  if (ops.ndo_init) {
    const err = call_indirect<i32>(<u32>ops.ndo_init, changetype<usize>(dev));
    if (err) return err > 0 ? -EIO : err;
  }
  const filter = ((dev.hw_features | dev.features) & NETIF_F_HW_VLAN_CTAG_FILTER) != 0;
  if (filter && (!ops.ndo_vlan_rx_add_vid || !ops.ndo_vlan_rx_kill_vid)) {
    WARN(cstr("Buggy VLAN acceleration in driver!"));
    return unwind(dev, -EINVAL);
  }
  let err = alloc_pcpu_stats(dev);
  if (err) return unwind(dev, err);
  if (dev.ifindex == 0) dev.ifindex = new_index();
  else if (changetype<usize>(__dev_get_by_index(init_net, dev.ifindex)) != 0) return unwind(dev, -EBUSY);
  init_features(dev);
  err = notifier_to_errno(call_netdevice_notifiers(NETDEV_POST_INIT, dev));
  if (err == 0) {
    err = netdev_register_kobject(dev);
    dev.reg_state = err ? NETREG_UNREGISTERED : NETREG_REGISTERED;
  }
  return err ? unwind(dev, err) : 0;
}

/** linux/netdevice.h. Makes a device an interface: name, ndo_init, number, features, sysfs; then NETDEV_REGISTER. 0
 *  or an errno, and the caller frees the device. Context: process, under RTNL. */
export function register_netdevice(dev: net_device): i32 {
  ASSERT_RTNL();
  if (DEBUG) might_sleep(cstr("register_netdevice"));
  if (dev.reg_state != NETREG_UNINITIALIZED) BUG(cstr("register_netdevice: the device was registered before"));
  let err = ethtool_check_ops(changetype<ethtool_ops>(dev.ethtool_ops));
  if (err) return err;
  spin_lock_init(changetype<usize>(dev.addr_list_lock));
  err = dev_get_valid_name(dev, dev.name);
  if (err) return err;
  err = init_device(dev);
  if (err) return err;

  __netdev_update_features(dev);
  set_bit(__LINK_STATE_PRESENT, state_of(dev));
  linkwatch_init_dev(dev);
  dev_init_scheduler(dev);
  dev_hold(dev);
  list_add_tail(changetype<usize>(dev.dev_list), dev_base_head());
  if (dev.addr_assign_type == NET_ADDR_PERM) memory.copy(dev.perm_addr, dev.dev_addr, dev.addr_len);

  err = notifier_to_errno(call_netdevice_notifiers(NETDEV_REGISTER, dev));
  if (err) {
    // the caller frees it
    dev.needs_free_netdev = false;
    unregister_netdevice_queue(dev, 0);
  }
  return err;
}

/** linux/netdevice.h. register_netdevice under RTNL, which it takes. 0, -EINTR for a task that is killed, or an error:
 *  -EEXIST if its name is taken. Context: process. */
export function register_netdev(dev: net_device): i32 {
  if (rtnl_lock_killable()) return -EINTR;
  const err = register_netdevice(dev);
  rtnl_unlock();
  return err;
}

@inline
function dev_of_unreg(link: usize): net_device {
  return changetype<net_device>(link - offsetof_net_device_unreg_list);
}

/** Sees that every device of the list may go, and brings those that are up down. */
function close_all(head: usize): void {
  const close = stack_alloc(16);
  INIT_LIST_HEAD(close);
  for (let link = list_next(head), next = list_next(link); link != head; link = next, next = list_next(link)) {
    const dev = dev_of_unreg(link);
    if (dev.reg_state == NETREG_UNINITIALIZED) {
      WARN(cstr("unregister_netdevice: the device never was registered"));
      list_del(link);
      continue;
    }
    if (dev.reg_state != NETREG_REGISTERED) BUG(cstr("unregister_netdevice: the device is not registered"));
    dev.dismantle = true;
    list_add_tail(changetype<usize>(dev.close_list), close);
  }
  dev_close_many(close, true);
  stack_free(16);
}

/** Nothing reaches the device any more: lets go of everything it has in the core. */
function dismantle(dev: net_device): void {
  dev_shutdown(dev);
  call_netdevice_notifiers(NETDEV_UNREGISTER, dev);
  dev_uc_flush(dev);
  dev_mc_flush(dev);
  netif_reset_xps_queues(dev, 0);
  const uninit = <u32>ops_of(dev).ndo_uninit;
  if (uninit) call_indirect<void>(uninit, changetype<usize>(dev));
  netdev_unregister_kobject(dev);
}

/** linux/netdevice.h. Unregisters the devices of a list through unreg_list; they end when RTNL is given up. Context:
 *  process, under RTNL. */
export function unregister_netdevice_many(head: usize): void {
  ASSERT_RTNL();
  if (list_empty(head)) return;
  close_all(head);
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const dev = dev_of_unreg(link);
    list_del_rcu(changetype<usize>(dev.dev_list));
    dev.reg_state = NETREG_UNREGISTERING;
  }
  flush_all_backlogs();
  synchronize_net();
  for (let link = list_next(head); link != head; link = list_next(link)) dismantle(dev_of_unreg(link));
  synchronize_net();
  for (let link = list_next(head); link != head; link = list_next(link)) {
    dev_put(dev_of_unreg(link));
    net_set_todo(dev_of_unreg(link));
  }
  list_del(head);
}

/** linux/netdevice.h. Unregisters a device, or puts it on the list `head` (if not null) for unregister_netdevice_many.
 *  Context: process, under RTNL. */
export function unregister_netdevice_queue(dev: net_device, head: usize): void {
  ASSERT_RTNL();
  const own = changetype<usize>(dev.unreg_list);
  if (head) {
    list_move_tail(own, head);
    return;
  }
  const single = stack_alloc(16);
  INIT_LIST_HEAD(single);
  list_move_tail(own, single);
  unregister_netdevice_many(single);
  stack_free(16);
}

/** linux/netdevice.h. unregister_netdevice under RTNL, which it takes; returns when nobody uses the device. Context:
 *  process. */
export function unregister_netdev(dev: net_device): void {
  rtnl_lock();
  unregister_netdevice_queue(dev, 0);
  rtnl_unlock();
}

/** linux/netdevice.h. Makes a cleared struct a device that only carries NAPI polls. 0. Context: any. */
export function init_dummy_netdev(dev: net_device): i32 {
  memory.fill(changetype<usize>(dev), 0, sizeof_net_device);
  dev.reg_state = NETREG_DUMMY;
  INIT_LIST_HEAD(changetype<usize>(dev.napi_list));
  set_bit(__LINK_STATE_PRESENT, state_of(dev));
  set_bit(__LINK_STATE_START, state_of(dev));
  dev.nd_net.net = init_net;
  return 0;
}

/** linux/netdevice.h. Waits until every receive path and sender that runs now is done. Context: process. */
export function synchronize_net(): void {
  if (DEBUG) might_sleep(cstr("synchronize_net"));
  synchronize_rcu();
}
