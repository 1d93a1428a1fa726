// What drivers ask of an interrupt beside handling it: trigger, wake-up, affinity, state, and work in hardirq context.

import {
  EBUSY,
  EINVAL,
  IRQCHIP_STATE_LINE_LEVEL,
  IRQCHIP_STATE_MASKED,
  IRQCHIP_STATE_PENDING,
  IRQD_IRQ_DISABLED,
  IRQD_LEVEL,
  IRQD_WAKEUP_STATE,
  IRQF_SHARED,
  IRQF_TRIGGER_HIGH,
  IRQF_TRIGGER_LOW,
  IRQ_HANDLED,
  IRQ_NOAUTOEN,
  IRQ_TYPE_EDGE_FALLING,
  irq_affinity_notify,
  irq_common_data,
  irq_data,
  irq_work,
  sizeof_irq_affinity_notify,
  sizeof_irq_work,
} from "../../../abi";
import { irq_window } from "../../../arch/wasm/irqflags";
import { in_hardirq } from "../../../arch/wasm/preempt";
import { boot_kernel } from "../../../__tests__/boot";
import { log_mark, logged } from "../../../__tests__/log";
import { run_tasks, set_level } from "../../../__tests__/tasks";
import { irq_work_queue, irq_work_sync } from "../../irq_work";
import { irq_force_affinity, irq_set_affinity, irq_set_affinity_notifier } from "../affinity";
import {
  irq_get_irq_data,
  irq_get_irqchip_state,
  irq_modify_status,
  irq_set_irq_type,
  irq_set_irq_wake,
  irq_set_irqchip_state,
} from "../chip";
import { irq_alloc_vectors, irq_free_vectors } from "../init";
import { disable_irq, enable_irq, free_irq, request_threaded_irq } from "../manage";
import { VECTOR_NOAUTOEN, vector } from "../vector";

const IRQ: u32 = 16;
const mask = memory.data(8, 4);
const works = memory.data(128, 8);
const notifies = memory.data(96, 8);

let calls = 0;
let order = 0;
let hard = false;
let told: u32 = 0;
let released = 0;

function handler(irq: i32, dev: usize): i32 {
  calls++;
  set_level(irq, false);
  return IRQ_HANDLED;
}

function request(flags: u32, dev: usize): i32 {
  return request_threaded_irq(IRQ, handler.index, 0, flags, cstr("eth0"), dev);
}

function state(irq: u32): u32 {
  return changetype<irq_common_data>(changetype<irq_data>(irq_get_irq_data(irq)).common).state_use_accessors;
}

function chip_state(irq: u32, which: u32): u32 {
  store<u8>(mask, 0xaa);
  expect(irq_get_irqchip_state(irq, which, mask)).toBe(0);
  return load<u8>(mask);
}

function work(n: u32): usize {
  return works + n * sizeof_irq_work;
}

function first(at: usize): void {
  hard = in_hardirq();
  order = order * 10 + 1;
}

function second(at: usize): void {
  order = order * 10 + 2;
}

function again(at: usize): void {
  if (++order < 3) expect(irq_work_queue(at)).toBe(true, "while it runs it can be queued again");
}

function notified(notify: usize, cpus: usize): void {
  told = load<u32>(cpus);
}

function release(kref: usize): void {
  released++;
}

function notifier(n: u32): usize {
  const at = notifies + n * sizeof_irq_affinity_notify;
  changetype<irq_affinity_notify>(at).notify = notified.index;
  changetype<irq_affinity_notify>(at).release = release.index;
  return at;
}

