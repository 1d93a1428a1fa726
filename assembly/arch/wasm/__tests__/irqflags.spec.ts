// The interrupt flag and the windows: what is pending is taken where interrupts become enabled, and nowhere else.

import { HZ, IRQ_HANDLED } from "../../../abi";
import { boot_kernel } from "../../../__tests__/boot";
import { pass_ms, raise_edge } from "../../../__tests__/tasks";
import { free_irq, request_irq } from "../../../kernel/irq/manage";
import { jiffies } from "../../../kernel/time/jiffies";
import {
  arch_local_irq_disable,
  arch_local_irq_enable,
  arch_local_irq_restore,
  arch_local_irq_save,
  arch_local_save_flags,
  irq_window,
  irqs_disabled,
} from "../irqflags";
import { in_atomic, in_hardirq, in_task, preempt_count, preempt_disable, preempt_enable } from "../preempt";

const IRQ: u32 = 40;
let taken = 0;
let context: u32 = 0;

function handler(irq: i32, dev_id: usize): i32 {
  taken++;
  context = in_hardirq() && irqs_disabled() && !in_task() ? 1 : 2;
  arch_local_irq_restore(arch_local_irq_save()); // disabled as it was: no window
  irq_window();
  return IRQ_HANDLED;
}

describe("the interrupt flag", () => {
  beforeAll(() => {
    boot_kernel();
    request_irq(IRQ, handler.index, 0, cstr("spec"), IRQ);
  });
  beforeEach(() => {
    taken = 0;
  });
  afterAll(() => {
    free_irq(IRQ, IRQ);
  });

  test("saves and restores, and nests", () => {
    expect(arch_local_save_flags()).toBe(1);
    const outer = arch_local_irq_save();
    expect(outer).toBe(1);
    const inner = arch_local_irq_save();
    expect(inner).toBe(0);
    arch_local_irq_restore(inner);
    expect(irqs_disabled()).toBe(true);
    arch_local_irq_restore(outer);
    expect(irqs_disabled()).toBe(false);
    arch_local_irq_disable();
    expect(arch_local_save_flags()).toBe(0);
    arch_local_irq_enable();
    expect(arch_local_save_flags()).toBe(1);
  });

  test("holds an interrupt back until it is set, in a handler that cannot be interrupted", () => {
    const flags = arch_local_irq_save();
    raise_edge(IRQ);
    irq_window();
    expect(taken).toBe(0);
    arch_local_irq_restore(flags);
    expect(taken).toBe(1);
    expect(context).toBe(1);
    expect(preempt_count()).toBe(0);
  });

  test("an interrupt is taken at a window, not before", () => {
    raise_edge(IRQ);
    expect(taken).toBe(0);
    irq_window();
    expect(taken).toBe(1);
    irq_window();
    expect(taken).toBe(1);
  });

  test("jiffies move while interrupts are disabled", () => {
    const before = jiffies();
    const flags = arch_local_irq_save();
    pass_ms((5 * 1000) / HZ);
    irq_window();
    expect(jiffies() - before).toBe(5);
    arch_local_irq_restore(flags);
  });

  test("preempt_count counts", () => {
    preempt_disable();
    preempt_disable();
    expect(preempt_count()).toBe(2);
    expect(in_atomic()).toBe(true);
    expect(in_task()).toBe(true);
    preempt_enable();
    preempt_enable();
    expect(in_atomic()).toBe(false);
  });
});
