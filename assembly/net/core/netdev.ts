// linux/netdevice.h: what the header's inline functions ask of a device and its transmit queues.

import {
  IF_OPER_UNKNOWN,
  IF_OPER_UP,
  NETDEV_ALIGN,
  QUEUE_STATE_ANY_XOFF,
  QUEUE_STATE_ANY_XOFF_OR_FROZEN,
  __LINK_STATE_DORMANT,
  __LINK_STATE_NOCARRIER,
  __LINK_STATE_PRESENT,
  __LINK_STATE_START,
  __LINK_STATE_TESTING,
  __QUEUE_STATE_DRV_XOFF,
  net_device,
  net_device_ops,
  netdev_queue,
  offsetof_net_device_state,
  offsetof_netdev_queue_state,
  sizeof_net_device,
  sizeof_netdev_queue,
} from "../../abi";
import { jiffies } from "../../kernel/time/jiffies";
import { this_cpu_add_i32 } from "../../mm/percpu";
import { set_bit, test_bit } from "./bits";

@inline
export function state_of(dev: net_device): usize {
  return changetype<usize>(dev) + offsetof_net_device_state;
}

@inline
export function netif_running(dev: net_device): bool {
  return test_bit(__LINK_STATE_START, state_of(dev));
}

@inline
export function netif_device_present(dev: net_device): bool {
  return test_bit(__LINK_STATE_PRESENT, state_of(dev));
}

@inline
export function netif_carrier_ok(dev: net_device): bool {
  return !test_bit(__LINK_STATE_NOCARRIER, state_of(dev));
}

@inline
export function netif_dormant(dev: net_device): bool {
  return test_bit(__LINK_STATE_DORMANT, state_of(dev));
}

@inline
export function netif_testing(dev: net_device): bool {
  return test_bit(__LINK_STATE_TESTING, state_of(dev));
}

@inline
export function netif_oper_up(dev: net_device): bool {
  return dev.operstate == IF_OPER_UP || dev.operstate == IF_OPER_UNKNOWN;
}

@inline
export function ops_of(dev: net_device): net_device_ops {
  return changetype<net_device_ops>(dev.netdev_ops);
}

@inline
export function netdev_get_tx_queue(dev: net_device, index: u32): netdev_queue {
  return changetype<netdev_queue>(dev._tx + index * sizeof_netdev_queue);
}

@inline
export function queue_state(txq: netdev_queue): usize {
  return changetype<usize>(txq) + offsetof_netdev_queue_state;
}

/** Stopped by driver or by byte limits. */
@inline
export function netif_xmit_stopped(txq: netdev_queue): bool {
  return (txq.state & QUEUE_STATE_ANY_XOFF) != 0;
}

@inline
export function netif_xmit_frozen_or_stopped(txq: netdev_queue): bool {
  return (txq.state & QUEUE_STATE_ANY_XOFF_OR_FROZEN) != 0;
}

@inline
export function netif_tx_queue_stopped(txq: netdev_queue): bool {
  return test_bit(__QUEUE_STATE_DRV_XOFF, queue_state(txq));
}

/** The driver's data behind the struct. */
@inline
export function netdev_priv(dev: net_device): usize {
  return changetype<usize>(dev) + ((sizeof_net_device + NETDEV_ALIGN - 1) & ~(<usize>NETDEV_ALIGN - 1));
}

/** The transmit watchdog measures from here. */
@inline
export function netif_tx_stop_queue(txq: netdev_queue): void {
  txq.trans_start = jiffies();
  set_bit(__QUEUE_STATE_DRV_XOFF, queue_state(txq));
}

/** A reference that keeps the device registered and its memory there. */
@inline
export function dev_hold(dev: net_device): void {
  this_cpu_add_i32(dev.pcpu_refcnt, 1);
}

@inline
export function dev_put(dev: net_device): void {
  this_cpu_add_i32(dev.pcpu_refcnt, -1);
}
