// For the specs: the driver core without PCI, and what it logs.

import { local_irq_enable } from "../../../arch/wasm/irqflags";
import { irq_init } from "../../../kernel/irq/init";
import { idle_task_init } from "../../../kernel/sched/task";
import { softirq_init } from "../../../kernel/softirq";
import { timers_init } from "../../../kernel/time/timer";
import { workqueue_init } from "../../../kernel/workqueue";
import { mm_init } from "../../../mm/init";
import { driver_init } from "../init";

@external("spec", "lines") declare function spec_lines(): i32;
@external("spec", "line") declare function spec_line(index: i32, buf: usize, size: u32): i32;

let booted = false;

export function boot(): void {
  if (booted) return;
  booted = true;
  idle_task_init();
  mm_init();
  irq_init();
  softirq_init();
  timers_init();
  workqueue_init();
  driver_init();
  local_irq_enable();
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

/** The last line of the log, without its time. */
export function last_line(): string {
  const line = String.UTF8.decodeUnsafe(text, spec_line(-1, text, 512));
  return line.substring(line.indexOf("] ") + 2);
}

/** The C string at `s`. */
export function str(s: usize): string {
  return s ? String.UTF8.decodeUnsafe(s, 4096, true) : "(null)";
}

/** Writes `value` as a C string at `at`; returns `at`. */
export function c_string(at: usize, value: string): usize {
  String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, at, true);
  return at;
}
