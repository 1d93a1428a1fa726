import {
  BLOCK_SOFTIRQ,
  HI_SOFTIRQ,
  IRQ_POLL_SOFTIRQ,
  NET_TX_SOFTIRQ,
  TASKLET_STATE_SCHED,
  offsetof_tasklet_struct_count,
  tasklet_struct,
} from "../../abi";
import { current_thread_info } from "../../arch/wasm/current";
import { this_cpu } from "../../arch/wasm/cpu";
import { irq_window, local_irq_restore, local_irq_save } from "../../arch/wasm/irqflags";
import { in_serving_softirq, in_task, preempt_count } from "../../arch/wasm/preempt";
import { boot_kernel } from "../../__tests__/boot";
import { log_mark, logged } from "../../__tests__/log";
import { run_tasks, ticks } from "../../__tests__/tasks";
import {
  do_softirq,
  local_bh_disable,
  local_bh_enable,
  open_softirq,
  raise_softirq,
  raise_softirq_irqoff,
} from "../softirq";
import { __tasklet_hi_schedule, __tasklet_schedule, tasklet_init, tasklet_kill, tasklet_setup } from "../tasklet";

let order = 0;
let runs = 0;
let again = 0;
let context_ok = true;
const t = memory.data(24, 4);
const t2 = memory.data(24, 4);

function tx(action: usize): void {
  order = order * 10 + 2;
  context_ok = context_ok && in_serving_softirq() && !in_task();
}

function hi(action: usize): void {
  order = order * 10 + 1;
}

/** Raises itself `again` times. */
function repeating(action: usize): void {
  runs++;
  if (again-- > 0) raise_softirq(BLOCK_SOFTIRQ);
}

function leaking(action: usize): void {
  current_thread_info().preempt_count += 1;
}

function body(data: u32): void {
  order = order * 10 + <i32>data;
}

function callback(at: usize): void {
  runs++;
  if (again-- > 0) schedule_(at);
}

/** tasklet_schedule() of linux/interrupt.h. */
function schedule_(at: usize): void {
  if (!(atomic.or<u32>(at + 4, 1 << TASKLET_STATE_SCHED) & (1 << TASKLET_STATE_SCHED))) __tasklet_schedule(at);
}

describe("softirqs", () => {
  beforeAll(boot_kernel);
  beforeEach(() => {
    log_mark();
    order = 0;
    runs = 0;
    again = 0;
    context_ok = true;
  });

  test("run in order of their number where softirqs become enabled", () => {
    open_softirq(IRQ_POLL_SOFTIRQ, hi.index);
    open_softirq(NET_TX_SOFTIRQ, tx.index);
    local_bh_disable();
    local_bh_disable();
    raise_softirq(IRQ_POLL_SOFTIRQ);
    raise_softirq(NET_TX_SOFTIRQ);
    irq_window();
    local_bh_enable();
    expect(order).toBe(0);
    local_bh_enable();
    expect(order).toBe(21);
    expect(context_ok).toBe(true);
    expect(preempt_count()).toBe(0);
  });

  test("raised in task context, run at the next window", () => {
    open_softirq(NET_TX_SOFTIRQ, tx.index);
    const flags = local_irq_save();
    raise_softirq_irqoff(NET_TX_SOFTIRQ);
    irq_window();
    expect(order).toBe(0);
    local_irq_restore(flags);
    expect(order).toBe(2);
  });

  test("that raise themselves run in ten rounds, and then in ksoftirqd, which ends", () => {
    open_softirq(BLOCK_SOFTIRQ, repeating.index);
    again = 24;
    local_bh_disable();
    raise_softirq(BLOCK_SOFTIRQ);
    local_bh_enable();
    expect(runs).toBe(10);
    irq_window();
    do_softirq();
    expect(runs).toBe(20, "do_softirq does not wait for ksoftirqd, windows do");
    expect(run_tasks()).toBe(1);
    expect(runs).toBe(25);
    expect(this_cpu().softirq_pending).toBe(0);
    expect(run_tasks()).toBe(0);
  });

  test("do not wait for a ksoftirqd that gets no CPU", () => {
    again = 14;
    local_bh_disable();
    raise_softirq(BLOCK_SOFTIRQ);
    local_bh_enable();
    irq_window();
    expect(runs).toBe(10);
    ticks(2);
    expect(runs).toBe(15);
    expect(run_tasks()).toBe(1);
  });

  test("that leave preempt_count wrong are reported", () => {
    open_softirq(BLOCK_SOFTIRQ, leaking.index);
    raise_softirq(BLOCK_SOFTIRQ);
    do_softirq();
    expect(logged("huh, entered softirq 4 BLOCK")).toBe(true);
    expect(preempt_count()).toBe(0);
    open_softirq(BLOCK_SOFTIRQ, repeating.index);
  });
});

describe("tasklets", () => {
  beforeEach(() => {
    order = 0;
    runs = 0;
    again = 0;
  });

  test("run once however often they are scheduled", () => {
    tasklet_setup(t, callback.index);
    const flags = local_irq_save();
    schedule_(t);
    schedule_(t);
    local_irq_restore(flags);
    expect(runs).toBe(1);
    expect(changetype<tasklet_struct>(t).state).toBe(0);
  });

  test("may schedule themselves", () => {
    tasklet_setup(t, callback.index);
    again = 2;
    schedule_(t);
    expect(runs).toBe(3);
  });

  test("of high priority run first, old style ones with their data", () => {
    tasklet_init(t, body.index, 7);
    tasklet_init(t2, body.index, 8);
    const flags = local_irq_save();
    schedule_(t);
    changetype<tasklet_struct>(t2).state = 1 << TASKLET_STATE_SCHED;
    __tasklet_hi_schedule(t2);
    expect(this_cpu().softirq_pending & (1 << HI_SOFTIRQ)).toBe(1 << HI_SOFTIRQ);
    local_irq_restore(flags);
    expect(order).toBe(87);
  });

  test("that are disabled run after they were enabled", () => {
    tasklet_setup(t, callback.index);
    store<i32>(t + offsetof_tasklet_struct_count, 1);
    schedule_(t);
    ticks(3);
    expect(runs).toBe(0);
    store<i32>(t + offsetof_tasklet_struct_count, 0);
    ticks(1);
    expect(runs).toBe(1);
  });

  test("killed ones are idle", () => {
    tasklet_setup(t, callback.index);
    tasklet_kill(t);
    expect(changetype<tasklet_struct>(t).state).toBe(0);
    schedule_(t);
    expect(runs).toBe(1, "and may be used again");
  });
});
