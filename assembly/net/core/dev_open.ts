// net/core/dev.c: bringing interfaces up and down.

import {
  ENODEV,
  IFF_UP,
  NETDEV_DOWN,
  NETDEV_GOING_DOWN,
  NETDEV_PRE_UP,
  NETDEV_UP,
  __LINK_STATE_START,
  net_device,
  offsetof_net_device_close_list,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { __pm_runtime_resume } from "../../drivers/base/power/runtime_api";
import { DEBUG } from "../../flavour";
import { might_sleep } from "../../kernel/locking/might_sleep";
import { INIT_LIST_HEAD, list_add, list_del_init, list_next } from "../../lib/list";
import { dev_activate, dev_deactivate_many } from "../sched/activate";
import { clear_bit, set_bit } from "./bits";
import { dev_addr_check } from "./dev_addr_lists";
import { dev_set_rx_mode } from "./dev_flags";
import { netif_device_present, ops_of, state_of } from "./netdev";
import { call_netdevice_notifiers } from "./notifier";
import { notifier_to_errno } from "../../kernel/notifier";
import { callback_enter, callback_leave } from "../../kernel/debug/callback";
import { ASSERT_RTNL } from "./rtnl";

export function __dev_open(dev: net_device, extack: usize): i32 {
  ASSERT_RTNL();
  dev_addr_check(dev);
  if (!netif_device_present(dev)) {
    // it may only be asleep: drivers detach what they suspend at run time
    const parent = dev.dev.parent;
    if (parent) __pm_runtime_resume(parent, 0);
    if (!netif_device_present(dev)) return -ENODEV;
  }
  let err = notifier_to_errno(call_netdevice_notifiers(NETDEV_PRE_UP, dev));
  if (err) return err;
  const ops = ops_of(dev);
  set_bit(__LINK_STATE_START, state_of(dev));
  if (ops.ndo_validate_addr) err = call_indirect<i32>(<u32>ops.ndo_validate_addr, changetype<usize>(dev));
  if (!err && ops.ndo_open) {
    const state = callback_enter();
    err = call_indirect<i32>(<u32>ops.ndo_open, changetype<usize>(dev));
    if (DEBUG) callback_leave(state, ops.ndo_open);
  }
  if (err) {
    clear_bit(__LINK_STATE_START, state_of(dev));
    return err;
  }
  dev.flags |= IFF_UP;
  dev_set_rx_mode(dev);
  dev_activate(dev);
  return 0;
}

/** linux/netdevice.h. Brings an interface up: the driver's ndo_open, receive filters, queues; then NETDEV_UP. 0
 *  (also if it is up), -ENODEV if it is detached, or what driver or notifiers answer. Context: process, under RTNL. */
export function dev_open(dev: net_device, extack: usize): i32 {
  if (dev.flags & IFF_UP) return 0;
  const err = __dev_open(dev, extack);
  if (err < 0) return err;
  call_netdevice_notifiers(NETDEV_UP, dev);
  return err;
}

@inline
function dev_of_close(link: usize): net_device {
  return changetype<net_device>(link - offsetof_net_device_close_list);
}

/** Stops the queues of all devices of a list, waits for transmissions, and closes the devices. */
function __dev_close_many(head: usize): void {
  ASSERT_RTNL();
  if (DEBUG) might_sleep(cstr("dev_close_many"));
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const dev = dev_of_close(link);
    call_netdevice_notifiers(NETDEV_GOING_DOWN, dev);
    // polls that are scheduled see this; ndo_stop waits for them in napi_disable
    clear_bit(__LINK_STATE_START, state_of(dev));
  }
  dev_deactivate_many(head);
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const dev = dev_of_close(link);
    const stop = <u32>ops_of(dev).ndo_stop;
    if (stop) {
      const state = callback_enter();
      call_indirect<i32>(stop, changetype<usize>(dev));
      if (DEBUG) callback_leave(state, stop);
    }
    dev.flags &= ~IFF_UP;
  }
}

export function __dev_close(dev: net_device): void {
  const single = stack_alloc(16);
  INIT_LIST_HEAD(single);
  list_add(changetype<usize>(dev.close_list), single);
  __dev_close_many(single);
  list_del_init(changetype<usize>(dev.close_list));
  stack_free(16);
}

/** linux/netdevice.h. Brings down the interfaces of a list linked through close_list, and takes them off it if
 *  `unlink`. Context: process, under RTNL. */
export function dev_close_many(head: usize, unlink: bool): void {
  for (let link = list_next(head), next = list_next(link); link != head; link = next, next = list_next(link)) {
    if (!(dev_of_close(link).flags & IFF_UP)) list_del_init(link);
  }
  __dev_close_many(head);
  for (let link = list_next(head), next = list_next(link); link != head; link = next, next = list_next(link)) {
    call_netdevice_notifiers(NETDEV_DOWN, dev_of_close(link));
    if (unlink) list_del_init(link);
  }
}

/** linux/netdevice.h. Brings an interface down: NETDEV_GOING_DOWN, the driver's ndo_stop, NETDEV_DOWN. Context:
 *  process, under RTNL. */
export function dev_close(dev: net_device): void {
  if (!(dev.flags & IFF_UP)) return;
  const single = stack_alloc(16);
  INIT_LIST_HEAD(single);
  list_add(changetype<usize>(dev.close_list), single);
  dev_close_many(single, true);
  stack_free(16);
}
