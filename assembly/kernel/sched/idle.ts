// kernel/sched/idle.c: what a CPU does when no task wants it. The idle task is the boot stack's.

import { this_cpu } from "../../arch/wasm/cpu";
import { host_idle, host_wait } from "../../arch/wasm/host";
import { idle_window, local_irq_enable, storm_window } from "../../arch/wasm/irqflags";
import { CPU_IDLE, HOST_STOP, IDLE_UNTIL, IRQ_RAISED } from "../../arch/wasm/memory";
import { next_timer_event_ns } from "../time/next_event";
import { need_resched, schedule } from "./core";

/** Runs tasks and interrupts until the host asks to stop. */
export function cpu_idle(): void {
  local_irq_enable();
  while (!load<u32>(HOST_STOP)) {
    idle_window();
    if (need_resched()) {
      schedule();
      continue;
    }
    if (load<u32>(IRQ_RAISED) || this_cpu().softirq_pending) {
      storm_window();
      continue;
    }
    store<u64>(IDLE_UNTIL, next_timer_event_ns());
    store<u32>(CPU_IDLE, 1);
    if (host_idle()) host_wait();
    store<u32>(CPU_IDLE, 0);
  }
}
