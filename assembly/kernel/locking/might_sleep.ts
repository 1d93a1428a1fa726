// The check behind might_sleep() (kernel/sched/core.c, __might_sleep): functions that may sleep ask it at once, so that
// a call from the wrong context shows even when the lock happens to be free.

import { HZ, task_struct } from "../../abi";
import { irqs_disabled } from "../../arch/wasm/irqflags";
import { current } from "../../arch/wasm/current";
import { in_atomic, preempt_count } from "../../arch/wasm/preempt";
import { dump_stack } from "../panic";
import { pr } from "../printk/printk";
import { jiffies } from "../time/jiffies";

const last = memory.data(8, 4);

function report(what: usize): void {
  if (load<u32>(last, 4) && jiffies() - load<u32>(last) < HZ) return; // once a second is enough
  store<u32>(last, jiffies());
  store<u32>(last, 1, 4);
  const task: task_struct = current();
  pr(cstr("\x013BUG: sleeping function called from invalid context: %s"), what);
  pr(cstr("\x013in_atomic(): %d, irqs_disabled(): %d, preempt_count: %x, pid: %d, name: %s"),
    in_atomic(), irqs_disabled(), preempt_count(), task.pid, task.comm);
  dump_stack();
}

/** Reports, at most once a second, that `what` may sleep and was called where sleeping is forbidden. */
@inline
export function might_sleep(what: usize): void {
  if (in_atomic() || irqs_disabled()) report(what);
}
