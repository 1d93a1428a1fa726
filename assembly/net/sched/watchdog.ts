// net/sched/sch_generic.c: the transmit watchdog. A queue that stays stopped for watchdog_timeo although there is
// carrier makes the driver's ndo_tx_timeout run. Also the locks that stop all queues at once.

import { HZ, __QUEUE_STATE_FROZEN, net_device, netdev_queue, offsetof_net_device_watchdog_timer } from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { _raw_spin_lock, _raw_spin_unlock } from "../../kernel/locking/spinlock";
import { local_bh_disable, local_bh_enable } from "../../kernel/softirq";
import { jiffies } from "../../kernel/time/jiffies";
import { round_jiffies } from "../../kernel/time/round";
import { jiffies_to_msecs } from "../../kernel/time/time";
import { init_timer_key, mod_timer, timer_delete } from "../../kernel/time/timer";
import { clear_bit, set_bit } from "../core/bits";
import { netif_schedule_queue } from "../core/dev_queues";
import {
  dev_hold,
  dev_put,
  netdev_get_tx_queue,
  netif_carrier_ok,
  netif_device_present,
  netif_running,
  netif_xmit_stopped,
  ops_of,
  queue_state,
} from "../core/netdev";
import { netdev_pr } from "../core/printk";
import { DEBUG } from "../../flavour";
import { callback_enter, callback_leave } from "../../kernel/debug/callback";
import { noop_qdisc } from "./qdisc";

@inline
function timer_of(dev: net_device): usize {
  return changetype<usize>(dev.watchdog_timer);
}

@inline
export function timer_pending(dev: net_device): bool {
  return dev.watchdog_timer.entry.pprev != 0;
}

/** Notes when the queue last sent, for the watchdog. */
@inline
export function txq_trans_update(txq: netdev_queue): void {
  if (txq.xmit_lock_owner != -1) txq.trans_start = jiffies();
}

@inline
export function netif_trans_update(dev: net_device): void {
  netdev_get_tx_queue(dev, 0).trans_start = jiffies();
}

/** linux/netdevice.h. When the device last sent, in jiffies. Context: any. */
export function dev_trans_start(dev: net_device): u32 {
  let last = netdev_get_tx_queue(dev, 0).trans_start;
  for (let i: u32 = 1; i < dev.num_tx_queues; i++) {
    const start = netdev_get_tx_queue(dev, i).trans_start;
    if (start && <i32>(start - last) > 0) last = start;
  }
  return last;
}

function freeze_queues(dev: net_device): void {
  const cpu = smp_processor_id();
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    const txq = netdev_get_tx_queue(dev, i);
    // whoever is in ndo_start_xmit has not seen the bit
    _raw_spin_lock(changetype<usize>(txq._xmit_lock));
    txq.xmit_lock_owner = cpu;
    set_bit(__QUEUE_STATE_FROZEN, queue_state(txq));
    txq.xmit_lock_owner = -1;
    _raw_spin_unlock(changetype<usize>(txq._xmit_lock));
  }
}

function unfreeze_queues(dev: net_device): void {
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    const txq = netdev_get_tx_queue(dev, i);
    clear_bit(__QUEUE_STATE_FROZEN, queue_state(txq));
    netif_schedule_queue(txq);
  }
}

/** linux/netdevice.h. Keeps every CPU out of the driver's ndo_start_xmit. Context: softirqs off. */
export function netif_tx_lock(dev: net_device): void {
  _raw_spin_lock(changetype<usize>(dev.tx_global_lock));
  freeze_queues(dev);
}

/** linux/netdevice.h. Undoes netif_tx_lock, and has the queues sent. Context: softirqs off. */
export function netif_tx_unlock(dev: net_device): void {
  unfreeze_queues(dev);
  _raw_spin_unlock(changetype<usize>(dev.tx_global_lock));
}

/** The first queue that has been stopped for too long, or num_tx_queues. Stores the oldest last send of the others. */
function stuck_queue(dev: net_device, oldest: usize): u32 {
  const now = jiffies();
  store<u32>(oldest, now);
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    const txq = netdev_get_tx_queue(dev, i);
    if (!netif_xmit_stopped(txq)) continue;
    const start = txq.trans_start;
    if (<i32>(now - (start + dev.watchdog_timeo)) > 0) return i;
    if (<i32>(load<u32>(oldest) - start) > 0) store<u32>(oldest, start);
  }
  return dev.num_tx_queues;
}

/** Looks at the queues. True if the timer is armed again. */
function watch(dev: net_device): bool {
  if (dev.qdisc == 0 || !netif_device_present(dev) || !netif_running(dev) || !netif_carrier_ok(dev)) return false;
  if (qdisc_tx_is_noop(dev)) return false;
  const oldest = stack_alloc(16);
  const queue = stuck_queue(dev, oldest);
  if (queue != dev.num_tx_queues) {
    const txq = netdev_get_tx_queue(dev, queue);
    atomic.add<i32>(changetype<usize>(txq.trans_timeout), 1);
    netdev_pr(
      cstr("\x012"),
      dev,
      cstr("NETDEV WATCHDOG: CPU: %d: transmit queue %u timed out %u ms\n"),
      smp_processor_id(),
      queue,
      jiffies_to_msecs(jiffies() - txq.trans_start),
    );
    freeze_queues(dev);
    const state = callback_enter();
    call_indirect<void>(<u32>ops_of(dev).ndo_tx_timeout, changetype<usize>(dev), queue);
    if (DEBUG) callback_leave(state, ops_of(dev).ndo_tx_timeout);
    unfreeze_queues(dev);
  }
  const again = round_jiffies(load<u32>(oldest) + dev.watchdog_timeo);
  stack_free(16);
  return mod_timer(timer_of(dev), again) == 0;
}

function qdisc_tx_is_noop(dev: net_device): bool {
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    if (netdev_get_tx_queue(dev, i).qdisc != noop_qdisc) return false;
  }
  return true;
}

/** The timer's function. The armed timer holds a reference to the device. */
function dev_watchdog(timer: usize): void {
  const dev = changetype<net_device>(timer - offsetof_net_device_watchdog_timer);
  _raw_spin_lock(changetype<usize>(dev.tx_global_lock));
  const armed = watch(dev);
  _raw_spin_unlock(changetype<usize>(dev.tx_global_lock));
  if (!armed) dev_put(dev);
}

export function watchdog_init(dev: net_device): void {
  init_timer_key(timer_of(dev), dev_watchdog.index, 0, 0, 0);
}

/** linux/netdevice.h. Arms the transmit watchdog of a device that has ndo_tx_timeout. Context: any. */
export function __netdev_watchdog_up(dev: net_device): void {
  if (!ops_of(dev).ndo_tx_timeout) return;
  if (dev.watchdog_timeo <= 0) dev.watchdog_timeo = 5 * HZ;
  if (mod_timer(timer_of(dev), round_jiffies(jiffies() + dev.watchdog_timeo)) == 0) dev_hold(dev);
}

export function dev_watchdog_down(dev: net_device): void {
  local_bh_disable();
  netif_tx_lock(dev);
  if (timer_delete(timer_of(dev))) dev_put(dev);
  netif_tx_unlock(dev);
  local_bh_enable();
}
