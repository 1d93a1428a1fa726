// net/core/dev.c: sending. A packet goes through the qdisc of its queue, or to the driver at once if the device has
// none.

import {
  ENETDOWN,
  ENOMEM,
  IFF_UP,
  NET_XMIT_DROP,
  NET_XMIT_MASK,
  NET_XMIT_SUCCESS,
  NR_CPUS,
  Qdisc,
  SKB_DROP_REASON_QDISC_DROP,
  TCQ_F_CAN_BYPASS,
  __QDISC_STATE_DEACTIVATED,
  net_device,
  netdev_queue,
  qdisc_skb_cb,
  sk_buff,
} from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { _raw_spin_lock, _raw_spin_unlock } from "../../kernel/locking/spinlock";
import { pr } from "../../kernel/printk/printk";
import { local_bh_disable, local_bh_enable } from "../../kernel/softirq";
import {
  __qdisc_drop,
  qdisc_bstats_update,
  qdisc_lock,
  qdisc_qlen,
  qdisc_run_begin,
  qdisc_run_end,
  qdisc_state,
} from "../sched/qdisc";
import {
  __qdisc_run,
  dev_hard_start_xmit,
  hard_tx_lock,
  hard_tx_unlock,
  qdisc_run,
  sch_direct_xmit,
} from "../sched/xmit";
import { test_bit } from "./bits";
import { dev_core_stats_tx_dropped_inc } from "./dev_stats";
import { tc_range } from "./dev_tc";
import { skb_get_hash } from "./flow_dissector";
import { netdev_get_tx_queue, netif_xmit_stopped, ops_of } from "./netdev";
import { skb_reset_mac_header } from "./skb";
import { kfree_skb, kfree_skb_list_reason } from "./skb_free";
import { skb_set_owner } from "./skb_owner";
import { this_softnet } from "./softnet";
import { net_ratelimit } from "./utils";
import { validate_xmit_skb } from "./validate";
import { get_xps_queue } from "./xps";

/** Devices on top of devices on top of … that a packet may pass (XMIT_RECURSION_LIMIT). */
const RECURSION_LIMIT: u16 = 8;

/** linux/netdevice.h. A queue by the packet's flow, within its traffic class: the one it was received on, one of the
 *  CPU's (netif_set_xps_queue), or by its hash. Context: softirqs off. */
export function netdev_pick_tx(dev: net_device, skb: sk_buff, sb_dev: net_device): u32 {
  let offset: u32 = 0;
  let count = dev.real_num_tx_queues;
  if (dev.num_tc) {
    const range = tc_range(dev, skb.priority);
    if (range.count) {
      offset = range.offset;
      count = range.count;
    }
  }
  if (skb.queue_mapping) {
    const received = <u32>skb.queue_mapping - 1;
    return offset + ((received >= offset ? received - offset : received) % count);
  }
  const xps = get_xps_queue(dev, skb, skb.sender_cpu - 1);
  if (xps >= 0) return xps;
  return offset + <u32>((<u64>skb_get_hash(skb) * count) >> 32);
}

/** linux/netdevice.h. Always the first queue. Context: any. */
export function dev_pick_tx_zero(dev: net_device, skb: sk_buff, sb_dev: net_device): u32 {
  return 0;
}

/** linux/netdevice.h. The queue of the CPU that sends. Context: any. */
export function dev_pick_tx_cpu_id(dev: net_device, skb: sk_buff, sb_dev: net_device): u32 {
  return smp_processor_id() % dev.real_num_tx_queues;
}

function core_pick_tx(dev: net_device, skb: sk_buff, sb_dev: net_device): netdev_queue {
  if (skb.sender_cpu - 1 >= NR_CPUS) skb.sender_cpu = smp_processor_id() + 1;
  let index: u32 = 0;
  if (dev.real_num_tx_queues != 1) {
    const select = <u32>ops_of(dev).ndo_select_queue;
    index = select
      ? call_indirect<u32>(select, changetype<usize>(dev), changetype<usize>(skb), changetype<usize>(sb_dev))
      : netdev_pick_tx(dev, skb, sb_dev);
    if (index >= dev.real_num_tx_queues) {
      if (net_ratelimit()) {
        pr(
          cstr("\x014%s selects TX queue %d, but real number of TX queues is %d\n"),
          dev.name,
          index,
          dev.real_num_tx_queues,
        );
      }
      index = 0;
    }
  }
  skb.queue_mapping = <u16>index;
  return netdev_get_tx_queue(dev, index);
}

