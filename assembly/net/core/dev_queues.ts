// net/core/dev.c: the transmit queues of a device as drivers stop, wake and number them.

import {
  EINVAL,
  NETREG_REGISTERED,
  NETREG_UNREGISTERING,
  Qdisc,
  __LINK_STATE_PRESENT,
  __QUEUE_STATE_DRV_XOFF,
  net_device,
  netdev_queue,
} from "../../abi";
import { BOOT_NR_CPUS } from "../../arch/wasm/memory";
import { qdisc_reset_all_tx_gt } from "../sched/activate";
import { __netdev_watchdog_up } from "../sched/watchdog";
import { __netif_schedule } from "../sched/xmit";
import { clear_bit, test_and_clear_bit, test_and_set_bit } from "./bits";
import { synchronize_net } from "./dev_register";
import {
  netdev_get_tx_queue,
  netif_running,
  netif_tx_stop_queue,
  netif_xmit_stopped,
  queue_state,
  state_of,
} from "./netdev";
import { ASSERT_RTNL } from "./rtnl";
import { netif_reset_xps_queues } from "./xps";

/** linux/netdevice.h. Has NET_TX run the queue's qdisc unless the queue is stopped. Context: any. */
export function netif_schedule_queue(txq: netdev_queue): void {
  if (!netif_xmit_stopped(txq)) __netif_schedule(changetype<Qdisc>(txq.qdisc));
}

/** linux/netdevice.h. The driver has room again: has NET_TX run the qdisc if the queue was stopped. Context: any. */
export function netif_tx_wake_queue(txq: netdev_queue): void {
  if (test_and_clear_bit(__QUEUE_STATE_DRV_XOFF, queue_state(txq))) __netif_schedule(changetype<Qdisc>(txq.qdisc));
}

/** linux/netdevice.h. Lets the device's first queue send, without looking whether packets wait. Inline in Linux.
 *  Context: any. */
export function netif_start_queue(dev: net_device): void {
  clear_bit(__QUEUE_STATE_DRV_XOFF, queue_state(netdev_get_tx_queue(dev, 0)));
}

/** linux/netdevice.h. Stops the device's first queue: the driver takes no packets. Inline in Linux. Context: any. */
export function netif_stop_queue(dev: net_device): void {
  netif_tx_stop_queue(netdev_get_tx_queue(dev, 0));
}

/** linux/netdevice.h. netif_tx_wake_queue of the device's first queue. Inline in Linux. Context: any. */
export function netif_wake_queue(dev: net_device): void {
  netif_tx_wake_queue(netdev_get_tx_queue(dev, 0));
}

/** linux/netdevice.h. Stops every queue of the device. Context: any. */
export function netif_tx_stop_all_queues(dev: net_device): void {
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    netif_tx_stop_queue(netdev_get_tx_queue(dev, i));
  }
}

/** linux/netdevice.h. The device is gone from the bus, or asleep: stops its queues. Context: any. */
export function netif_device_detach(dev: net_device): void {
  if (test_and_clear_bit(__LINK_STATE_PRESENT, state_of(dev)) && netif_running(dev)) netif_tx_stop_all_queues(dev);
}

/** linux/netdevice.h. The device is back: wakes its queues. Context: any. */
export function netif_device_attach(dev: net_device): void {
  if (test_and_set_bit(__LINK_STATE_PRESENT, state_of(dev)) || !netif_running(dev)) return;
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) netif_tx_wake_queue(netdev_get_tx_queue(dev, i));
  __netdev_watchdog_up(dev);
}

/** linux/netdevice.h. Sets how many of the allocated transmit queues are used. 0 or -EINVAL. Context: process, under
 *  RTNL once the device is registered. */
export function netif_set_real_num_tx_queues(dev: net_device, txq: u32): i32 {
  const fewer = txq < dev.real_num_tx_queues;
  if (txq < 1 || txq > dev.num_tx_queues) return -EINVAL;
  const live = dev.reg_state == NETREG_REGISTERED || dev.reg_state == NETREG_UNREGISTERING;
  if (live) ASSERT_RTNL();
  dev.real_num_tx_queues = txq;
  if (live && fewer) {
    synchronize_net();
    qdisc_reset_all_tx_gt(dev, txq);
    netif_reset_xps_queues(dev, txq);
  }
  return 0;
}

/** linux/netdevice.h. Sets how many of the allocated receive queues are used. 0 or -EINVAL. Context: process, under
 *  RTNL once the device is registered. */
export function netif_set_real_num_rx_queues(dev: net_device, rxq: u32): i32 {
  if (rxq < 1 || rxq > dev.num_rx_queues) return -EINVAL;
  if (dev.reg_state == NETREG_REGISTERED) ASSERT_RTNL();
  dev.real_num_rx_queues = rxq;
  return 0;
}

/** linux/netdevice.h. Sets both numbers of queues, or neither. 0 or -EINVAL. Context: process, under RTNL. */
export function netif_set_real_num_queues(dev: net_device, txq: u32, rxq: u32): i32 {
  if (txq < 1 || txq > dev.num_tx_queues || rxq < 1 || rxq > dev.num_rx_queues) return -EINVAL;
  netif_set_real_num_rx_queues(dev, rxq);
  return netif_set_real_num_tx_queues(dev, txq);
}

/** linux/netdevice.h. How many receive queues a driver should spread packets over: the CPUs, or half of many.
 *  Context: process. */
export function netif_get_num_default_rss_queues(): i32 {
  const count = <i32>load<u32>(BOOT_NR_CPUS);
  return count > 2 ? (count + 1) >> 1 : count;
}
