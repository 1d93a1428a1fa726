// net/core/link_watch.c: carrier changes come from interrupts; acting on them needs RTNL. They wait on a list for a
// work item that switches the queues and tells the notifiers, at most once a second but for a carrier that just came.

import {
  HZ,
  IFF_UP,
  IF_LINK_MODE_DORMANT,
  IF_LINK_MODE_TESTING,
  IF_OPER_DORMANT,
  IF_OPER_DOWN,
  IF_OPER_LOWERLAYERDOWN,
  IF_OPER_TESTING,
  IF_OPER_UP,
  NETDEV_CHANGE,
  NETDEV_NOTIFY_PEERS,
  NETDEV_RESEND_IGMP,
  NETREG_UNINITIALIZED,
  NET_TX_SOFTIRQ,
  TIMER_IRQSAFE,
  WORK_CPU_UNBOUND,
  __LINK_STATE_LINKWATCH_PENDING,
  __LINK_STATE_NOCARRIER,
  net_device,
  offsetof_delayed_work_timer,
  offsetof_net_device_link_watch_list,
  sizeof_delayed_work,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import {
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "../../kernel/locking/spinlock";
import { raise_softirq } from "../../kernel/softirq";
import { jiffies } from "../../kernel/time/jiffies";
import { init_timer_key } from "../../kernel/time/timer";
import { INIT_WORK, system_unbound_wq } from "../../kernel/workqueue";
import { mod_delayed_work_on } from "../../kernel/workqueue/cancel";
import { delayed_work_timer_fn, queue_delayed_work_on } from "../../kernel/workqueue/queue";
import {
  INIT_LIST_HEAD,
  list_add_tail,
  list_del_init,
  list_empty,
  list_next,
  list_splice_tail_init,
} from "../../lib/list";
import { dev_activate, dev_deactivate, qdisc_tx_changing } from "../sched/activate";
import { __netdev_watchdog_up } from "../sched/watchdog";
import { clear_bit, set_bit, test_and_clear_bit, test_and_set_bit, test_bit } from "./bits";
import { dev_get_iflink } from "./dev_lookup";
import {
  dev_hold,
  dev_put,
  netif_carrier_ok,
  netif_device_present,
  netif_dormant,
  netif_running,
  netif_testing,
  state_of,
} from "./netdev";
import { call_netdevice_notifiers } from "./notifier";
import { rtnl_lock, rtnl_unlock } from "./rtnl";

/** Devices handled in one turn. */
const TURN: i32 = 100;
const URGENT: u32 = 0;

@unmanaged
class LinkWatch {
  /** Bit URGENT: the work is to run at once. */
  flags: u32;
  /** Jiffies before which no unurgent turn is to run. */
  next_event: u32;
  /** spinlock of the list. */
  lock: u32;
  /** list_head of devices, through link_watch_list. */
  head_next: usize;
  head_prev: usize;
}

const watch = changetype<LinkWatch>(memory.data(offsetof<LinkWatch>(), 8));
const work = memory.data(<i32>sizeof_delayed_work, 8);

@inline
function events(): usize {
  return changetype<usize>(watch) + offsetof<LinkWatch>("head_next");
}

@inline
function lock(): usize {
  return changetype<usize>(watch) + offsetof<LinkWatch>("lock");
}

@inline
function dev_of_event(link: usize): net_device {
  return changetype<net_device>(link - offsetof_net_device_link_watch_list);
}

/** RFC 2863: the operational state that follows from the link. */
function operstate(dev: net_device): u32 {
  if (netif_testing(dev)) return IF_OPER_TESTING;
  const stacked = dev.ifindex != dev_get_iflink(dev);
  if (!netif_carrier_ok(dev)) return stacked ? IF_OPER_LOWERLAYERDOWN : IF_OPER_DOWN;
  if (netif_dormant(dev)) return IF_OPER_DORMANT;
  if (dev.link_mode == IF_LINK_MODE_TESTING) return IF_OPER_TESTING;
  return dev.link_mode == IF_LINK_MODE_DORMANT ? IF_OPER_DORMANT : IF_OPER_UP;
}

/** Changes of state from before the registration. */
export function linkwatch_init_dev(dev: net_device): void {
  if (!netif_carrier_ok(dev) || netif_dormant(dev) || netif_testing(dev)) dev.operstate = <u8>operstate(dev);
}

/** A carrier that came while packets still go to noop: every moment counts. So it does for a device on top of
 *  others. */
function is_urgent(dev: net_device): bool {
  if (!netif_running(dev)) return false;
  return dev.ifindex != dev_get_iflink(dev) || (netif_carrier_ok(dev) && qdisc_tx_changing(dev));
}

function add_event(dev: net_device): void {
  const flags = _raw_spin_lock_irqsave(lock());
  if (list_empty(changetype<usize>(dev.link_watch_list))) {
    list_add_tail(changetype<usize>(dev.link_watch_list), events());
    dev_hold(dev);
  }
  _raw_spin_unlock_irqrestore(lock(), flags);
}

function schedule_work(urgent: bool): void {
  const flags = changetype<usize>(watch);
  if (test_bit(URGENT, flags)) return;
  if (urgent) {
    set_bit(URGENT, flags);
    mod_delayed_work_on(WORK_CPU_UNBOUND, load<usize>(system_unbound_wq), work, 0);
    return;
  }
  let delay = watch.next_event - jiffies();
  if (delay > HZ) delay = 0;
  queue_delayed_work_on(WORK_CPU_UNBOUND, load<usize>(system_unbound_wq), work, delay);
}

/** Acts on the link of one device and drops the event's reference. */
function do_dev(dev: net_device): void {
  clear_bit(__LINK_STATE_LINKWATCH_PENDING, state_of(dev));
  dev.operstate = <u8>operstate(dev);
  if (dev.flags & IFF_UP) {
    if (netif_carrier_ok(dev)) dev_activate(dev);
    else dev_deactivate(dev);
    netdev_state_change(dev);
  }
  dev_put(dev);
}

function run(urgent_only: bool): void {
  const now = jiffies();
  if (!urgent_only) watch.next_event = now + HZ;
  else if (<i32>(watch.next_event - (now + HZ)) > 0) watch.next_event = now;
  clear_bit(URGENT, changetype<usize>(watch));

  const todo = stack_alloc(16);
  INIT_LIST_HEAD(todo);
  _raw_spin_lock_irq(lock());
  list_splice_tail_init(events(), todo);
  for (let left = urgent_only ? 2 * TURN : TURN; left > 0 && !list_empty(todo);) {
    const dev = dev_of_event(list_next(todo));
    list_del_init(changetype<usize>(dev.link_watch_list));
    if (!netif_device_present(dev) || (urgent_only && !is_urgent(dev))) {
      list_add_tail(changetype<usize>(dev.link_watch_list), events());
      continue;
    }
    _raw_spin_unlock_irq(lock());
    do_dev(dev);
    left -= 1;
    _raw_spin_lock_irq(lock());
  }
  list_splice_tail_init(todo, events());
  const more = !list_empty(events());
  _raw_spin_unlock_irq(lock());
  stack_free(16);
  if (more) schedule_work(false);
}

/** Acts on an event of a device that goes away. Under RTNL or after it. */
export function linkwatch_forget_dev(dev: net_device): void {
  const flags = _raw_spin_lock_irqsave(lock());
  const pending = !list_empty(changetype<usize>(dev.link_watch_list));
  if (pending) list_del_init(changetype<usize>(dev.link_watch_list));
  _raw_spin_unlock_irqrestore(lock(), flags);
  if (pending) do_dev(dev);
}

/** Acts on all events now. Under RTNL. */
export function linkwatch_run_queue(): void {
  run(false);
}

function linkwatch_event(item: usize): void {
  rtnl_lock();
  run(<i32>(watch.next_event - jiffies()) > 0);
  rtnl_unlock();
}

/** linux/netdevice.h. Has somebody act on the device's link. Context: any. */
export function linkwatch_fire_event(dev: net_device): void {
  const urgent = is_urgent(dev);
  if (!test_and_set_bit(__LINK_STATE_LINKWATCH_PENDING, state_of(dev))) add_event(dev);
  else if (!urgent) return;
  schedule_work(urgent);
}

/** linux/netdevice.h. The link is there. Context: any. */
export function netif_carrier_on(dev: net_device): void {
  if (!test_and_clear_bit(__LINK_STATE_NOCARRIER, state_of(dev))) return;
  if (dev.reg_state == NETREG_UNINITIALIZED) return;
  atomic.add<i32>(changetype<usize>(dev.carrier_up_count), 1);
  linkwatch_fire_event(dev);
  if (!netif_running(dev)) return;
  __netdev_watchdog_up(dev);
  // What the host sends past the qdisc may have waited for this (packet/bound).
  raise_softirq(NET_TX_SOFTIRQ);
}

/** linux/netdevice.h. The link is gone. Context: any. */
export function netif_carrier_off(dev: net_device): void {
  if (test_and_set_bit(__LINK_STATE_NOCARRIER, state_of(dev))) return;
  if (dev.reg_state == NETREG_UNINITIALIZED) return;
  atomic.add<i32>(changetype<usize>(dev.carrier_down_count), 1);
  linkwatch_fire_event(dev);
}

/** linux/netdevice.h. The link went and came back unnoticed. Context: any. */
export function netif_carrier_event(dev: net_device): void {
  if (dev.reg_state == NETREG_UNINITIALIZED) return;
  atomic.add<i32>(changetype<usize>(dev.carrier_up_count), 1);
  atomic.add<i32>(changetype<usize>(dev.carrier_down_count), 1);
  linkwatch_fire_event(dev);
}

/** linux/netdevice.h. Tells the notifiers NETDEV_CHANGE if the interface is up. Context: process, under RTNL. */
export function netdev_state_change(dev: net_device): void {
  if (dev.flags & IFF_UP) call_netdevice_notifiers(NETDEV_CHANGE, dev);
}

/** linux/netdevice.h. Tells the network that the device is there, for instance after a failover: protocols announce
 *  themselves on NETDEV_NOTIFY_PEERS. Context: process, under RTNL. */
export function __netdev_notify_peers(dev: net_device): void {
  call_netdevice_notifiers(NETDEV_NOTIFY_PEERS, dev);
  call_netdevice_notifiers(NETDEV_RESEND_IGMP, dev);
}

/** linux/netdevice.h. __netdev_notify_peers under RTNL, which it takes. Context: process. */
export function netdev_notify_peers(dev: net_device): void {
  rtnl_lock();
  __netdev_notify_peers(dev);
  rtnl_unlock();
}

export function linkwatch_init(): void {
  INIT_LIST_HEAD(events());
  INIT_WORK(work, linkwatch_event.index);
  init_timer_key(work + offsetof_delayed_work_timer, delayed_work_timer_fn.index, TIMER_IRQSAFE, 0, 0);
}
