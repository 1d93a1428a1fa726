// net/core/dev.c: NAPI. A driver's interrupt schedules a poll and keeps quiet until the poll has emptied the ring.
// `state` holds who owns the instance:
//
//   SCHED    somebody does: a softirq that polls, or (with NPSVC) napi_disable
//   MISSED   an interrupt came while it was owned: poll once more
//   DISABLE  napi_disable waits for the owner
//   THREADED a kthread of its own polls it (napi_thread)

import {
  CLOCK_MONOTONIC,
  HRTIMER_MODE_REL_PINNED,
  HRTIMER_NORESTART,
  NAPIF_STATE_DISABLE,
  NAPIF_STATE_MISSED,
  NAPIF_STATE_NPSVC,
  NAPIF_STATE_SCHED,
  NAPIF_STATE_SCHED_THREADED,
  NAPIF_STATE_THREADED,
  NAPI_POLL_WEIGHT,
  NAPI_STATE_DISABLE,
  NAPI_STATE_LISTED,
  NAPI_STATE_NPSVC,
  NAPI_STATE_SCHED,
  NET_RX_SOFTIRQ,
  NR_CPUS,
  TASK_UNINTERRUPTIBLE,
  napi_struct,
  net_device,
  offsetof_napi_struct_poll_list,
  offsetof_napi_struct_state,
  offsetof_napi_struct_timer,
  sk_buff,
  softnet_data,
} from "../../abi";
import { local_irq_restore, local_irq_save } from "../../arch/wasm/irqflags";
import { DEBUG } from "../../flavour";
import { might_sleep } from "../../kernel/locking/might_sleep";
import { BUG, WARN } from "../../kernel/panic";
import { __raise_softirq_irqoff } from "../../kernel/softirq";
import { hrtimer_cancel, hrtimer_init, hrtimer_start_range_ns } from "../../kernel/time/hrtimer";
import { usleep_range_state } from "../../kernel/time/sleep";
import { INIT_LIST_HEAD, list_add, list_add_tail, list_del_init, list_empty } from "../../lib/list";
import { clear_bit, set_bit, test_and_clear_bit, test_and_set_bit } from "./bits";
import { gro_free_held, gro_init, gro_normal_list, napi_gro_flush } from "./gro";
import { napi_thread_create, napi_thread_stop, napi_thread_wake } from "./napi_thread";
import { netdev_pr } from "./printk";
import { list_del_rcu } from "./rculist";
import { kfree_skb } from "./skb_free";
import { this_softnet } from "./softnet";

@inline
function napi_state(n: napi_struct): usize {
  return changetype<usize>(n) + offsetof_napi_struct_state;
}

@inline
export function napi_of_poll(link: usize): napi_struct {
  return changetype<napi_struct>(link - offsetof_napi_struct_poll_list);
}

/** Puts an instance that the caller owns on this CPU's list, or wakes its thread. Interrupts are off. */
export function ____napi_schedule(sd: softnet_data, n: napi_struct): void {
  if (n.state & NAPIF_STATE_THREADED && n.thread) return napi_thread_wake(n);
  list_add_tail(changetype<usize>(n.poll_list), changetype<usize>(sd.poll_list));
  __raise_softirq_irqoff(NET_RX_SOFTIRQ);
}

/** linux/netdevice.h. Has NET_RX poll `n`, which napi_schedule_prep made the caller's. Context: any. */
export function __napi_schedule(n: napi_struct): void {
  const flags = local_irq_save();
  ____napi_schedule(this_softnet(), n);
  local_irq_restore(flags);
}

/** linux/netdevice.h. As __napi_schedule. Context: any, interrupts off. */
export function __napi_schedule_irqoff(n: napi_struct): void {
  ____napi_schedule(this_softnet(), n);
}

/** linux/netdevice.h. Makes the instance the caller's to schedule: true unless somebody owns it (who then polls once
 *  more) or it is being disabled. Context: any. */
export function napi_schedule_prep(n: napi_struct): bool {
  while (true) {
    const val = atomic.load<u32>(napi_state(n));
    if (val & NAPIF_STATE_DISABLE) return false;
    const owned = val & NAPIF_STATE_SCHED;
    const next = val | NAPIF_STATE_SCHED | (owned ? NAPIF_STATE_MISSED : 0);
    if (atomic.cmpxchg<u32>(napi_state(n), val, next) == val) return owned == 0;
  }
}

/** linux/netdevice.h. napi_schedule_prep and __napi_schedule. Context: any. */
export function napi_schedule(n: napi_struct): void {
  if (napi_schedule_prep(n)) __napi_schedule(n);
}

/** linux/netdevice.h. The poll is done having handled `work_done` packets, fewer than its budget: hands on what it
 *  received. True if the driver should enable its interrupt; false if it will be polled again. Context: softirq. */
