// net/core/dev.c: interfaces above interfaces: each knows its direct uppers and lowers, one of them perhaps its master.

import {
  EBUSY,
  EEXIST,
  EMLINK,
  ENOMEM,
  GFP_KERNEL,
  IF_OPER_DORMANT,
  IF_OPER_TESTING,
  NETDEV_CHANGELOWERSTATE,
  NETDEV_CHANGEUPPER,
  NETDEV_PRECHANGEUPPER,
  __LINK_STATE_DORMANT,
  __LINK_STATE_TESTING,
  list_head,
  net_device,
  netdev_notifier_changelowerstate_info,
  netdev_notifier_changeupper_info,
  offsetof_net_device_adj_list_lower,
  offsetof_net_device_adj_list_upper,
} from "../../abi";
import { notifier_to_errno } from "../../kernel/notifier";
import { list_add, list_add_tail, list_del, list_empty, list_next } from "../../lib/list";
import { kzalloc } from "../../mm/kmalloc";
import { kfree } from "../../mm/slub";
import { clear_bit, set_bit, test_bit } from "./bits";
import { linkwatch_fire_event, netif_carrier_off, netif_carrier_on } from "./link_watch";
import { dev_hold, dev_put, netif_carrier_ok, state_of } from "./netdev";
import { call_netdevice_notifiers_info, info_alloc, info_free } from "./notifier";
import { ASSERT_RTNL } from "./rtnl";

/** Interfaces above each other, at most (MAX_NEST_DEV). */
const MAX_NEST: u32 = 8;

/** struct netdev_adjacent: a neighbour in one list. */
@unmanaged
class Adjacent {
  list: list_head;
  list_prev: usize;
  dev: usize;
  master: bool;
  priv: usize;
}

@inline
function uppers(dev: net_device): usize {
  return changetype<usize>(dev) + offsetof_net_device_adj_list_upper;
}

@inline
function lowers(dev: net_device): usize {
  return changetype<usize>(dev) + offsetof_net_device_adj_list_lower;
}

@inline
function adjacent(link: usize): Adjacent {
  return changetype<Adjacent>(link);
}

@inline
function dev_of(link: usize): net_device {
  return changetype<net_device>(adjacent(link).dev);
}

function find(head: usize, dev: net_device): usize {
  for (let link = list_next(head); link != head; link = list_next(link)) {
    if (adjacent(link).dev == changetype<usize>(dev)) return link;
  }
  return 0;
}

/** Whether `upper` is above `dev`, however far. */
function is_above(dev: net_device, upper: net_device): bool {
  const head = uppers(dev);
  for (let link = list_next(head); link != head; link = list_next(link)) {
    if (dev_of(link) == upper || is_above(dev_of(link), upper)) return true;
  }
  return false;
}

/** How many interfaces are above (or below) each other from here: those that stand alone are 1. */
function height(dev: net_device, up: bool): u32 {
  const head = up ? uppers(dev) : lowers(dev);
  let most: u32 = 0;
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const own = height(dev_of(link), up);
    if (own > most) most = own;
  }
  return most + 1;
}

/** Writes the levels of `dev` and all that are above (or below) it. */
function update_levels(dev: net_device, up: bool): void {
  if (up) dev.lower_level = <u8>height(dev, false);
  else dev.upper_level = <u8>height(dev, true);
  const head = up ? uppers(dev) : lowers(dev);
  for (let link = list_next(head); link != head; link = list_next(link)) update_levels(dev_of(link), up);
}

function insert(head: usize, dev: net_device, master: bool, priv: usize): bool {
  const adj = changetype<Adjacent>(kzalloc(offsetof<Adjacent>(), GFP_KERNEL));
  if (changetype<usize>(adj) == 0) return false;
  adj.dev = changetype<usize>(dev);
  adj.master = master;
  adj.priv = priv;
  dev_hold(dev);
  // the master is the first
  if (master) list_add(changetype<usize>(adj), head);
  else list_add_tail(changetype<usize>(adj), head);
  return true;
}

function remove(head: usize, dev: net_device): void {
  const link = find(head, dev);
  if (!link) return;
  list_del(link);
  dev_put(dev);
  kfree(link);
}

function notify(event: u32, dev: net_device, upper: net_device, master: bool, linking: bool, upper_info: usize): i32 {
  const info = info_alloc(dev);
  const change = changetype<netdev_notifier_changeupper_info>(info);
  change.upper_dev = changetype<usize>(upper);
  change.master = master;
  change.linking = linking;
  change.upper_info = upper_info;
  const err = notifier_to_errno(call_netdevice_notifiers_info(event, info));
  info_free();
  return err;
}

function unlink(dev: net_device, upper: net_device): void {
  remove(uppers(dev), upper);
  remove(lowers(upper), dev);
}

