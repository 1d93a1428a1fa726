// The names that are macros or inline functions in Linux, called as the functions that a module without the kernel's
// headers calls: each does what the macro turns into. What it turns into has its specs beside it.

import {
  EBUSY,
  EINVAL,
  IRQF_SHARED,
  IRQ_HANDLED,
  NAPIF_STATE_SCHED,
  TASK_INTERRUPTIBLE,
  TASK_NORMAL,
  WQ_FLAG_EXCLUSIVE,
  napi_struct,
  sizeof_device,
  sizeof_mutex,
  sizeof_napi_struct,
  sizeof_timer_list,
  timer_list,
  wait_queue_entry,
} from "../abi";
import { irq_window, irqs_disabled, local_irq_disable, local_irq_enable } from "../arch/wasm/irqflags";
import { preempt_count } from "../arch/wasm/preempt";
import { to_device } from "../drivers/base/base";
import { device_initialize } from "../drivers/base/core";
import { dev_dbg, dev_err, dev_info, dev_warn } from "../drivers/base/printk_inline";
import { disable_irq, enable_irq, free_irq, request_irq } from "../kernel/irq/manage";
import { mutex_init, mutex_lock, mutex_unlock } from "../kernel/locking/mutex";
import {
  _raw_spin_trylock,
  spin_lock,
  spin_lock_init,
  spin_lock_irqsave,
  spin_unlock,
  spin_unlock_irqrestore,
} from "../kernel/locking/spinlock";
import { _printk as printk } from "../kernel/printk/printk";
import {
  __init_waitqueue_head,
  add_wait_queue,
  add_wait_queue_exclusive,
  wake_up,
  wake_up_interruptible,
} from "../kernel/sched/wait";
import { do_softirq, local_bh_disable, local_bh_enable } from "../kernel/softirq";
import { jiffies } from "../kernel/time/jiffies";
import { del_timer, del_timer_sync, init_timer_key, mod_timer } from "../kernel/time/timer";
import { fake_device } from "../net/core/__tests__/fake";
import { free_netdev } from "../net/core/dev_alloc";
import { netif_start_queue, netif_stop_queue, netif_wake_queue } from "../net/core/dev_queues";
import { unregister_netdev } from "../net/core/dev_register";
import { netif_carrier_off, netif_carrier_on } from "../net/core/link_watch";
import {
  __netif_napi_del,
  napi_complete,
  napi_complete_done,
  napi_disable,
  napi_enable,
  napi_schedule,
  netif_napi_add_weight,
} from "../net/core/napi";
import { netdev_get_tx_queue, netif_carrier_ok, netif_tx_queue_stopped } from "../net/core/netdev";
import { alloc_etherdev, alloc_etherdev_mq } from "../net/ethernet/eth";
import { boot_net } from "./boot";
import { last_line } from "./log";
import { pass_ms, raise_edge } from "./tasks";

const IRQ: u32 = 40;

const device = memory.data(<i32>sizeof_device, 8);
const va = memory.data(8, 8);
const lock = memory.data(4, 4);
const other = memory.data(4, 4);
const mutex = memory.data(<i32>sizeof_mutex, 8);
const queue = memory.data(12, 4);
const entries = memory.data(4 * 20, 4);
const timer = memory.data(<i32>sizeof_timer_list, 8);
const napi = changetype<napi_struct>(memory.data(<i32>sizeof_napi_struct, 8));

let calls = 0;
let trail = "";
let mode: u32 = 0;
let busy = 0;
let completed = false;
let with_done = false;

function handler(irq: i32, data: usize): u32 {
  calls++;
  return IRQ_HANDLED;
}

function woken(entry: usize, state: u32, flags: i32, key: usize): i32 {
  trail += ((entry - entries) / 20).toString();
  mode = state;
  return 1;
}

/** 0 and 2 wait together, 1 and 3 alone. */
function fill(): void {
  __init_waitqueue_head(queue, 0, 0);
  for (let i: usize = 0; i < 4; i++) {
    const entry = changetype<wait_queue_entry>(entries + i * 20);
    entry.flags = 0;
    entry.func = woken.index;
    if (i & 1) add_wait_queue_exclusive(queue, entries + i * 20);
    else add_wait_queue(queue, entries + i * 20);
  }
  trail = "";
}

function expired(t: usize): void {
  calls++;
}

function poll(n: usize, budget: i32): i32 {
  calls++;
  if (busy-- > 0) return budget;
  const done = changetype<napi_struct>(n);
  completed = with_done ? napi_complete_done(done, 1) : napi_complete(done);
  return 1;
}

