// kernel/reboot.c: the orderly end.

import { device_shutdown } from "../drivers/base/shutdown";
import { pr } from "./printk/printk";

/** Host call, before HOST_STOP: tells every driver that the power goes (its shutdown method). */
export function kpi_power_off(): void {
  device_shutdown();
  pr(cstr("\x010reboot: Power down"));
}
