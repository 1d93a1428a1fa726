// net/sched/sch_generic.c: queueing disciplines, one per transmit queue. txq->qdisc is where packets go now,
// txq->qdisc_sleeping what is attached: while the device is down or has no carrier, packets go to noop_qdisc, which
// drops them.

import {
  GFP_KERNEL,
  IFNAMSIZ,
  NET_XMIT_CN,
  Qdisc,
  Qdisc_ops,
  TCQ_F_BUILTIN,
  TCQ_F_NOPARENT,
  TCQ_F_ONETXQUEUE,
  TC_H_ROOT,
  __GFP_ZERO,
  __QDISC_STATE2_RUNNING,
  net_device,
  netdev_queue,
  offsetof_Qdisc_rcu,
  offsetof_Qdisc_state,
  offsetof_gnet_stats_basic_sync_bytes,
  offsetof_gnet_stats_basic_sync_packets,
  qdisc_skb_cb,
  sizeof_Qdisc,
  sizeof_Qdisc_ops,
  sizeof_netdev_queue,
  sk_buff,
} from "../../abi";
import { spin_lock_init } from "../../kernel/locking/spinlock";
import { call_rcu } from "../../kernel/rcu";
import { refcount_dec_and_test, refcount_set } from "../../lib/refcount";
import { strscpy } from "../../lib/string";
import { __kmalloc } from "../../mm/kmalloc";
import { kfree } from "../../mm/slub";
import { dev_hold, dev_put } from "../core/netdev";
import { __skb_queue_head_init, __skb_queue_purge } from "../core/skb_queue";

/** net/sch_generic.h. `struct Qdisc noop_qdisc`: drops every packet; stands for a queue that is not active. */
export const noop_qdisc: usize = memory.data(<i32>sizeof_Qdisc, 64);

/** The queue behind noop_qdisc: it belongs to no device. */
const noop_netdev_queue = memory.data(<i32>sizeof_netdev_queue, 64);

const noop_qdisc_ops = memory.data(<i32>sizeof_Qdisc_ops, 8);
const noqueue_qdisc_ops = memory.data(<i32>sizeof_Qdisc_ops, 8);

@inline
export function qdisc_lock(q: Qdisc): usize {
  return changetype<usize>(q.q.lock);
}

@inline
export function qdisc_dev(q: Qdisc): net_device {
  return changetype<net_device>(changetype<netdev_queue>(q.dev_queue).dev);
}

@inline
export function qdisc_state(q: Qdisc): usize {
  return changetype<usize>(q) + offsetof_Qdisc_state;
}

@inline
export function qdisc_is_running(q: Qdisc): bool {
  return (q.state2 & (1 << __QDISC_STATE2_RUNNING)) != 0;
}

/** Under the root lock: makes the caller the one who dequeues. */
@inline
export function qdisc_run_begin(q: Qdisc): bool {
  const running = 1 << __QDISC_STATE2_RUNNING;
  if (q.state2 & running) return false;
  q.state2 |= running;
  return true;
}

@inline
export function qdisc_run_end(q: Qdisc): void {
  q.state2 &= ~(1 << __QDISC_STATE2_RUNNING);
}

@inline
export function qdisc_qlen(q: Qdisc): u32 {
  return q.q.qlen;
}

/** What the packet counts for in backlogs: set when it was handed to the qdisc. */
@inline
export function qdisc_pkt_len(skb: sk_buff): u32 {
  return changetype<qdisc_skb_cb>(skb.cb).pkt_len;
}

@inline
export function qdisc_bstats_update(q: Qdisc, skb: sk_buff): void {
  const bytes = changetype<usize>(q.bstats) + offsetof_gnet_stats_basic_sync_bytes;
  const packets = changetype<usize>(q.bstats) + offsetof_gnet_stats_basic_sync_packets;
  store<u64>(bytes, load<u64>(bytes) + qdisc_pkt_len(skb));
  store<u64>(packets, load<u64>(packets) + 1);
}

/** Puts a packet on the list of those that the caller frees once it holds no lock. */
@inline
export function __qdisc_drop(skb: sk_buff, to_free: usize): void {
  skb.next = load<usize>(to_free);
  store<usize>(to_free, changetype<usize>(skb));
}

// ── noop and noqueue ──

function noop_enqueue(skb: sk_buff, sch: Qdisc, to_free: usize): i32 {
  __qdisc_drop(skb, to_free);
  return NET_XMIT_CN;
}

function noop_dequeue(sch: Qdisc): sk_buff {
  return changetype<sk_buff>(0);
}

