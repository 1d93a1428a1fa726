// kernel/sched/idle.c: what a CPU does when no task wants it. The idle task is the boot stack's.

import { Cpu, this_cpu } from "../../arch/wasm/cpu";
import { host_idle, host_wait } from "../../arch/wasm/host";
import { idle_window, local_irq_enable, storm_window } from "../../arch/wasm/irqflags";
import { HOST_STOP } from "../../arch/wasm/memory";
import { next_timer_event_ns } from "../time/next_event";
import { need_resched, schedule } from "./core";

/** Runs tasks and interrupts until the host asks to stop. */
export function cpu_idle(): void {
  const cpu = this_cpu();
  local_irq_enable();
  while (!load<u32>(HOST_STOP)) {
    idle_window();
    if (need_resched()) {
      schedule();
      continue;
    }
    if (cpu.irq_raised || cpu.softirq_pending) {
      storm_window();
      continue;
    }
    cpu.idle_until = next_timer_event_ns();
    // Whoever raises something from now on rings (cpu_kick); the host looks at what was raised before.
    atomic.store<u32>(changetype<usize>(cpu), 1, offsetof<Cpu>("idling"));
    if (host_idle()) host_wait();
    cpu.idling = 0;
  }
}