describe("names that are macros in Linux", () => {
  beforeAll(boot_net);

  test("printk and dev_err, dev_warn, dev_info, dev_dbg log at their levels", () => {
    store<u32>(va, 5);
    expect(printk(cstr("\x016%d\n"), va)).toBe(1);
    expect(last_line()).toBe("5");
    memory.fill(device, 0, sizeof_device);
    device_initialize(device);
    to_device(device).init_name = cstr("thing");
    dev_err(device, cstr("%d\n"), va);
    expect(last_line().endsWith("thing: 5")).toBe(true);
    dev_warn(device, cstr("w\n"), 0);
    expect(last_line().endsWith("thing: w")).toBe(true);
    dev_info(device, cstr("i\n"), 0);
    expect(last_line().endsWith("thing: i")).toBe(true);
    dev_dbg(device, cstr("d\n"), 0);
    expect(last_line().endsWith("thing: d")).toBe(true);
  });

  test("spin_lock_init, spin_lock, spin_unlock: taken once, and no preemption meanwhile", () => {
    store<u32>(lock, 0xffffffff);
    spin_lock_init(lock);
    const before = preempt_count();
    spin_lock(lock);
    expect(_raw_spin_trylock(lock)).toBe(0);
    expect(preempt_count()).toBe(before + 1);
    spin_unlock(lock);
    expect(preempt_count()).toBe(before);
    expect(load<u32>(lock)).toBe(0);
  });

  test("spin_lock_irqsave and spin_unlock_irqrestore nest: only the outer one enables interrupts again", () => {
    spin_lock_init(other);
    const outer = spin_lock_irqsave(lock);
    expect(irqs_disabled()).toBe(true);
    const inner = spin_lock_irqsave(other);
    spin_unlock_irqrestore(other, inner);
    expect(irqs_disabled()).toBe(true);
    spin_unlock_irqrestore(lock, outer);
    expect(irqs_disabled()).toBe(false);
    local_irq_disable();
    spin_unlock_irqrestore(lock, spin_lock_irqsave(lock));
    expect(irqs_disabled()).toBe(true, "as they were found");
    local_irq_enable();
  });

  test("mutex_init makes whatever was there a free mutex", () => {
    memory.fill(mutex, 0xff, sizeof_mutex);
    mutex_init(mutex);
    mutex_lock(mutex);
    mutex_unlock(mutex);
    expect(load<u32>(mutex)).toBe(0);
  });

  test("__init_waitqueue_head, wake_up and wake_up_interruptible: all who wait together, then one alone", () => {
    fill();
    wake_up(queue);
    expect(trail).toBe("201", "the last to come first, then the first of those that wait alone");
    expect(mode).toBe(TASK_NORMAL);
    fill();
    wake_up_interruptible(queue);
    expect(trail).toBe("201");
    expect(mode).toBe(TASK_INTERRUPTIBLE);
    expect(changetype<wait_queue_entry>(entries + 20).flags & WQ_FLAG_EXCLUSIVE).toBe(WQ_FLAG_EXCLUSIVE);
  });

  test("request_irq installs a handler without a thread; disable_irq and enable_irq nest", () => {
    calls = 0;
    expect(request_irq(IRQ, 0, 0, 0, device)).toBe(-EINVAL, "no handler");
    expect(request_irq(IRQ, handler.index, IRQF_SHARED, 0, 0)).toBe(-EINVAL, "shared by nobody");
    expect(request_irq(IRQ, handler.index, 0, 0, device)).toBe(0);
    expect(request_irq(IRQ, handler.index, 0, 0, lock)).toBe(-EBUSY);
    raise_edge(IRQ);
    irq_window();
    expect(calls).toBe(1);
    disable_irq(IRQ);
    disable_irq(IRQ);
    raise_edge(IRQ);
    irq_window();
    enable_irq(IRQ);
    expect(calls).toBe(1);
    enable_irq(IRQ);
    expect(calls).toBe(2);
    free_irq(IRQ, device);
  });

  test("del_timer and del_timer_sync: 1 if the timer was pending, else 0, and it never expires", () => {
    calls = 0;
    init_timer_key(timer, expired.index, 0, 0, 0);
    expect(del_timer(timer)).toBe(0);
    expect(mod_timer(timer, jiffies() + 2)).toBe(0);
    expect(mod_timer(timer, jiffies() + 3)).toBe(1);
    expect(del_timer(timer)).toBe(1);
    mod_timer(timer, jiffies() + 2);
    expect(del_timer_sync(timer)).toBe(1);
    expect(del_timer_sync(timer)).toBe(0);
    pass_ms(50);
    expect(calls).toBe(0);
    expect(changetype<timer_list>(timer).function_).toBe(expired.index);
  });

  test("alloc_etherdev and alloc_etherdev_mq: queues each way, NULL for none", () => {
    const one = alloc_etherdev(100);
    expect(one.num_tx_queues).toBe(1);
    expect(one.mtu).toBe(1500);
    free_netdev(one);
    const four = alloc_etherdev_mq(0, 4);
    expect(four.num_tx_queues).toBe(4);
    expect(four.num_rx_queues).toBe(4);
    free_netdev(four);
  });

  test("netif_stop_queue, netif_start_queue, netif_wake_queue: a queue's own switch, whatever the carrier does", () => {
    const dev = fake_device();
    const first = netdev_get_tx_queue(dev, 0);
    netif_stop_queue(dev);
    netif_carrier_off(dev);
    netif_carrier_on(dev);
    expect(netif_tx_queue_stopped(first)).toBe(true);
    netif_start_queue(dev);
    expect(netif_tx_queue_stopped(first)).toBe(false);
    netif_stop_queue(dev);
    netif_carrier_off(dev);
    netif_wake_queue(dev);
    expect(netif_tx_queue_stopped(first)).toBe(false);
    expect(netif_carrier_ok(dev)).toBe(false);
    unregister_netdev(dev);
    free_netdev(dev);
  });

  test("napi_complete ends a poll as napi_complete_done; who uses the budget is polled again", () => {
    const dev = fake_device();
    netif_napi_add_weight(dev, napi, poll.index, 64);
    napi_enable(napi);
    for (let round = 0; round < 2; round++) {
      with_done = round == 1;
      calls = 0;
      busy = 2;
      completed = false;
      local_bh_disable();
      napi_schedule(napi);
      expect(calls).toBe(0);
      local_bh_enable();
      for (let i = 0; i < 8; i++) do_softirq();
      expect(calls).toBe(3);
      expect(completed).toBe(true);
      expect(napi.state & NAPIF_STATE_SCHED).toBe(0);
    }
    napi_disable(napi);
    __netif_napi_del(napi);
    unregister_netdev(dev);
    free_netdev(dev);
  });
});
