// net/sched/sch_generic.c: attaching qdiscs to a device and switching its queues on and off with the carrier.

import {
  IFF_NO_QUEUE,
  IFF_UP,
  Qdisc,
  Qdisc_ops,
  TCQ_F_BUILTIN,
  __QDISC_STATE_DEACTIVATED,
  __QDISC_STATE_SCHED,
  net_device,
  netdev_queue,
  offsetof_net_device_close_list,
} from "../../abi";
import { own_affair, set_call_site } from "../../arch/wasm/cpu";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { _raw_spin_lock_bh, _raw_spin_unlock_bh } from "../../kernel/locking/spinlock";
import { WARN } from "../../kernel/panic";
import { schedule_timeout_uninterruptible } from "../../kernel/time/sleep";
import { INIT_LIST_HEAD, list_add, list_del_init, list_next } from "../../lib/list";
import { refcount_inc } from "../../lib/refcount";
import { clear_bit, set_bit, test_bit } from "../core/bits";
import { synchronize_net } from "../core/dev_register";
import { netdev_get_tx_queue, netif_carrier_ok } from "../core/netdev";
import { netdev_pr } from "../core/printk";
import {
  noop_qdisc,
  noqueue_ops,
  qdisc_create,
  qdisc_is_running,
  qdisc_lock,
  qdisc_put,
  qdisc_reset,
  qdisc_state,
} from "./qdisc";
import { default_qdisc_ops } from "./sch_fifo";
import { __netdev_watchdog_up, dev_watchdog_down, netif_trans_update, timer_pending, watchdog_init } from "./watchdog";

/** Puts a qdisc on a queue. False if there is no memory. */
function attach(dev: net_device, txq: netdev_queue): bool {
  const ops = dev.priv_flags & IFF_NO_QUEUE ? noqueue_ops() : default_qdisc_ops();
  const site = own_affair(); // the device's for as long as there is one, whoever opened it
  const qdisc = qdisc_create(txq, ops);
  set_call_site(site);
  if (changetype<usize>(qdisc) == 0) return false;
  txq.qdisc_sleeping = changetype<usize>(qdisc);
  return true;
}

/** Takes the qdiscs off all queues. */
function detach(dev: net_device): void {
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    const txq = netdev_get_tx_queue(dev, i);
    const qdisc = changetype<Qdisc>(txq.qdisc_sleeping);
    txq.qdisc = noop_qdisc;
    txq.qdisc_sleeping = noop_qdisc;
    qdisc_put(qdisc);
  }
}

/** All queues get a qdisc or none does: the next activation tries again. */
function attach_default_qdiscs(dev: net_device): void {
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    if (attach(dev, netdev_get_tx_queue(dev, i))) continue;
    detach(dev);
    netdev_pr(cstr("\x014"), dev, cstr("default qdisc (%s) fail, no memory\n"), default_qdisc_ops().id);
    return;
  }
  const root = netdev_get_tx_queue(dev, 0).qdisc_sleeping;
  refcount_inc(changetype<usize>(changetype<Qdisc>(root).refcnt));
  dev.qdisc = root;
}

/** linux/netdevice.h. Attaches qdiscs to a device that is up, and with carrier lets packets through them and starts the
 *  transmit watchdog. Context: process, under RTNL. */
export function dev_activate(dev: net_device): void {
  if (dev.qdisc == noop_qdisc) attach_default_qdiscs(dev);
  // without carrier, linkwatch comes back here
  if (!netif_carrier_ok(dev)) return;
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    const txq = netdev_get_tx_queue(dev, i);
    const qdisc = changetype<Qdisc>(txq.qdisc_sleeping);
    if (!(qdisc.flags & TCQ_F_BUILTIN)) clear_bit(__QDISC_STATE_DEACTIVATED, qdisc_state(qdisc));
    txq.qdisc = txq.qdisc_sleeping;
    txq.trans_start = 0;
  }
  netif_trans_update(dev);
  __netdev_watchdog_up(dev);
}

function deactivate_queue(txq: netdev_queue): void {
  const qdisc = changetype<Qdisc>(txq.qdisc);
  if (!(qdisc.flags & TCQ_F_BUILTIN)) set_bit(__QDISC_STATE_DEACTIVATED, qdisc_state(qdisc));
  txq.qdisc = noop_qdisc;
}

