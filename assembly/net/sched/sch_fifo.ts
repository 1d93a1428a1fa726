// net/sched/sch_fifo.c: pfifo, first in, first out, at most tx_queue_len packets; what comes on top is dropped.
// It is what every queue gets. (Linux's default, pfifo_fast, is three such queues by priority.)

import {
  IFNAMSIZ,
  NET_XMIT_DROP,
  NET_XMIT_SUCCESS,
  Qdisc,
  Qdisc_ops,
  SKB_DROP_REASON_NOT_SPECIFIED,
  TCQ_F_CAN_BYPASS,
  sizeof_Qdisc_ops,
  sk_buff,
} from "../../abi";
import { strscpy } from "../../lib/string";
import { kfree_skb_list_reason } from "../core/skb_free";
import { __qdisc_drop, qdisc_bstats_update, qdisc_dev, qdisc_pkt_len } from "./qdisc";

const pfifo_qdisc_ops = memory.data(<i32>sizeof_Qdisc_ops, 8);

@inline
export function default_qdisc_ops(): Qdisc_ops {
  return changetype<Qdisc_ops>(pfifo_qdisc_ops);
}

function pfifo_enqueue(skb: sk_buff, sch: Qdisc, to_free: usize): i32 {
  if (sch.q.qlen >= sch.limit) {
    sch.qstats.drops += 1;
    __qdisc_drop(skb, to_free);
    return NET_XMIT_DROP;
  }
  skb.next = 0;
  if (sch.q.tail) changetype<sk_buff>(sch.q.tail).next = changetype<usize>(skb);
  else sch.q.head = changetype<usize>(skb);
  sch.q.tail = changetype<usize>(skb);
  sch.q.qlen += 1;
  sch.qstats.backlog += qdisc_pkt_len(skb);
  return NET_XMIT_SUCCESS;
}

function pfifo_dequeue(sch: Qdisc): sk_buff {
  const skb = changetype<sk_buff>(sch.q.head);
  if (changetype<usize>(skb) == 0) return skb;
  sch.q.head = skb.next;
  if (sch.q.head == 0) sch.q.tail = 0;
  skb.next = 0;
  sch.q.qlen -= 1;
  sch.qstats.backlog -= qdisc_pkt_len(skb);
  qdisc_bstats_update(sch, skb);
  return skb;
}

function pfifo_peek(sch: Qdisc): sk_buff {
  return changetype<sk_buff>(sch.q.head);
}

function pfifo_init(sch: Qdisc, opt: usize, extack: usize): i32 {
  return pfifo_limit(sch, qdisc_dev(sch).tx_queue_len);
}

/** A queue that takes packets may be skipped while it is empty. */
function pfifo_limit(sch: Qdisc, limit: u32): i32 {
  sch.limit = limit;
  if (limit) sch.flags |= TCQ_F_CAN_BYPASS;
  else sch.flags &= ~TCQ_F_CAN_BYPASS;
  return 0;
}

function pfifo_reset(sch: Qdisc): void {
  kfree_skb_list_reason(changetype<sk_buff>(sch.q.head), SKB_DROP_REASON_NOT_SPECIFIED);
  sch.q.head = 0;
  sch.q.tail = 0;
}

export function pfifo_init_ops(): void {
  const ops = default_qdisc_ops();
  strscpy(ops.id, cstr("pfifo"), IFNAMSIZ);
  ops.enqueue = pfifo_enqueue.index;
  ops.dequeue = pfifo_dequeue.index;
  ops.peek = pfifo_peek.index;
  ops.init = pfifo_init.index;
  ops.reset = pfifo_reset.index;
  ops.change_tx_queue_len = pfifo_limit.index;
}
