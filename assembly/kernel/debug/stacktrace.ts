// Stacks of tasks that do not run (kernel/stacktrace.c). A parked wasm stack cannot be looked at: the debug flavour's
// host notes where each task parks, and the core asks for the text when there is something to report.

import { this_cpu } from "../../arch/wasm/cpu";
import { host_backtrace, host_task_backtrace } from "../../arch/wasm/host";
import { DEBUG } from "../../flavour";
import { print_lines } from "../panic";
import { pr } from "../printk/printk";

const TEXT_BYTES: u32 = 2048;
const text = memory.data(2048);

/** linux/sched/debug.h. Prints where `task` is: the running one here, another one where it parked. Nothing is known of
 *  a task that never ran, and in the release flavour of any. */
export function show_stack(task: usize): void {
  if (!DEBUG) return;
  let length = host_task_backtrace(task, text, TEXT_BYTES);
  if (!length && task == this_cpu().current) length = host_backtrace(text, TEXT_BYTES);
  if (!length) return;
  pr(cstr("\x014Call Trace:"));
  print_lines(text, length);
}
