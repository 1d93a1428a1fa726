// net/core/dev.c: interface flags, and what a device is to receive.

import {
  EOVERFLOW,
  IFF_ALLMULTI,
  IFF_AUTOMEDIA,
  IFF_DEBUG,
  IFF_DORMANT,
  IFF_DYNAMIC,
  IFF_LOWER_UP,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_NOTRAILERS,
  IFF_PORTSEL,
  IFF_PROMISC,
  IFF_RUNNING,
  IFF_UNICAST_FLT,
  IFF_UP,
  IFF_VOLATILE,
  NETDEV_CHANGE,
  NETDEV_DOWN,
  NETDEV_UP,
  net_device,
} from "../../abi";
import { _raw_spin_lock_bh, _raw_spin_unlock_bh } from "../../kernel/locking/spinlock";
import { DEBUG } from "../../flavour";
import { callback_enter, callback_leave } from "../../kernel/debug/callback";
import { pr } from "../../kernel/printk/printk";
import { __dev_close, __dev_open } from "./dev_open";
import { netif_carrier_ok, netif_device_present, netif_dormant, netif_oper_up, netif_running, ops_of } from "./netdev";
import { call_netdevice_notifiers, call_netdevice_notifiers_ext } from "./notifier";
import { netdev_pr } from "./printk";
import { ASSERT_RTNL } from "./rtnl";

/** Flags that the user sets and the device takes as they are. */
const SETTABLE: u32 =
  IFF_DEBUG | IFF_NOTRAILERS | IFF_NOARP | IFF_DYNAMIC | IFF_MULTICAST | IFF_PORTSEL | IFF_AUTOMEDIA;
/** Flags that have a count or a procedure of their own. */
const KEPT: u32 = IFF_UP | IFF_VOLATILE | IFF_PROMISC | IFF_ALLMULTI;

function change_rx_flags(dev: net_device, flags: i32): void {
  const fn = <u32>ops_of(dev).ndo_change_rx_flags;
  if (fn) call_indirect<void>(fn, changetype<usize>(dev), flags);
}

/** Tells the driver what to receive. A device that cannot filter unicast addresses is promiscuous while it has any. The
 *  caller holds addr_list_lock. */
export function __dev_set_rx_mode(dev: net_device): void {
  if (!(dev.flags & IFF_UP) || !netif_device_present(dev)) return;
  if (!(dev.priv_flags & IFF_UNICAST_FLT)) {
    const wanted = dev.uc.count != 0;
    if (wanted != dev.uc_promisc) {
      set_promiscuity(dev, wanted ? 1 : -1, false);
      dev.uc_promisc = wanted;
    }
  }
  const fn = <u32>ops_of(dev).ndo_set_rx_mode;
  if (!fn) return;
  const state = callback_enter();
  call_indirect<void>(fn, changetype<usize>(dev));
  if (DEBUG) callback_leave(state, fn);
}

export function dev_set_rx_mode(dev: net_device): void {
  const lock = changetype<usize>(dev.addr_list_lock);
  _raw_spin_lock_bh(lock);
  __dev_set_rx_mode(dev);
  _raw_spin_unlock_bh(lock);
}

function set_promiscuity(dev: net_device, inc: i32, notify: bool): i32 {
  ASSERT_RTNL();
  const old_flags = dev.flags;
  dev.flags |= IFF_PROMISC;
  dev.promiscuity += inc;
  if (dev.promiscuity == 0) {
    if (inc > 0) {
      dev.promiscuity -= inc;
      netdev_pr(
        cstr("\x014"),
        dev,
        cstr("promiscuity touches roof, set promiscuity failed. promiscuity feature of device might be broken.\n"),
      );
      return -EOVERFLOW;
    }
    dev.flags &= ~IFF_PROMISC;
  }
  if (dev.flags != old_flags) {
    const what = dev.flags & IFF_PROMISC ? cstr("entered") : cstr("left");
    pr(cstr("\x016device %s %s promiscuous mode\n"), dev.name, what);
    change_rx_flags(dev, IFF_PROMISC);
  }
  if (notify) __dev_notify_flags(dev, old_flags);
  return 0;
}

/** linux/netdevice.h. Adds `inc` to the users that want every frame; the device is promiscuous while there are any.
 *  0 or -EOVERFLOW. Context: process, under RTNL. */