describe("struct irq_data", () => {
  beforeAll(boot_kernel);

  test("says how the interrupt stands", () => {
    expect(irq_get_irq_data(256)).toBe(0);
    expect(request(IRQF_SHARED | IRQF_TRIGGER_LOW, 1)).toBe(0);
    const data = changetype<irq_data>(irq_get_irq_data(IRQ));
    expect(data.irq).toBe(IRQ);
    expect(data.hwirq).toBe(IRQ);
    expect(state(IRQ) & (15 | IRQD_LEVEL | IRQD_IRQ_DISABLED)).toBe(IRQF_TRIGGER_LOW | IRQD_LEVEL);
    disable_irq(IRQ);
    expect(state(IRQ) & IRQD_IRQ_DISABLED).toBe(IRQD_IRQ_DISABLED);
    expect(chip_state(IRQ, IRQCHIP_STATE_MASKED)).toBe(1);
    set_level(IRQ, true);
    expect(chip_state(IRQ, IRQCHIP_STATE_LINE_LEVEL)).toBe(1);
    enable_irq(IRQ);
    expect(chip_state(IRQ, IRQCHIP_STATE_LINE_LEVEL)).toBe(0, "handled");
    expect(irq_get_irqchip_state(IRQ, 9, mask)).toBe(-EINVAL);
    free_irq(IRQ, 1);
  });

  test("sharers agree on the trigger; who names none takes the line's", () => {
    log_mark();
    vector(IRQ).trigger = 0;
    expect(request(IRQF_SHARED, 1)).toBe(0, "none yet");
    expect(request(IRQF_SHARED | IRQF_TRIGGER_LOW, 2)).toBe(0);
    expect(request(IRQF_SHARED | IRQF_TRIGGER_HIGH, 3)).toBe(-EBUSY);
    expect(logged("genirq: Flags mismatch irq 16. 00000084 (eth0) vs. 00000080 (eth0)")).toBe(true);
    free_irq(IRQ, 1);
    free_irq(IRQ, 2);
    expect(request(IRQF_SHARED | IRQF_TRIGGER_HIGH, 3)).toBe(0, "the first may set it");
    free_irq(IRQ, 3);
    expect(irq_set_irq_type(IRQ, IRQ_TYPE_EDGE_FALLING)).toBe(0);
    expect(state(IRQ) & 15).toBe(IRQ_TYPE_EDGE_FALLING);
    vector(IRQ).trigger = 0;
    expect(irq_set_irq_type(256, IRQ_TYPE_EDGE_FALLING)).toBe(-EINVAL);
  });

  test("IRQ_NOAUTOEN: requested is not enabled", () => {
    irq_modify_status(IRQ, 0, IRQ_NOAUTOEN);
    expect(request(0, 1)).toBe(0);
    calls = 0;
    set_level(IRQ, true);
    irq_window();
    expect(calls).toBe(0);
    enable_irq(IRQ);
    expect(calls).toBe(1);
    free_irq(IRQ, 1);
    irq_modify_status(IRQ, IRQ_NOAUTOEN, 0);
    expect(vector(IRQ).state & VECTOR_NOAUTOEN).toBe(0);
  });

  test("wake-up nests, and one disable too many is a warning", () => {
    log_mark();
    irq_set_irq_wake(IRQ, 1);
    irq_set_irq_wake(IRQ, 1);
    irq_set_irq_wake(IRQ, 0);
    expect(state(IRQ) & IRQD_WAKEUP_STATE).toBe(IRQD_WAKEUP_STATE);
    irq_set_irq_wake(IRQ, 0);
    expect(state(IRQ) & IRQD_WAKEUP_STATE).toBe(0);
    expect(logged("Unbalanced")).toBe(false);
    irq_set_irq_wake(IRQ, 0);
    expect(logged("Unbalanced IRQ 16 wake disable")).toBe(true);
    expect(irq_set_irq_wake(256, 1)).toBe(-EINVAL);
  });

  test("an edge can be made pending, and forgotten", () => {
    const msi = irq_alloc_vectors(1, 77);
    expect(changetype<irq_data>(irq_get_irq_data(msi)).hwirq).toBe(77);
    request_threaded_irq(msi, handler.index, 0, 0, cstr("msi"), 1);
    disable_irq(msi);
    calls = 0;
    expect(irq_set_irqchip_state(msi, IRQCHIP_STATE_PENDING, true)).toBe(0);
    expect(chip_state(msi, IRQCHIP_STATE_PENDING)).toBe(1);
    irq_set_irqchip_state(msi, IRQCHIP_STATE_PENDING, false);
    enable_irq(msi);
    irq_window();
    expect(calls).toBe(0);
    irq_set_irqchip_state(msi, IRQCHIP_STATE_PENDING, true);
    irq_window();
    expect(calls).toBe(1);
    expect(irq_set_irqchip_state(msi, IRQCHIP_STATE_MASKED, true)).toBe(-EINVAL);
    free_irq(msi, 1);
    irq_free_vectors(msi, 1);
  });
});

describe("affinity", () => {
  test("names CPUs that are online, and tells who asked", () => {
    store<u32>(mask, 2);
    expect(irq_set_affinity(IRQ, mask)).toBe(-EINVAL, "one CPU");
    expect(irq_force_affinity(IRQ, mask)).toBe(-EINVAL);
    store<u32>(mask, 1);
    expect(irq_set_affinity_notifier(IRQ, notifier(0))).toBe(0);
    expect(irq_set_affinity(IRQ, mask)).toBe(0);
    expect(told).toBe(0, "in a worker");
    run_tasks();
    expect(told).toBe(1);
    expect(released).toBe(0);
    expect(irq_set_affinity_notifier(IRQ, notifier(1))).toBe(0);
    expect(released).toBe(1);
    irq_set_affinity(IRQ, mask);
    expect(irq_set_affinity_notifier(IRQ, 0)).toBe(0);
    expect(released).toBe(2, "also the reference of the work that was cancelled");
    expect(irq_set_affinity_notifier(256, 0)).toBe(-EINVAL);
  });
});

describe("irq_work", () => {
  test("runs in hardirq context, in order, once however often it is queued", () => {
    changetype<irq_work>(work(0)).func = first.index;
    changetype<irq_work>(work(1)).func = second.index;
    order = 0;
    expect(irq_work_queue(work(0))).toBe(true);
    expect(irq_work_queue(work(1))).toBe(true);
    expect(irq_work_queue(work(0))).toBe(false);
    expect(order).toBe(0);
    irq_window();
    expect(order).toBe(12);
    expect(hard).toBe(true);
    irq_work_sync(work(0));
    expect(irq_work_queue(work(0))).toBe(true, "it is free again");
    irq_work_sync(work(0));
    expect(order).toBe(121);
  });

  test("queues itself again", () => {
    memory.fill(work(2), 0, sizeof_irq_work);
    changetype<irq_work>(work(2)).func = again.index;
    order = 0;
    irq_work_queue(work(2));
    irq_work_sync(work(2));
    expect(order).toBe(3);
  });
});
