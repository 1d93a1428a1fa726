// The check behind might_sleep() (kernel/sched/core.c, __might_sleep), debug only: functions that may sleep ask it at
// once, so that a call from the wrong context shows even when the lock happens to be free.

import { HZ, SYSTEM_RUNNING, __GFP_DIRECT_RECLAIM, task_struct } from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { irqs_disabled } from "../../arch/wasm/irqflags";
import { current } from "../../arch/wasm/current";
import { in_atomic, preempt_count } from "../../arch/wasm/preempt";
import { bug_reported } from "../debug/reports";
import { show_held_locks } from "./held";
import { dump_stack, oops_in_progress } from "../panic";
import { pr } from "../printk/printk";
import { system_state } from "../reboot";
import { jiffies } from "../time/jiffies";

const last = memory.data(8, 4);

function report(what: usize): void {
  // Calls that the host makes between tasks run with interrupts off, and nothing in them can suspend.
  if (this_cpu().in_host_call) return;
  if (load<u32>(system_state) != SYSTEM_RUNNING || load<u32>(oops_in_progress)) return; // alone, nobody sleeps
  if (load<u32>(last, 4) && jiffies() - load<u32>(last) < HZ) return; // once a second is enough
  store<u32>(last, jiffies());
  store<u32>(last, 1, 4);
  bug_reported();
  const task: task_struct = current();
  pr(cstr("\x013BUG: sleeping function called from invalid context at %s"), what);
  pr(
    cstr("\x013in_atomic(): %d, irqs_disabled(): %d, non_block: 0, pid: %d, name: %s"),
    in_atomic(),
    irqs_disabled(),
    task.pid,
    task.comm,
  );
  pr(cstr("\x013preempt_count: %x, expected: 0"), preempt_count());
  show_held_locks(changetype<usize>(task));
  dump_stack();
}

/** Debug. Reports, at most once a second, that `what` may sleep and was called where sleeping is forbidden. */
@inline
export function might_sleep(what: usize): void {
  if (in_atomic() || irqs_disabled()) report(what);
}

/** linux/sched/mm.h, debug. The same for an allocation, if `gfp` lets it sleep. */
@inline
export function might_alloc(gfp: u32, what: usize): void {
  if (gfp & __GFP_DIRECT_RECLAIM) might_sleep(what);
}