function reset_queue(txq: netdev_queue): void {
  const qdisc = changetype<Qdisc>(txq.qdisc_sleeping);
  _raw_spin_lock_bh(qdisc_lock(qdisc));
  qdisc_reset(qdisc);
  _raw_spin_unlock_bh(qdisc_lock(qdisc));
}

function some_qdisc_is_busy(dev: net_device): bool {
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    const q = changetype<Qdisc>(netdev_get_tx_queue(dev, i).qdisc_sleeping);
    _raw_spin_lock_bh(qdisc_lock(q));
    const busy = qdisc_is_running(q) || test_bit(__QDISC_STATE_SCHED, qdisc_state(q));
    _raw_spin_unlock_bh(qdisc_lock(q));
    if (busy) return true;
  }
  return false;
}

@inline
function dev_of_close(link: usize): net_device {
  return changetype<net_device>(link - offsetof_net_device_close_list);
}

/** Stops the queues of a list of devices (through close_list), waits for senders, and empties the queues. */
export function dev_deactivate_many(head: usize): void {
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const dev = dev_of_close(link);
    for (let i: u32 = 0; i < dev.num_tx_queues; i++) deactivate_queue(netdev_get_tx_queue(dev, i));
    dev_watchdog_down(dev);
  }
  synchronize_net();
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const dev = dev_of_close(link);
    for (let i: u32 = 0; i < dev.num_tx_queues; i++) reset_queue(netdev_get_tx_queue(dev, i));
  }
  for (let link = list_next(head); link != head; link = list_next(link)) {
    while (some_qdisc_is_busy(dev_of_close(link))) schedule_timeout_uninterruptible(1);
  }
}

/** linux/netdevice.h. Stops the queues of one device, for instance when its carrier went. Context: process, under
 *  RTNL. */
export function dev_deactivate(dev: net_device): void {
  const single = stack_alloc(16);
  INIT_LIST_HEAD(single);
  list_add(changetype<usize>(dev.close_list), single);
  dev_deactivate_many(single);
  list_del_init(changetype<usize>(dev.close_list));
  stack_free(16);
}

/** Tells the qdiscs of the new tx_queue_len. 0 or an errno. */
export function dev_qdisc_change_tx_queue_len(dev: net_device): i32 {
  const up = dev.flags & IFF_UP;
  if (up) dev_deactivate(dev);
  let err = 0;
  for (let i: u32 = 0; i < dev.num_tx_queues && err == 0; i++) {
    const q = changetype<Qdisc>(netdev_get_tx_queue(dev, i).qdisc_sleeping);
    const change = <u32>changetype<Qdisc_ops>(q.ops).change_tx_queue_len;
    if (change) err = call_indirect<i32>(change, changetype<usize>(q), dev.tx_queue_len);
  }
  if (up) dev_activate(dev);
  return err;
}

/** Empties the queues from `from` on, which are no longer used. */
export function qdisc_reset_all_tx_gt(dev: net_device, from: u32): void {
  for (let i = from; i < dev.num_tx_queues; i++) {
    const q = netdev_get_tx_queue(dev, i).qdisc;
    if (q == 0) continue;
    _raw_spin_lock_bh(qdisc_lock(changetype<Qdisc>(q)));
    qdisc_reset(changetype<Qdisc>(q));
    _raw_spin_unlock_bh(qdisc_lock(changetype<Qdisc>(q)));
  }
}

/** Whether some queue does not use what is attached to it: the carrier's state is not acted upon yet. */
export function qdisc_tx_changing(dev: net_device): bool {
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    const txq = netdev_get_tx_queue(dev, i);
    if (txq.qdisc != txq.qdisc_sleeping) return true;
  }
  return false;
}

/** A new device: nothing attached, no timer armed. */
export function dev_init_scheduler(dev: net_device): void {
  dev.qdisc = noop_qdisc;
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    const txq = netdev_get_tx_queue(dev, i);
    txq.qdisc = noop_qdisc;
    txq.qdisc_sleeping = noop_qdisc;
  }
  watchdog_init(dev);
}

/** A device that goes: its qdiscs go. */
export function dev_shutdown(dev: net_device): void {
  detach(dev);
  const root = changetype<Qdisc>(dev.qdisc);
  dev.qdisc = noop_qdisc;
  qdisc_put(root);
  if (timer_pending(dev)) WARN(cstr("dev_shutdown: the watchdog timer is armed"));
}
