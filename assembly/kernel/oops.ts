// A trap: wasm stopped in the middle of a task. The host caught it and calls here, on no task's stack. The task dies if
// it held nothing that others spin on; in interrupt context or under a spinlock the machine stops (DESIGN: a fault is
// contained and honest).

import { TAINT_DIE, TASK_DEAD, task_struct } from "../abi";
import { set_call_site, smp_processor_id, this_cpu } from "../arch/wasm/cpu";
import { in_atomic, in_hardirq, in_serving_softirq } from "../arch/wasm/preempt";
import { CPU_MAX } from "../arch/wasm/memory";
import { DEBUG } from "../flavour";
import { nr_cpu_ids } from "./cpu";
import { irq_thread_died } from "./irq/thread";
import { kthread_died } from "./kthread";
import { list_held_locks } from "./locking/held";
import { dump_stack_print_info, oops_in_progress, panic_, print_lines } from "./panic";
import { pr, printk_bust_locks } from "./printk/printk";
import { pick_next } from "./sched/core";
import { stack_overflowed, task_of } from "./sched/task";
import { add_taint_mask } from "./taint";

/** The host writes what it knows of a trap here: the message, NUL, the backtrace, NUL. */
const REPORT_BYTES: u32 = 4096;
/** One for each CPU. */
const reports = memory.data(4096 * 4, 4096);
const count = memory.data(4, 4);

/** Where the host writes the text of a trap, REPORT_BYTES (4096) long. */
export function kpi_trap_report(): usize {
  return reports + smp_processor_id() * REPORT_BYTES;
}

/** Reports of CPUs that a small board does not have. */
export function reports_unused(): usize {
  return reports + load<u32>(nr_cpu_ids) * REPORT_BYTES;
}

export function reports_end(): usize {
  return reports + CPU_MAX * REPORT_BYTES;
}

function text_length(report: usize, text: usize): u32 {
  let length: u32 = 0;
  while (text + length < report + REPORT_BYTES - 1 && load<u8>(text + length)) length++;
  return length;
}

function print_oops(task: usize): void {
  const oops = load<u32>(count) + 1;
  store<u32>(count, oops);
  const report = kpi_trap_report();
  const length = text_length(report, report);
  store<u32>(oops_in_progress, 1);
  pr(cstr("\x011BUG: wasm trap: %s"), report);
  pr(cstr("\x011Oops: %04x [#%u]"), 0, oops);
  add_taint_mask(TAINT_DIE);
  dump_stack_print_info();
  if (stack_overflowed(task)) pr(cstr("\x011The C stack of %s overflowed"), changetype<task_struct>(task).comm);
  pr(cstr("\x014Call Trace:"));
  print_lines(report + length + 1, text_length(report, report + length + 1));
  if (DEBUG) list_held_locks(task, cstr(", never to be released"));
  pr(cstr("\x014---[ end trace 0000000000000000 ]---"));
  store<u32>(oops_in_progress, 0);
}

/** The host calls this after a trap in the running task, with the report written. Returns the task to run next;
 *  never returns if the machine cannot go on. */
export function kpi_task_trap(): usize {
  const cpu = this_cpu();
  const task = cpu.current;
  set_call_site(0);
  printk_bust_locks();
  print_oops(task);
  if (in_hardirq()) panic_(cstr("Fatal exception in interrupt"));
  if (in_serving_softirq()) panic_(cstr("Fatal exception in softirq"));
  if (task == cpu.idle) panic_(cstr("Attempted to kill the idle task!"));
  if (in_atomic()) panic_(cstr("Fatal exception with a spinlock held or softirqs disabled"));
  if (stack_overflowed(task)) panic_(cstr("Fatal exception: the stack's neighbour in memory is overwritten"));
  changetype<task_struct>(task).__state = TASK_DEAD;
  task_of(task).kept = 1;
  cpu.irqs_off = 0;
  irq_thread_died(changetype<task_struct>(task));
  kthread_died(task);
  cpu.current = pick_next();
  return cpu.current;
}

/** The host calls this after a trap outside of any task, in a call of its own, with the report written. Never
 *  returns. */
export function kpi_host_trap(): void {
  printk_bust_locks();
  print_oops(this_cpu().current);
  panic_(cstr("Fatal exception in a call of the host"));
}
