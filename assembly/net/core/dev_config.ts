// net/core/dev.c: MTU, hardware address, queue length.

import {
  EINVAL,
  ENODEV,
  EOPNOTSUPP,
  NETDEV_CHANGEADDR,
  NETDEV_CHANGEMTU,
  NETDEV_CHANGE_TX_QUEUE_LEN,
  NETDEV_PRECHANGEMTU,
  NETDEV_PRE_CHANGEADDR,
  NET_ADDR_SET,
  net_device,
  netlink_ext_ack,
  sockaddr,
} from "../../abi";
import { pr } from "../../kernel/printk/printk";
import { dev_qdisc_change_tx_queue_len } from "../sched/activate";
import { netif_device_present, ops_of } from "./netdev";
import { call_netdevice_notifiers, call_netdevice_notifiers_ext } from "./notifier";
import { notifier_to_errno } from "../../kernel/notifier";
import { netdev_pr } from "./printk";
import { net_ratelimit } from "./utils";

/** linux/netdevice.h. Hands the MTU to the driver, or stores it. 0 or the driver's errno. Context: process, under
 *  RTNL. */
export function __dev_set_mtu(dev: net_device, mtu: i32): i32 {
  const fn = <u32>ops_of(dev).ndo_change_mtu;
  if (fn) return call_indirect<i32>(fn, changetype<usize>(dev), mtu);
  dev.mtu = mtu;
  return 0;
}

/** Why an MTU is out of the device's range, or null. */
function mtu_fault(dev: net_device, mtu: i32): usize {
  if (mtu < 0 || <u32>mtu < dev.min_mtu) return cstr("mtu less than device minimum");
  if (dev.max_mtu && <u32>mtu > dev.max_mtu) return cstr("mtu greater than device maximum");
  return 0;
}

/** Whether a new device may begin with this MTU: 0 or -EINVAL, and `extack` (may be null) says why. */
export function dev_valid_mtu(dev: net_device, mtu: i32, extack: usize): i32 {
  const fault = mtu_fault(dev, mtu);
  if (fault && extack) changetype<netlink_ext_ack>(extack)._msg = fault;
  return fault ? -EINVAL : 0;
}

/** linux/netdevice.h. Sets the MTU in bytes. 0, -EINVAL outside [min_mtu, max_mtu], -ENODEV, or what driver or
 *  notifiers answer; a notifier's refusal restores the old one. Context: process, under RTNL. */
export function dev_set_mtu(dev: net_device, mtu: i32): i32 {
  const old = dev.mtu;
  if (mtu == <i32>old) return 0;
  const fault = mtu_fault(dev, mtu);
  if (fault) {
    if (net_ratelimit()) pr(cstr("\x013%s: %s\n"), dev.name, fault);
    return -EINVAL;
  }
  if (!netif_device_present(dev)) return -ENODEV;
  let err = notifier_to_errno(call_netdevice_notifiers(NETDEV_PRECHANGEMTU, dev));
  if (err) return err;
  err = __dev_set_mtu(dev, mtu);
  if (err) return err;
  err = notifier_to_errno(call_netdevice_notifiers_ext(NETDEV_CHANGEMTU, dev, old));
  if (err) {
    __dev_set_mtu(dev, old);
    call_netdevice_notifiers_ext(NETDEV_CHANGEMTU, dev, mtu);
  }
  return err;
}

/** linux/netdevice.h. Asks the notifiers whether the hardware address may become `addr`: 0 or an errno. Context:
 *  process, under RTNL. */
export function dev_pre_changeaddr_notify(dev: net_device, addr: usize, extack: usize): i32 {
  return notifier_to_errno(call_netdevice_notifiers_ext(NETDEV_PRE_CHANGEADDR, dev, addr));
}

/** linux/netdevice.h. Sets the hardware address from a struct sockaddr of the device's type. 0, -EOPNOTSUPP,
 *  -EINVAL, -ENODEV, or what driver or notifiers answer. Context: process, under RTNL. */
export function dev_set_mac_address(dev: net_device, sa: sockaddr, extack: usize): i32 {
  const fn = <u32>ops_of(dev).ndo_set_mac_address;
  if (!fn) return -EOPNOTSUPP;
  if (sa.sa_family != dev.type) return -EINVAL;
  if (!netif_device_present(dev)) return -ENODEV;
  let err = dev_pre_changeaddr_notify(dev, sa.sa_data, extack);
  if (err) return err;
  err = call_indirect<i32>(fn, changetype<usize>(dev), changetype<usize>(sa));
  if (err) return err;
  dev.addr_assign_type = <u8>NET_ADDR_SET;
  call_netdevice_notifiers(NETDEV_CHANGEADDR, dev);
  return 0;
}

/** Sets tx_queue_len, in packets. 0 or what a notifier answers. Context: process, under RTNL. */
export function dev_change_tx_queue_len(dev: net_device, len: u32): i32 {
  const old = dev.tx_queue_len;
  if (len == old) return 0;
  dev.tx_queue_len = len;
  let err = notifier_to_errno(call_netdevice_notifiers(NETDEV_CHANGE_TX_QUEUE_LEN, dev));
  if (err == 0) err = dev_qdisc_change_tx_queue_len(dev);
  if (err) {
    netdev_pr(cstr("\x013"), dev, cstr("refused to change device tx_queue_len\n"));
    dev.tx_queue_len = old;
  }
  return err;
}

/** linux/netdevice.h. Asks the driver of a virtual device to change its carrier. 0, -EOPNOTSUPP, -ENODEV or what the driver
 *  answers. Context: process, under RTNL. */
export function dev_change_carrier(dev: net_device, new_carrier: bool): i32 {
  const change = <u32>ops_of(dev).ndo_change_carrier;
  if (!change) return -EOPNOTSUPP;
  if (!netif_device_present(dev)) return -ENODEV;
  return call_indirect<i32>(change, changetype<usize>(dev), <u32>new_carrier);
}
