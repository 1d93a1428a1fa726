// kernel/reboot.c: how far the system is between power-on and power-off, and the orderly end.

import { SYSTEM_POWER_OFF, SYSTEM_RUNNING } from "../abi";
import { device_shutdown } from "../drivers/base/shutdown";
import { DEBUG } from "../flavour";
import { kmemleak_power_off } from "../mm/debug/kmemleak";
import { pr } from "./printk/printk";

/** linux/kernel.h. `enum system_states system_state`: SYSTEM_BOOTING (0), SYSTEM_RUNNING, then SYSTEM_POWER_OFF. */
export const system_state: usize = memory.data(4, 4);

/** Everything that boots has booted. */
export function system_running(): void {
  store<u32>(system_state, SYSTEM_RUNNING);
}

/** Host call, before HOST_STOP: tells every driver that the power goes (its shutdown method). */
export function kpi_power_off(): void {
  store<u32>(system_state, SYSTEM_POWER_OFF);
  device_shutdown();
  if (DEBUG) kmemleak_power_off();
  pr(cstr("\x010reboot: Power down"));
}
