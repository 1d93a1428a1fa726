// net/core/dev_addr_lists.c: the three address lists of an interface: its own addresses, and the unicast and multicast
// addresses that it is to receive.

import {
  EINVAL,
  ENOENT,
  MAX_ADDR_LEN,
  NETDEV_CHANGEADDR,
  NETDEV_HW_ADDR_T_LAN,
  NETDEV_HW_ADDR_T_MULTICAST,
  NETDEV_HW_ADDR_T_UNICAST,
  net_device,
  netdev_hw_addr,
  netdev_hw_addr_list,
  offsetof_netdev_hw_addr_addr,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import {
  _raw_spin_lock,
  _raw_spin_lock_bh,
  _raw_spin_unlock,
  _raw_spin_unlock_bh,
} from "../../kernel/locking/spinlock";
import { WARN } from "../../kernel/panic";
import { memcmp } from "../../lib/memory";
import { dev_pre_changeaddr_notify } from "./dev_config";
import { __dev_set_rx_mode } from "./dev_flags";
import {
  EXCLUSIVE,
  GLOBAL,
  PLAIN,
  __hw_addr_add_ex,
  __hw_addr_del_ex,
  __hw_addr_flush,
  __hw_addr_init,
  __hw_addr_insert,
  __hw_addr_remove_node,
  __hw_addr_sync,
  __hw_addr_sync_multiple,
  __hw_addr_unsync,
  netdev_hw_addr_list_first,
} from "./hw_addr";
import { call_netdevice_notifiers } from "./notifier";
import { netdev_pr } from "./printk";
import { ASSERT_RTNL } from "./rtnl";

/** The driver reads dev->dev_addr, and only dev_addr_mod may write it: the shadow shows who did not keep to that. */
export function dev_addr_check(dev: net_device): void {
  if (dev.dev_addr == 0 || memcmp(dev.dev_addr, dev.dev_addr_shadow, MAX_ADDR_LEN) == 0) return;
  netdev_pr(cstr("\x014"), dev, cstr("Current addr:  %*ph\n"), MAX_ADDR_LEN, dev.dev_addr);
  netdev_pr(cstr("\x014"), dev, cstr("Expected addr: %*ph\n"), MAX_ADDR_LEN, dev.dev_addr_shadow);
  WARN(cstr("Incorrect netdev->dev_addr"));
}

/** Creates the list of own addresses with the first one, all zero, which dev->dev_addr points to. 0 or -ENOMEM. */
export function dev_addr_init(dev: net_device): i32 {
  __hw_addr_init(dev.dev_addrs);
  const zero = stack_alloc(MAX_ADDR_LEN);
  memory.fill(zero, 0, MAX_ADDR_LEN);
  const err = __hw_addr_add_ex(dev.dev_addrs, zero, MAX_ADDR_LEN, NETDEV_HW_ADDR_T_LAN, PLAIN, 0);
  stack_free(MAX_ADDR_LEN);
  if (err == 0) dev.dev_addr = netdev_hw_addr_list_first(dev.dev_addrs).addr;
  return err;
}

export function dev_addr_flush(dev: net_device): void {
  dev_addr_check(dev);
  __hw_addr_flush(dev.dev_addrs);
  dev.dev_addr = 0;
}

/** linux/netdevice.h. Writes `len` bytes at `offset` of the hardware address. Context: process, under RTNL or before
 *  the device is registered. */
export function dev_addr_mod(dev: net_device, offset: u32, addr: usize, len: usize): void {
  dev_addr_check(dev);
  const ha = changetype<netdev_hw_addr>(dev.dev_addr - offsetof_netdev_hw_addr_addr);
  __hw_addr_remove_node(dev.dev_addrs, ha);
  memory.copy(ha.addr + offset, addr, len);
  memory.copy(dev.dev_addr_shadow + offset, addr, len);
  if (!__hw_addr_insert(dev.dev_addrs, ha, dev.addr_len)) WARN(cstr("dev_addr_mod: the device has this address twice"));
}

/** linux/netdevice.h. Adds an own address, or a user of it. 0 or an errno. Context: process, under RTNL. */
export function dev_addr_add(dev: net_device, addr: usize, type: u32): i32 {
  ASSERT_RTNL();
  let err = dev_pre_changeaddr_notify(dev, addr, 0);
  if (err == 0) err = __hw_addr_add_ex(dev.dev_addrs, addr, dev.addr_len, type, PLAIN, 0);
  if (err == 0) call_netdevice_notifiers(NETDEV_CHANGEADDR, dev);
  return err;
}

/** linux/netdevice.h. Drops a user of an own address; the first address stays: -ENOENT. Context: process, under
 *  RTNL. */
export function dev_addr_del(dev: net_device, addr: usize, type: u32): i32 {
  ASSERT_RTNL();
  const first = netdev_hw_addr_list_first(dev.dev_addrs);
  if (memcmp(first.addr, addr, dev.addr_len) == 0 && first.type == type && first.refcount == 1) return -ENOENT;
  const err = __hw_addr_del_ex(dev.dev_addrs, addr, dev.addr_len, type, PLAIN);
  if (err == 0) call_netdevice_notifiers(NETDEV_CHANGEADDR, dev);
  return err;
}

// ── Unicast and multicast: the same on two lists, under addr_list_lock; the driver hears of each change ──

@inline
function addr_lock(dev: net_device): usize {
  return changetype<usize>(dev.addr_list_lock);
}

function add(dev: net_device, list: netdev_hw_addr_list, addr: usize, type: u32, how: u32): i32 {
  _raw_spin_lock_bh(addr_lock(dev));
  const err = __hw_addr_add_ex(list, addr, dev.addr_len, type, how, 0);
  if (err == 0) __dev_set_rx_mode(dev);
  _raw_spin_unlock_bh(addr_lock(dev));
  return err;
}

function del(dev: net_device, list: netdev_hw_addr_list, addr: usize, type: u32, how: u32): i32 {
  _raw_spin_lock_bh(addr_lock(dev));
  const err = __hw_addr_del_ex(list, addr, dev.addr_len, type, how);
  if (err == 0) __dev_set_rx_mode(dev);
  _raw_spin_unlock_bh(addr_lock(dev));
  return err;
}

function sync(
  to: net_device,
  from: net_device,
  to_list: netdev_hw_addr_list,
  from_list: netdev_hw_addr_list,
  multiple: bool,
): i32 {
  if (to.addr_len != from.addr_len) return -EINVAL;
  _raw_spin_lock(addr_lock(to));
  const err = multiple
    ? __hw_addr_sync_multiple(to_list, from_list, to.addr_len)
    : __hw_addr_sync(to_list, from_list, to.addr_len);
  if (err == 0) __dev_set_rx_mode(to);
  _raw_spin_unlock(addr_lock(to));
  return err;
}

function unsync(to: net_device, from: net_device, to_list: netdev_hw_addr_list, from_list: netdev_hw_addr_list): void {
  if (to.addr_len != from.addr_len) return;
  _raw_spin_lock_bh(addr_lock(from));
  _raw_spin_lock(addr_lock(to));
  __hw_addr_unsync(to_list, from_list, to.addr_len);
  __dev_set_rx_mode(to);
  _raw_spin_unlock(addr_lock(to));
  _raw_spin_unlock_bh(addr_lock(from));
}

/** linux/netdevice.h. Adds a unicast address to receive, or a user of it. 0 or an errno. Context: process, softirq. */
export function dev_uc_add(dev: net_device, addr: usize): i32 {
  return add(dev, dev.uc, addr, NETDEV_HW_ADDR_T_UNICAST, PLAIN);
}

/** linux/netdevice.h. As dev_uc_add; -EEXIST if the address is there. Context: process, softirq. */
export function dev_uc_add_excl(dev: net_device, addr: usize): i32 {
  return add(dev, dev.uc, addr, NETDEV_HW_ADDR_T_UNICAST, GLOBAL | EXCLUSIVE);
}

/** linux/netdevice.h. Drops a user of a unicast address. 0 or -ENOENT. Context: process, softirq. */
export function dev_uc_del(dev: net_device, addr: usize): i32 {
  return del(dev, dev.uc, addr, NETDEV_HW_ADDR_T_UNICAST, PLAIN);
}

/** linux/netdevice.h. Drops all unicast addresses. Context: process, softirq. */
export function dev_uc_flush(dev: net_device): void {
  _raw_spin_lock_bh(addr_lock(dev));
  __hw_addr_flush(dev.uc);
  _raw_spin_unlock_bh(addr_lock(dev));
}

/** linux/netdevice.h. Makes the unicast list empty, for a new device. Context: process. */
export function dev_uc_init(dev: net_device): void {
  __hw_addr_init(dev.uc);
}

/** linux/netdevice.h. Hands the unicast addresses of `from` down to `to`, its only lower device. 0 or an errno.
 *  Context: any, `from` locked. */
export function dev_uc_sync(to: net_device, from: net_device): i32 {
  return sync(to, from, to.uc, from.uc, false);
}

/** linux/netdevice.h. As dev_uc_sync where `from` has several lower devices. Context: any, `from` locked. */
export function dev_uc_sync_multiple(to: net_device, from: net_device): i32 {
  return sync(to, from, to.uc, from.uc, true);
}

/** linux/netdevice.h. Takes back what dev_uc_sync handed down. Context: process, softirq. */
export function dev_uc_unsync(to: net_device, from: net_device): void {
  unsync(to, from, to.uc, from.uc);
}

/** linux/netdevice.h. Adds a multicast address to receive, or a user of it. 0 or an errno. Context: process,
 *  softirq. */
export function dev_mc_add(dev: net_device, addr: usize): i32 {
  return add(dev, dev.mc, addr, NETDEV_HW_ADDR_T_MULTICAST, PLAIN);
}

/** linux/netdevice.h. As dev_mc_add, at most once for all of the namespace's users together. Context: process,
 *  softirq. */
export function dev_mc_add_global(dev: net_device, addr: usize): i32 {
  return add(dev, dev.mc, addr, NETDEV_HW_ADDR_T_MULTICAST, GLOBAL);
}

/** linux/netdevice.h. As dev_mc_add; -EEXIST if the address is there. Context: process, softirq. */
export function dev_mc_add_excl(dev: net_device, addr: usize): i32 {
  return add(dev, dev.mc, addr, NETDEV_HW_ADDR_T_MULTICAST, GLOBAL | EXCLUSIVE);
}

/** linux/netdevice.h. Drops a user of a multicast address. 0 or -ENOENT. Context: process, softirq. */
export function dev_mc_del(dev: net_device, addr: usize): i32 {
  return del(dev, dev.mc, addr, NETDEV_HW_ADDR_T_MULTICAST, PLAIN);
}

/** linux/netdevice.h. Drops the use that dev_mc_add_global made. 0 or -ENOENT. Context: process, softirq. */
export function dev_mc_del_global(dev: net_device, addr: usize): i32 {
  return del(dev, dev.mc, addr, NETDEV_HW_ADDR_T_MULTICAST, GLOBAL);
}

/** linux/netdevice.h. Drops all multicast addresses. Context: process, softirq. */
export function dev_mc_flush(dev: net_device): void {
  _raw_spin_lock_bh(addr_lock(dev));
  __hw_addr_flush(dev.mc);
  _raw_spin_unlock_bh(addr_lock(dev));
}

/** linux/netdevice.h. Makes the multicast list empty, for a new device. Context: process. */
export function dev_mc_init(dev: net_device): void {
  __hw_addr_init(dev.mc);
}

/** linux/netdevice.h. Hands the multicast addresses of `from` down to `to`, its only lower device. 0 or an errno.
 *  Context: any, `from` locked. */
export function dev_mc_sync(to: net_device, from: net_device): i32 {
  return sync(to, from, to.mc, from.mc, false);
}

/** linux/netdevice.h. As dev_mc_sync where `from` has several lower devices. Context: any, `from` locked. */
export function dev_mc_sync_multiple(to: net_device, from: net_device): i32 {
  return sync(to, from, to.mc, from.mc, true);
}

/** linux/netdevice.h. Takes back what dev_mc_sync handed down. Context: process, softirq. */
export function dev_mc_unsync(to: net_device, from: net_device): void {
  unsync(to, from, to.mc, from.mc);
}
