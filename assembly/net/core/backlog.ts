// net/core/dev.c: netif_rx. Drivers without NAPI post packets from their interrupt to the CPU's backlog, which NET_RX
// polls like a device.

import {
  NAPI_STATE_SCHED,
  NETREG_UNREGISTERING,
  NET_RX_DROP,
  NET_RX_SUCCESS,
  SKB_REASON_DROPPED,
  napi_struct,
  net_device,
  offsetof_napi_struct_state,
  offsetof_softnet_data_backlog,
  sk_buff,
  sk_buff_head,
  softnet_data,
} from "../../abi";
import { local_irq_disable, local_irq_enable, local_irq_restore, local_irq_save } from "../../arch/wasm/irqflags";
import { in_interrupt } from "../../arch/wasm/preempt";
import { nr_cpu_ids } from "../../kernel/cpu";
import { local_bh_disable, local_bh_enable } from "../../kernel/softirq";
import { INIT_LIST_HEAD } from "../../lib/list";
import { test_and_set_bit } from "./bits";
import { __dev_kfree_skb_any, __dev_kfree_skb_irq } from "./dev_kfree";
import { dev_core_stats_rx_dropped_inc } from "./dev_stats";
import { gro_init } from "./gro";
import { ____napi_schedule } from "./napi";
import { netif_running } from "./netdev";
import { __netif_receive_skb } from "./rx";
import {
  __skb_dequeue,
  __skb_queue_tail,
  __skb_unlink,
  skb_queue_empty,
  skb_queue_splice_tail_init,
} from "./skb_queue";
import { softnet_of, this_softnet } from "./softnet";
import { skb_set_owner } from "./skb_owner";

/** Packets that may wait (netdev_max_backlog). */
const MAX_BACKLOG: u32 = 1000;
/** Packets in one poll (dev_rx_weight). */
const WEIGHT: i32 = 64;

/** Moves the posted packets over for processing; false if there are none and the backlog is idle from here. */
function refill(sd: softnet_data): bool {
  local_irq_disable();
  const more = !skb_queue_empty(sd.input_pkt_queue);
  if (more) skb_queue_splice_tail_init(sd.input_pkt_queue, sd.process_queue);
  else sd.backlog.state = 0;
  local_irq_enable();
  return more;
}

/** The backlog's poll. */
function process_backlog(n: napi_struct, quota: i32): i32 {
  const sd = changetype<softnet_data>(changetype<usize>(n) - offsetof_softnet_data_backlog);
  let work = 0;
  do {
    while (!skb_queue_empty(sd.process_queue)) {
      __netif_receive_skb(__skb_dequeue(sd.process_queue));
      work += 1;
      if (work >= quota) return work;
    }
  } while (refill(sd));
  return work;
}

export function backlog_init(sd: softnet_data): void {
  const n = sd.backlog;
  INIT_LIST_HEAD(changetype<usize>(n.poll_list));
  gro_init(n);
  n.poll = process_backlog.index;
  n.weight = WEIGHT;
}

/** Posts a packet to this CPU's backlog. */
function enqueue_to_backlog(skb: sk_buff): i32 {
  skb_set_owner(skb, 0);
  const dev = changetype<net_device>(skb.dev);
  const flags = local_irq_save();
  const sd = this_softnet();
  const queue = sd.input_pkt_queue;
  const room = queue.qlen <= MAX_BACKLOG;
  if (room && netif_running(dev)) {
    const state = changetype<usize>(sd.backlog) + offsetof_napi_struct_state;
    if (queue.qlen == 0 && !test_and_set_bit(NAPI_STATE_SCHED, state)) ____napi_schedule(sd, sd.backlog);
    __skb_queue_tail(queue, skb);
    local_irq_restore(flags);
    return NET_RX_SUCCESS;
  }
  sd.dropped += 1;
  local_irq_restore(flags);
  dev_core_stats_rx_dropped_inc(dev);
  __dev_kfree_skb_any(skb, SKB_REASON_DROPPED);
  return NET_RX_DROP;
}

/** linux/netdevice.h. Posts a packet for NET_RX. NET_RX_SUCCESS, or NET_RX_DROP if the backlog is full or the device
 *  down. Context: hardirq, softirq. */
export function __netif_rx(skb: sk_buff): i32 {
  return enqueue_to_backlog(skb);
}

/** linux/netdevice.h. Posts a packet for NET_RX, which runs before this returns if softirqs were enabled.
 *  NET_RX_SUCCESS or NET_RX_DROP. Context: any, interrupts enabled in process context. */
export function netif_rx(skb: sk_buff): i32 {
  const enabled = !in_interrupt();
  if (enabled) local_bh_disable();
  const ret = enqueue_to_backlog(skb);
  if (enabled) local_bh_enable();
  return ret;
}

/** Frees what a queue holds for devices that are going. */
function flush_queue(queue: sk_buff_head): void {
  let link = queue.next;
  while (link != changetype<usize>(queue)) {
    const skb = changetype<sk_buff>(link);
    link = skb.next;
    if (changetype<net_device>(skb.dev).reg_state != NETREG_UNREGISTERING) continue;
    __skb_unlink(skb, queue);
    __dev_kfree_skb_irq(skb, SKB_REASON_DROPPED);
  }
}

/** Frees what the backlogs hold for devices that are going. Process, under RTNL. */
export function flush_all_backlogs(): void {
  for (let cpu: u32 = 0; cpu < load<u32>(nr_cpu_ids); cpu++) {
    const sd = softnet_of(cpu);
    local_bh_disable();
    local_irq_disable();
    flush_queue(sd.input_pkt_queue);
    flush_queue(sd.process_queue);
    local_irq_enable();
    local_bh_enable();
  }
}