export function napi_complete_done(n: napi_struct, work_done: i32): bool {
  if (n.state & NAPIF_STATE_NPSVC) return false;
  let timeout: u32 = 0;
  let ret = true;
  const dev = changetype<net_device>(n.dev);
  if (work_done) {
    if (n.gro_bitmask) timeout = dev.gro_flush_timeout;
    n.defer_hard_irqs_count = dev.napi_defer_hard_irqs;
  }
  if (n.defer_hard_irqs_count > 0) {
    n.defer_hard_irqs_count -= 1;
    timeout = dev.gro_flush_timeout;
    if (timeout) ret = false;
  }
  if (n.gro_bitmask) napi_gro_flush(n, timeout != 0);
  gro_normal_list(n);
  if (!list_empty(changetype<usize>(n.poll_list))) {
    const flags = local_irq_save();
    list_del_init(changetype<usize>(n.poll_list));
    local_irq_restore(flags);
  }
  let val: u32;
  while (true) {
    val = atomic.load<u32>(napi_state(n));
    if (!(val & NAPIF_STATE_SCHED)) WARN(cstr("napi_complete_done: the instance is not scheduled"));
    const kept = val & ~(NAPIF_STATE_MISSED | NAPIF_STATE_SCHED | NAPIF_STATE_SCHED_THREADED);
    const next = kept | (val & NAPIF_STATE_MISSED ? NAPIF_STATE_SCHED : 0);
    if (atomic.cmpxchg<u32>(napi_state(n), val, next) == val) break;
  }
  if (val & NAPIF_STATE_MISSED) {
    __napi_schedule(n);
    return false;
  }
  if (timeout) hrtimer_start_range_ns(changetype<usize>(n.timer), timeout, 0, HRTIMER_MODE_REL_PINNED);
  return ret;
}

/** linux/netdevice.h. napi_complete_done for a poll that does not count. Inline in Linux. Context: softirq. */
export function napi_complete(n: napi_struct): bool {
  return napi_complete_done(n, 0);
}

/** gro_flush_timeout is over: polls without an interrupt. The timer's function. */
function napi_watchdog(timer: usize): u32 {
  const n = changetype<napi_struct>(timer - offsetof_napi_struct_timer);
  if (!(n.state & NAPIF_STATE_DISABLE) && !test_and_set_bit(NAPI_STATE_SCHED, napi_state(n))) {
    __napi_schedule_irqoff(n);
  }
  return HRTIMER_NORESTART;
}

/** Numbers of instances; those up to NR_CPUS mean CPUs. */
const last_id = memory.data(4, 4);

/** linux/netdevice.h. Adds an instance to a device: `poll`(napi, budget) handles at most `weight` packets and
 *  returns how many. It is disabled until napi_enable. Context: process. */
export function netif_napi_add_weight(dev: net_device, n: napi_struct, poll: u32, weight: i32): void {
  if (test_and_set_bit(NAPI_STATE_LISTED, napi_state(n))) {
    WARN(cstr("netif_napi_add: the instance was added before"));
    return;
  }
  INIT_LIST_HEAD(changetype<usize>(n.poll_list));
  n.napi_hash_node.next = 0;
  n.napi_hash_node.pprev = 0;
  hrtimer_init(changetype<usize>(n.timer), CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED);
  n.timer.function_ = napi_watchdog.index;
  gro_init(n);
  n.skb = 0;
  n.poll = poll;
  if (weight > <i32>NAPI_POLL_WEIGHT) {
    netdev_pr(cstr("\x013"), dev, cstr("netif_napi_add_weight() called with weight %d\n"), weight);
  }
  n.weight = weight;
  n.dev = changetype<usize>(dev);
  n.poll_owner = -1;
  set_bit(NAPI_STATE_SCHED, napi_state(n));
  set_bit(NAPI_STATE_NPSVC, napi_state(n));
  list_add(changetype<usize>(n.dev_list), changetype<usize>(dev.napi_list));
  n.napi_id = NR_CPUS + atomic.add<u32>(last_id, 1) + 1;
  // without its thread the device goes back to softirqs
  if (dev.threaded && napi_thread_create(n) != 0) dev.threaded = 0;
}

/** linux/netdevice.h. Takes a disabled instance off its device. Context: process; nothing may poll for a grace
 *  period. */
export function __netif_napi_del(n: napi_struct): void {
  if (!test_and_clear_bit(NAPI_STATE_LISTED, napi_state(n))) return;
  list_del_rcu(changetype<usize>(n.dev_list));
  kfree_skb(changetype<sk_buff>(n.skb));
  n.skb = 0;
  gro_free_held(n);
  napi_thread_stop(n);
}

/** linux/netdevice.h. Waits until the poll that runs is done, and keeps it from running again. Context: process. */
export function napi_disable(n: napi_struct): void {
  if (DEBUG) might_sleep(cstr("napi_disable"));
  set_bit(NAPI_STATE_DISABLE, napi_state(n));
  while (true) {
    const val = atomic.load<u32>(napi_state(n));
    if (val & (NAPIF_STATE_SCHED | NAPIF_STATE_NPSVC)) {
      usleep_range_state(20, 200, TASK_UNINTERRUPTIBLE);
      continue;
    }
    const next = (val | NAPIF_STATE_SCHED | NAPIF_STATE_NPSVC) & ~NAPIF_STATE_THREADED;
    if (atomic.cmpxchg<u32>(napi_state(n), val, next) == val) break;
  }
  hrtimer_cancel(changetype<usize>(n.timer));
  clear_bit(NAPI_STATE_DISABLE, napi_state(n));
}

/** linux/netdevice.h. Undoes napi_disable; an instance that is enabled already is a BUG. Context: any. */
export function napi_enable(n: napi_struct): void {
  while (true) {
    const val = atomic.load<u32>(napi_state(n));
    if (!(val & NAPIF_STATE_SCHED)) BUG(cstr("napi_enable: the instance is enabled already"));
    let next = val & ~(NAPIF_STATE_SCHED | NAPIF_STATE_NPSVC);
    if (changetype<net_device>(n.dev).threaded && n.thread) next |= NAPIF_STATE_THREADED;
    if (atomic.cmpxchg<u32>(napi_state(n), val, next) == val) return;
  }
}
