// net/sched/sch_generic.c: from qdisc to driver. Whoever sets RUNNING dequeues; the root lock is given up while the
// driver's lock is held. Packets that a driver did not take wait on gso_skb, before all others.

import {
  NETDEV_TX_BUSY,
  NETDEV_TX_OK,
  NETIF_F_LLTX,
  NET_TX_SOFTIRQ,
  NET_XMIT_MASK,
  Qdisc,
  __QDISC_STATE_SCHED,
  net_device,
  netdev_queue,
  offsetof_Qdisc_next_sched,
  offsetof_softnet_data_output_queue,
  sk_buff,
  softnet_data,
} from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { local_irq_disable, local_irq_enable, local_irq_restore, local_irq_save } from "../../arch/wasm/irqflags";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { _raw_spin_lock, _raw_spin_unlock } from "../../kernel/locking/spinlock";
import { DEBUG } from "../../flavour";
import { callback_enter, callback_leave } from "../../kernel/debug/callback";
import { pr } from "../../kernel/printk/printk";
import { raise_softirq_irqoff } from "../../kernel/softirq";
import { clear_bit, test_and_set_bit } from "../core/bits";
import { netif_tx_queue_stopped, netif_xmit_frozen_or_stopped, ops_of } from "../core/netdev";
import { dev_nit_active, dev_queue_xmit_nit } from "../core/ptype";
import { skb_next } from "../core/skb";
import { skb_set_owner } from "../core/skb_owner";
import { __skb_dequeue, __skb_queue_tail, skb_queue_empty } from "../core/skb_queue";
import { this_softnet } from "../core/softnet";
import { net_ratelimit } from "../core/utils";
import { validate_xmit_skb_list } from "../core/validate";
import { qdisc_dev, qdisc_lock, qdisc_pkt_len, qdisc_run_begin, qdisc_run_end, qdisc_state } from "./qdisc";
import { txq_trans_update } from "./watchdog";

/** Packets that one turn may send before it gives way (dev_tx_weight). */
const TX_WEIGHT: i32 = 64;

/** Puts what the driver did not take back, first in line, and has NET_TX try again. */
function requeue(skb: sk_buff, q: Qdisc): void {
  while (changetype<usize>(skb) != 0) {
    const next = skb_next(skb);
    __skb_queue_tail(q.gso_skb, skb);
    q.qstats.requeues += 1;
    q.qstats.backlog += qdisc_pkt_len(skb);
    q.q.qlen += 1;
    skb = next;
  }
  __netif_schedule(q);
}

/** The next packet that waits on gso_skb. Its driver may still be stopped. */
function take_requeued(q: Qdisc, txq: netdev_queue): sk_buff {
  if (netif_xmit_frozen_or_stopped(txq)) return changetype<sk_buff>(0);
  const skb = __skb_dequeue(q.gso_skb);
  q.qstats.backlog -= qdisc_pkt_len(skb);
  q.q.qlen -= 1;
  return skb;
}

/** Appends packets to `skb` up to the bytes that BQL allows; returns how many. */
function bulk_dequeue(q: Qdisc, skb: sk_buff, txq: netdev_queue): i32 {
  let room = <i32>(txq.dql.adj_limit - txq.dql.num_queued) - <i32>skb.len;
  let count = 0;
  while (room > 0 && count < TX_WEIGHT) {
    const next = changetype<sk_buff>(call_indirect<usize>(<u32>q.dequeue, changetype<usize>(q)));
    if (changetype<usize>(next) == 0) break;
    room -= next.len;
    skb.next = changetype<usize>(next);
    skb = next;
    count += 1;
  }
  skb.next = 0;
  return count;
}

/** netdev_start_xmit: hands one packet to the driver. `more`: another follows at once. */
function start_xmit(skb: sk_buff, dev: net_device, txq: netdev_queue, more: bool): i32 {
  this_softnet().xmit_more = more ? 1 : 0;
  if (DEBUG) skb_set_owner(skb, <u32>ops_of(dev).ndo_start_xmit);
  const state = callback_enter();
  const rc = call_indirect<i32>(<u32>ops_of(dev).ndo_start_xmit, changetype<usize>(skb), changetype<usize>(dev));
  if (DEBUG) callback_leave(state, ops_of(dev).ndo_start_xmit);
  if (rc == NETDEV_TX_OK) txq_trans_update(txq);
  return rc;
}

/** Whether the driver has the packet, for better or worse. */
@inline
function dev_xmit_complete(rc: i32): bool {
  return rc < <i32>NET_XMIT_MASK;
}

