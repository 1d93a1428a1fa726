// Calls that the host makes between tasks, outside any task's stack: interrupts stay off, so nothing can suspend.

import { own_affair, set_call_site, this_cpu } from "../arch/wasm/cpu";
import { DEBUG } from "../flavour";

/** Begins such a call; returns what kpi_host_leave wants back. */
export function kpi_host_enter(): u32 {
  const cpu = this_cpu();
  const flags = cpu.irqs_off;
  cpu.irqs_off = 1;
  if (DEBUG && !cpu.in_host_call++) cpu.interrupted_site = own_affair();
  return flags;
}

/** Ends such a call. What became pending is taken at the next window. */
export function kpi_host_leave(flags: u32): void {
  const cpu = this_cpu();
  cpu.irqs_off = flags;
  if (DEBUG && !--cpu.in_host_call) set_call_site(cpu.interrupted_site);
}
