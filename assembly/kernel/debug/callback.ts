// What a driver's function must leave as it found: preempt_count, the interrupt flag and the locks held. Linux looks at
// the first in a few places (initcalls, timers, softirqs, work); the debug flavour looks at all of them wherever the
// core calls a driver. What was changed is put right, so that the report is the first and not the only one. Whether the
// function has stored through NULL (mm/nullpage) is looked at, too.
//
//   31        30                24 23                          0
//   ┌─────────┬───────────────────┬─────────────────────────────┐
//   │irqs off │ locks held, mod 64│ preempt_count               │   the state, as callback_enter() returns it
//   └─────────┴───────────────────┴─────────────────────────────┘

import { irqs_disabled, local_irq_disable, local_irq_enable } from "../../arch/wasm/irqflags";
import { current } from "../../arch/wasm/current";
import { preempt_count, preempt_count_add } from "../../arch/wasm/preempt";
import { DEBUG } from "../../flavour";
import { locks_held, show_held_locks } from "../locking/held";
import { null_page_check_after } from "../../mm/nullpage";
import { dump_stack } from "../panic";
import { pr } from "../printk/printk";
import { bug_reported } from "./reports";

const COUNT: u32 = 0xffffff;
const LOCKS: u32 = 0x3f000000;
const IRQS_OFF: u32 = 0x80000000;

/** The state that callback_enter() returns, now. */
export function callback_state(): u32 {
  const locks = locks_held(false);
  return (preempt_count() & COUNT) | ((locks << 24) & LOCKS) | (irqs_disabled() ? IRQS_OFF : 0);
}

/** Before the call. Costs nothing in release. */
@inline
export function callback_enter(): u32 {
  return DEBUG ? callback_state() : 0;
}

/** Debug, after the call: says what `fn`, a table slot, has changed since `entered`. */
export function callback_leave(entered: u32, fn: usize): void {
  null_page_check_after(fn);
  const left = callback_state();
  if (left == entered) return;
  const task = current();
  bug_reported();
  pr(cstr("\x013BUG: %pS leaked lock or atomic: %s/0x%08x/%d"), fn, task.comm, preempt_count(), task.pid);
  if ((left ^ entered) & COUNT) {
    pr(cstr("\x013 preempt_count: %08x, when it was called: %08x"), left & COUNT, entered & COUNT);
  }
  if ((left ^ entered) & IRQS_OFF) {
    pr(cstr("\x013 interrupts: %s, when it was called: %s"), flag_name(left), flag_name(entered));
  }
  show_held_locks(changetype<usize>(task));
  dump_stack();
  restore(entered, left);
}

function flag_name(state: u32): usize {
  return state & IRQS_OFF ? cstr("disabled") : cstr("enabled");
}

/** Locks stay as they are: whoever wants one next says so. */
function restore(entered: u32, left: u32): void {
  preempt_count_add((entered & COUNT) - (left & COUNT));
  if (!((left ^ entered) & IRQS_OFF)) return;
  if (entered & IRQS_OFF) local_irq_disable();
  else local_irq_enable();
}