export function dev_set_promiscuity(dev: net_device, inc: i32): i32 {
  const old_flags = dev.flags;
  const err = set_promiscuity(dev, inc, true);
  if (err == 0 && dev.flags != old_flags) dev_set_rx_mode(dev);
  return err;
}

function set_allmulti(dev: net_device, inc: i32, notify: bool): i32 {
  ASSERT_RTNL();
  const old_flags = dev.flags;
  dev.flags |= IFF_ALLMULTI;
  dev.allmulti += inc;
  if (dev.allmulti == 0) {
    if (inc > 0) {
      dev.allmulti -= inc;
      netdev_pr(
        cstr("\x014"),
        dev,
        cstr("allmulti touches roof, set allmulti failed. allmulti feature of device might be broken.\n"),
      );
      return -EOVERFLOW;
    }
    dev.flags &= ~IFF_ALLMULTI;
  }
  if (dev.flags != old_flags) {
    change_rx_flags(dev, IFF_ALLMULTI);
    dev_set_rx_mode(dev);
    if (notify) __dev_notify_flags(dev, old_flags);
  }
  return 0;
}

/** linux/netdevice.h. Adds `inc` to the users that want every multicast frame. 0 or -EOVERFLOW. Context: process, under
 *  RTNL. */
export function dev_set_allmulti(dev: net_device, inc: i32): i32 {
  return set_allmulti(dev, inc, true);
}

/** linux/netdevice.h. The flags as users see them: with IFF_RUNNING, _LOWER_UP and _DORMANT from the state of the link.
 *  Context: any. */
export function dev_get_flags(dev: net_device): u32 {
  let flags = dev.flags & ~(IFF_PROMISC | IFF_ALLMULTI | IFF_RUNNING | IFF_LOWER_UP | IFF_DORMANT);
  flags |= <u32>dev.gflags & (IFF_PROMISC | IFF_ALLMULTI);
  if (!netif_running(dev)) return flags;
  if (netif_oper_up(dev)) flags |= IFF_RUNNING;
  if (netif_carrier_ok(dev)) flags |= IFF_LOWER_UP;
  if (netif_dormant(dev)) flags |= IFF_DORMANT;
  return flags;
}

export function __dev_change_flags(dev: net_device, flags: u32, extack: usize): i32 {
  ASSERT_RTNL();
  const old_flags = dev.flags;
  dev.flags = (flags & SETTABLE) | (dev.flags & KEPT);
  if ((old_flags ^ flags) & IFF_MULTICAST) change_rx_flags(dev, IFF_MULTICAST);
  dev_set_rx_mode(dev);

  let err = 0;
  if ((old_flags ^ flags) & IFF_UP) {
    if (old_flags & IFF_UP) __dev_close(dev);
    else err = __dev_open(dev, extack);
  }
  if ((flags ^ <u32>dev.gflags) & IFF_PROMISC) {
    const before = dev.flags;
    dev.gflags ^= <u16>IFF_PROMISC;
    if (set_promiscuity(dev, flags & IFF_PROMISC ? 1 : -1, false) == 0 && dev.flags != before) dev_set_rx_mode(dev);
  }
  // drivers may set IFF_PROMISC when asked for IFF_ALLMULTI, so this comes second
  if ((flags ^ <u32>dev.gflags) & IFF_ALLMULTI) {
    dev.gflags ^= <u16>IFF_ALLMULTI;
    set_allmulti(dev, flags & IFF_ALLMULTI ? 1 : -1, false);
  }
  return err;
}

/** Tells the notifiers how the flags differ from `old_flags`. */
export function __dev_notify_flags(dev: net_device, old_flags: u32): void {
  const changes = dev.flags ^ old_flags;
  if (changes & IFF_UP) call_netdevice_notifiers(dev.flags & IFF_UP ? NETDEV_UP : NETDEV_DOWN, dev);
  if (dev.flags & IFF_UP && changes & ~(IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_VOLATILE)) {
    call_netdevice_notifiers_ext(NETDEV_CHANGE, dev, changes);
  }
}

/** linux/netdevice.h. Sets the flags as `ip link set` would: IFF_UP opens or closes the device, IFF_PROMISC and
 *  IFF_ALLMULTI count as one user. 0 or an errno. Context: process, under RTNL. */
export function dev_change_flags(dev: net_device, flags: u32, extack: usize): i32 {
  const old_flags = dev.flags;
  const err = __dev_change_flags(dev, flags, extack);
  if (err < 0) return err;
  __dev_notify_flags(dev, old_flags);
  return err;
}