function link_(dev: net_device, upper: net_device, master: bool, upper_priv: usize, upper_info: usize): i32 {
  ASSERT_RTNL();
  if (dev == upper || is_above(upper, dev)) return -EBUSY;
  if (<u32>dev.lower_level + <u32>upper.upper_level > MAX_NEST) return -EMLINK;
  if (master) {
    const known = netdev_master_upper_dev_get(dev);
    if (changetype<usize>(known) != 0) return known == upper ? -EEXIST : -EBUSY;
  } else if (is_above(dev, upper)) {
    return -EEXIST;
  }
  let err = notify(NETDEV_PRECHANGEUPPER, dev, upper, master, true, upper_info);
  if (err) return err;
  if (!insert(uppers(dev), upper, master, upper_priv) || !insert(lowers(upper), dev, false, upper_priv)) {
    unlink(dev, upper);
    return -ENOMEM;
  }
  err = notify(NETDEV_CHANGEUPPER, dev, upper, master, true, upper_info);
  if (err) {
    unlink(dev, upper);
    return err;
  }
  update_levels(dev, false);
  update_levels(upper, true);
  return 0;
}

/** linux/netdevice.h. Puts `upper_dev` above `dev`; each holds the other. 0, -EBUSY if that made a ring, -EMLINK, -EEXIST,
 *  -ENOMEM or a notifier's refusal. Context: process, under RTNL. */
export function netdev_upper_dev_link(dev: net_device, upper_dev: net_device, extack: usize): i32 {
  return link_(dev, upper_dev, false, 0, 0);
}

/** linux/netdevice.h. As netdev_upper_dev_link, as the one master of `dev`: -EBUSY if it has another. Context: process,
 *  under RTNL. */
export function netdev_master_upper_dev_link(
  dev: net_device,
  upper_dev: net_device,
  upper_priv: usize,
  upper_info: usize,
  extack: usize,
): i32 {
  return link_(dev, upper_dev, true, upper_priv, upper_info);
}

/** linux/netdevice.h. Undoes netdev_upper_dev_link. Context: process, under RTNL. */
export function netdev_upper_dev_unlink(dev: net_device, upper_dev: net_device): void {
  ASSERT_RTNL();
  const master = netdev_master_upper_dev_get(dev) == upper_dev;
  notify(NETDEV_PRECHANGEUPPER, dev, upper_dev, master, false, 0);
  unlink(dev, upper_dev);
  notify(NETDEV_CHANGEUPPER, dev, upper_dev, master, false, 0);
  update_levels(dev, false);
  update_levels(upper_dev, true);
}

/** linux/netdevice.h. Whether `upper_dev` is directly or indirectly above `dev`. Context: process, under RTNL. */
export function netdev_has_upper_dev(dev: net_device, upper_dev: net_device): bool {
  ASSERT_RTNL();
  return is_above(dev, upper_dev);
}

/** linux/netdevice.h. Whether anything is above `dev`. Context: process, under RTNL. */
export function netdev_has_any_upper_dev(dev: net_device): bool {
  ASSERT_RTNL();
  return !list_empty(uppers(dev));
}

/** linux/netdevice.h. The master of `dev`, or null. Context: process, under RTNL. */
export function netdev_master_upper_dev_get(dev: net_device): net_device {
  const head = uppers(dev);
  const first = list_next(head);
  return changetype<net_device>(first != head && adjacent(first).master ? adjacent(first).dev : 0);
}

/** linux/netdevice.h. As netdev_master_upper_dev_get. Context: any, under rcu_read_lock. */
export function netdev_master_upper_dev_get_rcu(dev: net_device): net_device {
  return netdev_master_upper_dev_get(dev);
}

/** linux/netdevice.h. The next device below `dev`, or null; `iter` points to the place in the list. Context: process, under
 *  RTNL. */
export function netdev_lower_get_next(dev: net_device, iter: usize): net_device {
  const link = load<usize>(iter);
  if (link == lowers(dev)) return changetype<net_device>(0);
  store<usize>(iter, list_next(link));
  return dev_of(link);
}

/** linux/netdevice.h. The next device above `dev`, or null; `iter` points to the place in the list. Context: any, under
 *  rcu_read_lock. */
export function netdev_upper_get_next_dev_rcu(dev: net_device, iter: usize): net_device {
  const link = list_next(load<usize>(iter));
  if (link == uppers(dev)) return changetype<net_device>(0);
  store<usize>(iter, link);
  return dev_of(link);
}

/** Sets a bit of the link's state, and has it looked at if that changed it. */
function set_state(dev: net_device, bit: u32, on: bool): void {
  if (test_bit(bit, state_of(dev)) == on) return;
  if (on) set_bit(bit, state_of(dev));
  else clear_bit(bit, state_of(dev));
  linkwatch_fire_event(dev);
}

/** linux/netdevice.h. Gives `dev`, which is above `rootdev`, the same carrier and state of the link. Context: process. */
export function netif_stacked_transfer_operstate(rootdev: net_device, dev: net_device): void {
  set_state(dev, __LINK_STATE_DORMANT, rootdev.operstate == IF_OPER_DORMANT);
  set_state(dev, __LINK_STATE_TESTING, rootdev.operstate == IF_OPER_TESTING);
  if (netif_carrier_ok(rootdev)) netif_carrier_on(dev);
  else netif_carrier_off(dev);
}

/** linux/netdevice.h. Tells all notifiers that the state of a device below others changed; what it is is the struct at
 *  `lower_state_info`, theirs to know. Context: process, under RTNL. */
export function netdev_lower_state_changed(lower_dev: net_device, lower_state_info: usize): void {
  const info = info_alloc(lower_dev);
  changetype<netdev_notifier_changelowerstate_info>(info).lower_state_info = lower_state_info;
  call_netdevice_notifiers_info(NETDEV_CHANGELOWERSTATE, info);
  info_free();
}