/** Queues a packet, or sends it past an empty queue. NET_XMIT_* */
function xmit_qdisc(skb: sk_buff, q: Qdisc, dev: net_device, txq: netdev_queue): i32 {
  const root_lock = qdisc_lock(q);
  const to_free = stack_alloc(16);
  store<usize>(to_free, 0);
  let rc: i32 = NET_XMIT_SUCCESS;
  _raw_spin_lock(root_lock);
  if (test_bit(__QDISC_STATE_DEACTIVATED, qdisc_state(q))) {
    __qdisc_drop(skb, to_free);
    rc = NET_XMIT_DROP;
  } else if (q.flags & TCQ_F_CAN_BYPASS && qdisc_qlen(q) == 0 && qdisc_run_begin(q)) {
    qdisc_bstats_update(q, skb);
    if (sch_direct_xmit(skb, q, dev, txq, true)) __qdisc_run(q);
    qdisc_run_end(q);
  } else {
    rc = call_indirect<i32>(<u32>q.enqueue, changetype<usize>(skb), changetype<usize>(q), to_free) & <i32>NET_XMIT_MASK;
    qdisc_run(q);
  }
  _raw_spin_unlock(root_lock);
  kfree_skb_list_reason(changetype<sk_buff>(load<usize>(to_free)), SKB_DROP_REASON_QDISC_DROP);
  stack_free(16);
  return rc;
}

/** Sends on a device without a queue. 0 or -ENETDOWN, and the packet is gone. */
function xmit_noqueue(skb: sk_buff, dev: net_device, txq: netdev_queue): i32 {
  const sd = this_softnet();
  const loops = txq.xmit_lock_owner == <i32>smp_processor_id() || sd.xmit_recursion > RECURSION_LIMIT;
  if (!(dev.flags & IFF_UP) || loops) {
    if (loops && net_ratelimit()) {
      pr(cstr("\x012Dead loop on virtual device %s, fix it urgently!\n"), dev.name);
    }
    dev_core_stats_tx_dropped_inc(dev);
    kfree_skb(skb);
    return -ENETDOWN;
  }
  skb = validate_xmit_skb(skb, dev);
  if (changetype<usize>(skb) == 0) return -ENOMEM;
  const ret = stack_alloc(16);
  store<i32>(ret, 0);
  hard_tx_lock(dev, txq);
  if (!netif_xmit_stopped(txq)) {
    sd.xmit_recursion += 1;
    skb = dev_hard_start_xmit(skb, dev, txq, ret);
    sd.xmit_recursion -= 1;
  }
  hard_tx_unlock(dev, txq);
  const rc = load<i32>(ret);
  stack_free(16);
  if (changetype<usize>(skb) == 0) return rc;
  if (net_ratelimit()) pr(cstr("\x012Virtual device %s asks to queue packet!\n"), dev.name);
  dev_core_stats_tx_dropped_inc(dev);
  kfree_skb(skb);
  return -ENETDOWN;
}

/** linux/netdevice.h. Sends a packet on skb->dev; it is gone in any case. `sb_dev` may be null. 0, NET_XMIT_DROP or
 *  _CN, or an errno. Context: process, softirq; interrupts enabled. */
export function __dev_queue_xmit(skb: sk_buff, sb_dev: net_device): i32 {
  const dev = changetype<net_device>(skb.dev);
  skb_set_owner(skb, 0);
  skb_reset_mac_header(skb);
  local_bh_disable();
  changetype<qdisc_skb_cb>(skb.cb).pkt_len = skb.len;
  skb.tc_at_ingress = 0;
  const txq = core_pick_tx(dev, skb, sb_dev);
  const q = changetype<Qdisc>(txq.qdisc);
  const rc = q.enqueue ? xmit_qdisc(skb, q, dev, txq) : xmit_noqueue(skb, dev, txq);
  local_bh_enable();
  return rc;
}

/** linux/netdevice.h. __dev_queue_xmit without a subordinate device: inline in Linux. Context: process, softirq;
 *  interrupts enabled. */
export function dev_queue_xmit(skb: sk_buff): i32 {
  return __dev_queue_xmit(skb, changetype<net_device>(0));
}
