// net/core/dev.c: the NET_RX softirq polls the instances of its CPU in turn until its budget or its time is used up.

import { HZ, NAPIF_STATE_DISABLE, NAPIF_STATE_SCHED, NET_RX_SOFTIRQ, napi_struct, net_device } from "../../abi";
import { local_irq_disable, local_irq_enable } from "../../arch/wasm/irqflags";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { DEBUG } from "../../flavour";
import { callback_enter, callback_leave } from "../../kernel/debug/callback";
import { pr } from "../../kernel/printk/printk";
import { __raise_softirq_irqoff } from "../../kernel/softirq";
import { jiffies } from "../../kernel/time/jiffies";
import {
  INIT_LIST_HEAD,
  list_add_tail,
  list_del_init,
  list_empty,
  list_next,
  list_splice_tail_init,
} from "../../lib/list";
import { gro_normal_list, napi_gro_flush } from "./gro";
import { napi_complete_done, napi_of_poll } from "./napi";
import { netdev_pr } from "./printk";
import { this_softnet } from "./softnet";

/** Packets, and jiffies, that one run may take (netdev_budget, netdev_budget_usecs = 2 jiffies). */
const BUDGET: i32 = 300;
const TIME_LIMIT: u32 = 2;

/** Whether what a broken driver does with each packet was said: the budget it exceeds, an instance it schedules while
 *  it polls it. */
const said_exceeded = memory.data(4, 4);
const said_scheduled = memory.data(4, 4);

/** True once. */
function once(said: usize): bool {
  const first = load<u32>(said) == 0;
  store<u32>(said, 1);
  return first;
}

/** Polls one instance that is on no list. The packets it took; one that used up its weight goes to `repoll`. */
function poll(n: napi_struct, repoll: usize): i32 {
  const link = changetype<usize>(n.poll_list);
  const weight = n.weight;
  let work = 0;
  if (n.state & NAPIF_STATE_SCHED) {
    const state = callback_enter();
    work = call_indirect<i32>(<u32>n.poll, changetype<usize>(n), weight);
    if (DEBUG) callback_leave(state, <usize>n.poll);
  }
  if (work > weight && once(said_exceeded)) {
    netdev_pr(
      cstr("\x013"),
      changetype<net_device>(n.dev),
      cstr("NAPI poll function %pS returned %d, exceeding its budget of %d.\n"),
      <u32>n.poll,
      work,
      weight,
    );
  }
  if (work < weight) return work;
  // still ours, since the driver used all of its weight
  if (n.state & NAPIF_STATE_DISABLE) {
    napi_complete_done(n, 0);
    return work;
  }
  // a jiffy of several milliseconds is too long to hold packets
  if (n.gro_bitmask) napi_gro_flush(n, HZ >= 1000);
  gro_normal_list(n);
  if (!list_empty(link)) {
    const name = n.dev ? changetype<net_device>(n.dev).name : cstr("backlog");
    if (once(said_scheduled)) pr(cstr("\x014%s: Budget exhausted after napi rescheduled\n"), name);
    return work;
  }
  list_add_tail(link, repoll);
  return work;
}

/** Polls one instance of the CPU's list. */
function napi_poll(n: napi_struct, repoll: usize): i32 {
  list_del_init(changetype<usize>(n.poll_list));
  return poll(n, repoll);
}

/** Polls an instance that belongs to a thread. Whether it is to be polled again. */
export function napi_poll_once(n: napi_struct): bool {
  const repoll = stack_alloc(16);
  INIT_LIST_HEAD(repoll);
  poll(n, repoll);
  const again = !list_empty(repoll);
  if (again) list_del_init(changetype<usize>(n.poll_list));
  stack_free(16);
  return again;
}

/** The softirq's action. */
export function net_rx_action(action: usize): void {
  const sd = this_softnet();
  const poll_list = changetype<usize>(sd.poll_list);
  const begin = jiffies();
  let budget = BUDGET;
  const list = stack_alloc(16);
  const repoll = list + 8;
  INIT_LIST_HEAD(list);
  INIT_LIST_HEAD(repoll);
  local_irq_disable();
  list_splice_tail_init(poll_list, list);
  local_irq_enable();
  while (!list_empty(list)) {
    budget -= napi_poll(napi_of_poll(list_next(list)), repoll);
    if (budget <= 0 || jiffies() - begin >= TIME_LIMIT) {
      sd.time_squeeze += 1;
      break;
    }
  }
  local_irq_disable();
  // the order of the next run: not polled yet, scheduled meanwhile, to be polled again
  list_splice_tail_init(poll_list, list);
  list_splice_tail_init(repoll, list);
  list_splice_tail_init(list, poll_list);
  if (!list_empty(poll_list)) __raise_softirq_irqoff(NET_RX_SOFTIRQ);
  local_irq_enable();
  stack_free(16);
}
