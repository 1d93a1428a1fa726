// For the specs: what host and time do. Tasks run here one after the other and cannot sleep: a spec cannot suspend.

import { this_cpu } from "../arch/wasm/cpu";
import { irq_window } from "../arch/wasm/irqflags";
import { IRQ_EDGE, IRQ_LEVEL, IRQ_RAISED } from "../arch/wasm/memory";
import { set_stack_pointer, stack_pointer } from "../arch/wasm/stack";
import { need_resched, pick_next } from "../kernel/sched/core";
import { kpi_task_exit, kpi_task_run } from "../kernel/tasks";
import { spec_advance } from "./host";

// ── Time ──

/** Moves the clock by milliseconds, one interrupt window each. */
export function sleep_ms(ms: u32): void {
  for (let i: u32 = 0; i < ms; i++) {
    spec_advance(1_000_000);
    irq_window();
  }
}

/** Moves the clock by `jiffies` ticks of 4 ms, one window each. */
export function ticks(jiffies: u32): void {
  for (let i: u32 = 0; i < jiffies; i++) {
    spec_advance(4_000_000);
    irq_window();
  }
}

/** Moves the clock without a window. */
export function pass_ms(ms: u32): void {
  for (let i: u32 = 0; i < ms; i++) spec_advance(1_000_000);
}

// ── Tasks ──

/** Runs the runnable tasks, each to its end, on the shadow stack of its own; how many there were. */
export function run_tasks(): i32 {
  const cpu = this_cpu();
  const self = cpu.current;
  const sp = stack_pointer();
  let count = 0;
  for (let next = need_resched() ? pick_next() : self; next != self; count++) {
    kpi_task_run(next);
    next = kpi_task_exit(); // the idle task when none is left: that is the spec
    cpu.current = self;
    set_stack_pointer(sp);
  }
  return count;
}

// ── Interrupts ──

/** What the host does: an edge. */
export function raise_edge(irq: u32): void {
  atomic.or<u32>(IRQ_EDGE + (irq >> 5) * 4, 1 << (irq & 31));
  atomic.store<u32>(IRQ_RAISED, 1);
}

/** What the host does: the level of a line. */
export function set_level(irq: u32, asserted: bool): void {
  const word = IRQ_LEVEL + (irq >> 5) * 4;
  if (asserted) {
    atomic.or<u32>(word, 1 << (irq & 31));
    atomic.store<u32>(IRQ_RAISED, 1);
  } else {
    atomic.and<u32>(word, ~(1 << (irq & 31)));
  }
}