/** A device without a queue: its packets go straight to the driver. */
function noqueue_init(sch: Qdisc, opt: usize, extack: usize): i32 {
  // __dev_queue_xmit tells by this
  sch.enqueue = 0;
  return 0;
}

export function qdisc_init(): void {
  const noop_ops = changetype<Qdisc_ops>(noop_qdisc_ops);
  strscpy(noop_ops.id, cstr("noop"), IFNAMSIZ);
  noop_ops.enqueue = noop_enqueue.index;
  noop_ops.dequeue = noop_dequeue.index;
  noop_ops.peek = noop_dequeue.index;

  const noqueue_ops = changetype<Qdisc_ops>(noqueue_qdisc_ops);
  strscpy(noqueue_ops.id, cstr("noqueue"), IFNAMSIZ);
  noqueue_ops.init = noqueue_init.index;
  noqueue_ops.enqueue = noop_enqueue.index;
  noqueue_ops.dequeue = noop_dequeue.index;
  noqueue_ops.peek = noop_dequeue.index;

  const noop = changetype<Qdisc>(noop_qdisc);
  noop.enqueue = noop_enqueue.index;
  noop.dequeue = noop_dequeue.index;
  noop.flags = TCQ_F_BUILTIN;
  noop.ops = noop_qdisc_ops;
  noop.dev_queue = noop_netdev_queue;
  __skb_queue_head_init(noop.gso_skb);
  __skb_queue_head_init(noop.skb_bad_txq);
  refcount_set(changetype<usize>(noop.refcnt), 1);
  changetype<netdev_queue>(noop_netdev_queue).qdisc = noop_qdisc;
  changetype<netdev_queue>(noop_netdev_queue).qdisc_sleeping = noop_qdisc;
}

// ── Life of a qdisc ──

/** The operations of devices that have no queue. */
@inline
export function noqueue_ops(): Qdisc_ops {
  return changetype<Qdisc_ops>(noqueue_qdisc_ops);
}

/** Creates a qdisc for a queue, or null. It holds a reference to the device. */
export function qdisc_create(txq: netdev_queue, ops: Qdisc_ops): Qdisc {
  const sch = changetype<Qdisc>(__kmalloc(sizeof_Qdisc + ops.priv_size, GFP_KERNEL | __GFP_ZERO));
  if (changetype<usize>(sch) == 0) return sch;
  __skb_queue_head_init(sch.gso_skb);
  __skb_queue_head_init(sch.skb_bad_txq);
  spin_lock_init(qdisc_lock(sch));
  spin_lock_init(changetype<usize>(sch.busylock));
  spin_lock_init(changetype<usize>(sch.seqlock));
  sch.ops = changetype<usize>(ops);
  sch.flags = ops.static_flags | TCQ_F_ONETXQUEUE | TCQ_F_NOPARENT;
  sch.enqueue = ops.enqueue;
  sch.dequeue = ops.dequeue;
  sch.dev_queue = changetype<usize>(txq);
  sch.parent = TC_H_ROOT;
  refcount_set(changetype<usize>(sch.refcnt), 1);
  dev_hold(changetype<net_device>(txq.dev));
  if (ops.init && call_indirect<i32>(<u32>ops.init, changetype<usize>(sch), <usize>0, <usize>0) != 0) {
    qdisc_put(sch);
    return changetype<Qdisc>(0);
  }
  return sch;
}

/** net/sch_generic.h. Empties a qdisc. Context: softirqs off, root lock held. */
export function qdisc_reset(q: Qdisc): void {
  const reset = <u32>changetype<Qdisc_ops>(q.ops).reset;
  if (reset) call_indirect<void>(reset, changetype<usize>(q));
  __skb_queue_purge(q.gso_skb);
  __skb_queue_purge(q.skb_bad_txq);
  q.q.qlen = 0;
  q.qstats.backlog = 0;
}

function qdisc_free_rcu(head: usize): void {
  kfree(head - offsetof_Qdisc_rcu);
}

/** net/pkt_sched.h. Drops a reference; the last one empties and frees the qdisc. Null and built-in ones are fine.
 *  Context: process, under RTNL. */
export function qdisc_put(q: Qdisc): void {
  if (changetype<usize>(q) == 0 || q.flags & TCQ_F_BUILTIN) return;
  if (!refcount_dec_and_test(changetype<usize>(q.refcnt))) return;
  qdisc_reset(q);
  const destroy = <u32>changetype<Qdisc_ops>(q.ops).destroy;
  if (destroy) call_indirect<void>(destroy, changetype<usize>(q));
  dev_put(qdisc_dev(q));
  // senders may still look at it
  call_rcu(changetype<usize>(q.rcu), qdisc_free_rcu.index);
}
