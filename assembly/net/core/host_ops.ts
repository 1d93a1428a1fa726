// What the host asks of interfaces: the work of `ip link`, `ip -s link` and ifconfig. All in task context; an interface
// is named by its number. Answers are 0 (or what is said) or a negative errno.

import { EINVAL, ENODEV, IFF_ALLMULTI, IFF_PROMISC, IFF_UP, net_device, sockaddr } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { list_next } from "../../lib/list";
import { seq_init } from "../../lib/seq_buf";
import { is_multicast_ether_addr } from "../ethernet/eth";
import { dev_mc_add_global, dev_mc_del_global } from "./dev_addr_lists";
import { dev_change_tx_queue_len, dev_set_mac_address, dev_set_mtu } from "./dev_config";
import { dev_change_flags, dev_get_flags } from "./dev_flags";
import { __dev_get_by_index, __dev_get_by_name } from "./dev_lookup";
import { dev_change_name } from "./dev_name";
import { netdev_info_text } from "./host_info";
import { dev_base_head, dev_of_link, init_net } from "./net_namespace";
import { text_done } from "./proc";
import { rtnl_lock, rtnl_unlock } from "./rtnl";

/** Operations of on_device. */
const UP: u32 = 1;
const DOWN: u32 = 2;
const MTU: u32 = 3;
const MAC: u32 = 4;
const PROMISC: u32 = 5;
const RENAME: u32 = 6;
const QLEN: u32 = 7;
const INFO: u32 = 8;
const ALLMULTI: u32 = 9;
const MC_ADD: u32 = 10;
const MC_DEL: u32 = 11;

/** Sets or clears flags as `ip link set` does. */
function set_flags(dev: net_device, on: u32, off: u32): i32 {
  return dev_change_flags(dev, (dev_get_flags(dev) | on) & ~off, 0);
}

function set_mac(dev: net_device, mac: usize): i32 {
  const room = stack_alloc(MAC_BYTES);
  const sa = changetype<sockaddr>(room);
  memory.fill(room, 0, MAC_BYTES);
  sa.sa_family = dev.type;
  memory.copy(sa.sa_data, mac, dev.addr_len);
  const err = dev_set_mac_address(dev, sa, 0);
  stack_free(MAC_BYTES);
  return err;
}

/** A struct sockaddr with the longest address. */
const MAC_BYTES: usize = 48;

function perform(dev: net_device, what: u32, arg: usize): i32 {
  switch (what) {
    case UP:
      return set_flags(dev, IFF_UP, 0);
    case DOWN:
      return set_flags(dev, 0, IFF_UP);
    case MTU:
      return dev_set_mtu(dev, <i32>arg);
    case MAC:
      return set_mac(dev, arg);
    case PROMISC:
      return arg ? set_flags(dev, IFF_PROMISC, 0) : set_flags(dev, 0, IFF_PROMISC);
    case ALLMULTI:
      return arg ? set_flags(dev, IFF_ALLMULTI, 0) : set_flags(dev, 0, IFF_ALLMULTI);
    case MC_ADD:
      return is_multicast_ether_addr(arg) ? dev_mc_add_global(dev, arg) : -EINVAL;
    case MC_DEL:
      return is_multicast_ether_addr(arg) ? dev_mc_del_global(dev, arg) : -EINVAL;
    case RENAME:
      return dev_change_name(dev, arg);
    case QLEN:
      return dev_change_tx_queue_len(dev, <u32>arg);
    default:
      netdev_info_text(dev, arg);
      return 0;
  }
}

function on_device(ifindex: i32, what: u32, arg: usize): i32 {
  rtnl_lock();
  const dev = __dev_get_by_index(init_net, ifindex);
  const err = changetype<usize>(dev) != 0 ? perform(dev, what, arg) : -ENODEV;
  rtnl_unlock();
  return err;
}

/** Host call. The number of the interface called `name`, 0 if there is none. */
export function kpi_netdev_by_name(name: usize): i32 {
  rtnl_lock();
  const dev = __dev_get_by_name(init_net, name);
  const ifindex = changetype<usize>(dev) != 0 ? dev.ifindex : 0;
  rtnl_unlock();
  return ifindex;
}

/** Host call. The number of the interface that follows `ifindex` in order of registration (0: the first), 0 after
 *  the last. */
export function kpi_netdev_next(ifindex: i32): i32 {
  rtnl_lock();
  const head = dev_base_head();
  let link = list_next(head);
  if (ifindex) {
    while (link != head && dev_of_link(link).ifindex != ifindex) link = list_next(link);
    if (link != head) link = list_next(link);
  }
  const next = link == head ? 0 : dev_of_link(link).ifindex;
  rtnl_unlock();
  return next;
}

/** Host call. ip link set up. */
export function kpi_netdev_up(ifindex: i32): i32 {
  return on_device(ifindex, UP, 0);
}

/** Host call. ip link set down. */
export function kpi_netdev_down(ifindex: i32): i32 {
  return on_device(ifindex, DOWN, 0);
}

/** Host call. ip link set mtu, in bytes. */
export function kpi_netdev_set_mtu(ifindex: i32, mtu: i32): i32 {
  return on_device(ifindex, MTU, mtu);
}

/** Host call. ip link set address: `mac` points to the 6 bytes. */
export function kpi_netdev_set_mac(ifindex: i32, mac: usize): i32 {
  return on_device(ifindex, MAC, mac);
}

/** Host call. ip link set promisc: `on` 1 or 0. */
export function kpi_netdev_set_promisc(ifindex: i32, on: u32): i32 {
  return on_device(ifindex, PROMISC, on);
}

/** Host call. ip link set allmulticast: `on` 1 or 0. */
export function kpi_netdev_set_allmulti(ifindex: i32, on: u32): i32 {
  return on_device(ifindex, ALLMULTI, on);
}

/** Host call. ip maddr add: one more user of the multicast address of 6 bytes at `mac`. -EINVAL: it is none. */
export function kpi_netdev_mc_add(ifindex: i32, mac: usize): i32 {
  return on_device(ifindex, MC_ADD, mac);
}

/** Host call. ip maddr del: one user less of the address that kpi_netdev_mc_add added. -ENOENT: it is not there. */
export function kpi_netdev_mc_del(ifindex: i32, mac: usize): i32 {
  return on_device(ifindex, MC_DEL, mac);
}

/** Host call. ip link set name, of an interface that is down: `name` is a C string. */
export function kpi_netdev_rename(ifindex: i32, name: usize): i32 {
  return on_device(ifindex, RENAME, name);
}

/** Host call. ip link set txqueuelen, in packets. */
export function kpi_netdev_set_qlen(ifindex: i32, len: u32): i32 {
  return on_device(ifindex, QLEN, len);
}

/** Host call. ip -s link: writes "name=value" lines into [buf, buf + size): name, ifindex, mtu, flags (hex, as users
 *  see them), operstate (RFC 2863 number), carrier, address, broadcast, qdisc, qlen, queued, drops, requeues,
 *  driver, bus, carrier_changes, and each member of struct rtnl_link_stats64. Returns the text's length or an errno;
 *  -ENOSPC: `size` is too small. */
export function kpi_netdev_info(ifindex: i32, buf: usize, size: u32): i32 {
  const s = seq_init(buf, size);
  const err = on_device(ifindex, INFO, s);
  return err < 0 ? err : text_done(s);
}
