// For the specs: the core as kpi_boot brings it up, without a bus and without the idle loop, and what the spec host
// saw.

import { idle_task_init } from "../../../kernel/sched/task";
import { irq_init } from "../../../kernel/irq/init";
import { softirq_init } from "../../../kernel/softirq";
import { timers_init } from "../../../kernel/time/timer";
import { workqueue_init } from "../../../kernel/workqueue";
import { driver_init } from "../../../drivers/base/init";
import { mm_init } from "../../../mm/init";
import { local_irq_enable } from "../../../arch/wasm/irqflags";
import { net_init } from "../../init";

@external("spec", "lines") declare function spec_lines(): i32;
@external("spec", "line") declare function spec_line(index: i32, buf: usize, size: u32): i32;
@external("spec", "advance") export declare function spec_advance(ns: u32): void;
@external("spec", "frames") export declare function spec_frames(): i32;
@external("spec", "frame") export declare function spec_frame(index: i32, buf: usize, size: u32): i32;
@external("spec", "frame_ifindex") export declare function spec_frame_ifindex(index: i32): i32;
@external("spec", "net_events") export declare function spec_net_events(): i32;
@external("spec", "net_event") export declare function spec_net_event(index: i32): i32;

let booted = false;

/** Brings the core up, once. */
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
  net_init();
  local_irq_enable();
}

const text = memory.data(512);

/** Console line `index`, negative: from the end, without its time. */
export function logged(index: i32): string {
  const length = spec_line(index, text, 512);
  const line = String.UTF8.decodeUnsafe(text, length);
  return line.substring(line.indexOf("] ") + 2);
}

export function log_lines(): i32 {
  return spec_lines();
}

/** The C string at `s`. */
export function str(s: usize): string {
  return String.UTF8.decodeUnsafe(s, 256, true);
}