/** Hands a list of packets to the driver, taps first. Stores the last answer at `ret`; returns what was not taken. */
export function dev_hard_start_xmit(skb: sk_buff, dev: net_device, txq: netdev_queue, ret: usize): sk_buff {
  let rc: i32 = NETDEV_TX_OK;
  while (changetype<usize>(skb) != 0) {
    const next = skb_next(skb);
    skb.next = 0;
    if (dev_nit_active(dev)) dev_queue_xmit_nit(skb, dev);
    rc = start_xmit(skb, dev, txq, changetype<usize>(next) != 0);
    if (!dev_xmit_complete(rc)) {
      skb.next = changetype<usize>(next);
      break;
    }
    skb = next;
    if (changetype<usize>(skb) != 0 && netif_tx_queue_stopped(txq)) {
      rc = NETDEV_TX_BUSY;
      break;
    }
  }
  store<i32>(ret, rc);
  return skb;
}

/** HARD_TX_LOCK: the driver's lock of the queue, unless it has its own. */
export function hard_tx_lock(dev: net_device, txq: netdev_queue): void {
  if (dev.features & NETIF_F_LLTX) return;
  _raw_spin_lock(changetype<usize>(txq._xmit_lock));
  txq.xmit_lock_owner = smp_processor_id();
}

export function hard_tx_unlock(dev: net_device, txq: netdev_queue): void {
  if (dev.features & NETIF_F_LLTX) return;
  txq.xmit_lock_owner = -1;
  _raw_spin_unlock(changetype<usize>(txq._xmit_lock));
}

/** Sends packets of `q`, validating them first if asked, with the root lock given up meanwhile. False: stop for now. */
export function sch_direct_xmit(skb: sk_buff, q: Qdisc, dev: net_device, txq: netdev_queue, validate: bool): bool {
  const root_lock = qdisc_lock(q);
  _raw_spin_unlock(root_lock);
  if (validate) skb = validate_xmit_skb_list(skb, dev);
  if (changetype<usize>(skb) == 0) {
    _raw_spin_lock(root_lock);
    return true;
  }
  const ret = stack_alloc(16);
  store<i32>(ret, NETDEV_TX_BUSY);
  hard_tx_lock(dev, txq);
  if (!netif_xmit_frozen_or_stopped(txq)) skb = dev_hard_start_xmit(skb, dev, txq, ret);
  hard_tx_unlock(dev, txq);
  const rc = load<i32>(ret);
  stack_free(16);
  _raw_spin_lock(root_lock);
  if (dev_xmit_complete(rc)) return true;
  if (rc != NETDEV_TX_BUSY && net_ratelimit()) pr(cstr("\x014BUG %s code %d qlen %d\n"), dev.name, rc, q.q.qlen);
  requeue(skb, q);
  return false;
}

/** Dequeues until the qdisc is empty, the driver stops, or it is time to give way. The caller holds the root lock and
 *  RUNNING. */
export function __qdisc_run(q: Qdisc): void {
  const txq = changetype<netdev_queue>(q.dev_queue);
  let quota = TX_WEIGHT;
  while (quota > 0) {
    let skb: sk_buff;
    let packets = 1;
    let validate = false;
    if (!skb_queue_empty(q.gso_skb)) {
      skb = take_requeued(q, txq);
    } else {
      if (netif_xmit_frozen_or_stopped(txq)) return;
      skb = changetype<sk_buff>(call_indirect<usize>(<u32>q.dequeue, changetype<usize>(q)));
      validate = true;
      if (changetype<usize>(skb) != 0) packets += bulk_dequeue(q, skb, txq);
    }
    if (changetype<usize>(skb) == 0) return;
    if (!sch_direct_xmit(skb, q, qdisc_dev(q), txq, validate)) return;
    quota -= packets;
  }
  __netif_schedule(q);
}

/** Runs a qdisc unless somebody does. The caller holds the root lock. */
export function qdisc_run(q: Qdisc): void {
  if (!qdisc_run_begin(q)) return;
  __qdisc_run(q);
  qdisc_run_end(q);
}

/** net/pkt_sched.h. Has NET_TX run the qdisc, once. Context: any. */
export function __netif_schedule(q: Qdisc): void {
  if (test_and_set_bit(__QDISC_STATE_SCHED, qdisc_state(q))) return;
  const flags = local_irq_save();
  const sd = this_softnet();
  q.next_sched = 0;
  store<usize>(sd.output_queue_tailp, changetype<usize>(q));
  sd.output_queue_tailp = changetype<usize>(q) + offsetof_Qdisc_next_sched;
  raise_softirq_irqoff(NET_TX_SOFTIRQ);
  local_irq_restore(flags);
}

/** NET_TX: runs the qdiscs that were scheduled. */
export function net_tx_qdiscs(sd: softnet_data): void {
  if (sd.output_queue == 0) return;
  local_irq_disable();
  let head = sd.output_queue;
  sd.output_queue = 0;
  sd.output_queue_tailp = changetype<usize>(sd) + offsetof_softnet_data_output_queue;
  local_irq_enable();
  while (head) {
    const q = changetype<Qdisc>(head);
    head = q.next_sched;
    _raw_spin_lock(qdisc_lock(q));
    clear_bit(__QDISC_STATE_SCHED, qdisc_state(q));
    qdisc_run(q);
    _raw_spin_unlock(qdisc_lock(q));
  }
}
