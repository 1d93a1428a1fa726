// For the specs of this area: brings up what they stand on, once; runs tasks that do not sleep; reads the log.

import { BOOT_PCI_INTX, IRQ_EDGE, IRQ_LEVEL, IRQ_RAISED } from "../../../arch/wasm/memory";
import { this_cpu } from "../../../arch/wasm/cpu";
import { irq_window } from "../../../arch/wasm/irqflags";
import { set_stack_pointer, stack_pointer } from "../../../arch/wasm/stack";
import { mm_init } from "../../../mm/init";
import { need_resched, pick_next } from "../../sched/core";
import { idle_task_init } from "../../sched/task";
import { softirq_init } from "../../softirq";
import { kpi_task_exit, kpi_task_run } from "../../tasks";
import { timers_init } from "../../time/timer";
import { workqueue_init } from "../../workqueue";
import { irq_init } from "../init";

@external("spec", "lines") declare function spec_lines(): i32;
@external("spec", "line") declare function spec_line(index: i32, buf: usize, size: u32): i32;
@external("spec", "advance") declare function spec_advance(ns: u32): void;

let booted = false;

/** INTx lines at vectors 16 to 19. */
export function boot(): void {
  if (booted) return;
  booted = true;
  for (let line: u32 = 0; line < 4; line++) store<u8>(BOOT_PCI_INTX + line, 16 + line);
  idle_task_init();
  mm_init();
  irq_init();
  softirq_init();
  timers_init();
  workqueue_init();
}

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

/** What the host does: an edge, or the level of a line. */
export function raise_edge(irq: u32): void {
  atomic.or<u32>(IRQ_EDGE + (irq >> 5) * 4, 1 << (irq & 31));
  atomic.store<u32>(IRQ_RAISED, 1);
}

export function set_level(irq: u32, asserted: bool): void {
  const word = IRQ_LEVEL + (irq >> 5) * 4;
  if (asserted) {
    atomic.or<u32>(word, 1 << (irq & 31));
    atomic.store<u32>(IRQ_RAISED, 1);
  } else {
    atomic.and<u32>(word, ~(1 << (irq & 31)));
  }
}

const text = memory.data(512);
let mark: i32 = 0;

/** From here on `logged` looks. */
export function log_mark(): void {
  mark = spec_lines();
}

/** Whether a line since the mark contains `part`. */
export function logged(part: string): bool {
  for (let i = mark; i < spec_lines(); i++) {
    if (String.UTF8.decodeUnsafe(text, spec_line(i, text, 512)).includes(part)) return true;
  }
  return false;
}

/** Lines since the mark. */
export function log_count(): i32 {
  return spec_lines() - mark;
}

/** The C string at `s`. */
export function str(s: usize): string {
  return String.UTF8.decodeUnsafe(s, 4096, true);
}
