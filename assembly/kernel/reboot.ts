// kernel/reboot.c: how far the system is between power-on and power-off, and the orderly end.

import {
  SYSTEM_POWER_OFF,
  SYSTEM_RESTART,
  SYSTEM_RUNNING,
  SYS_POWER_OFF,
  SYS_RESTART,
  blocking_notifier_head,
  sizeof_atomic_notifier_head,
  sizeof_blocking_notifier_head,
} from "../abi";
import { host_panic } from "../arch/wasm/host";
import { device_shutdown } from "../drivers/base/shutdown";
import { DEBUG } from "../flavour";
import { kmemleak_power_off } from "../mm/debug/kmemleak";
import { __init_rwsem } from "./locking/rwsem";
import {
  atomic_notifier_call_chain,
  atomic_notifier_chain_register,
  atomic_notifier_chain_unregister,
  blocking_notifier_call_chain,
  blocking_notifier_chain_register,
  blocking_notifier_chain_unregister,
} from "./notifier";
import { pr } from "./printk/printk";

/** linux/kernel.h. `enum system_states system_state`: SYSTEM_BOOTING (0), SYSTEM_RUNNING, then SYSTEM_POWER_OFF. */
export const system_state: usize = memory.data(4, 4);

const reboot_notifier_list = memory.data(<i32>sizeof_blocking_notifier_head, 8);
const restart_handler_list = memory.data(<i32>sizeof_atomic_notifier_head, 8);

export function reboot_init(): void {
  const rwsem = changetype<usize>(changetype<blocking_notifier_head>(reboot_notifier_list).rwsem);
  __init_rwsem(rwsem, cstr("(reboot_notifier_list).rwsem"), 0);
}

/** Everything that boots has booted. */
export function system_running(): void {
  store<u32>(system_state, SYSTEM_RUNNING);
}

/** Tells who wants to know of `event`, and then every driver. */
function shutdown(event: u32, state: u32, cmd: usize): void {
  blocking_notifier_call_chain(reboot_notifier_list, event, cmd);
  store<u32>(system_state, state);
  device_shutdown();
}

/** Host call, before HOST_STOP: tells every driver that the power goes (its shutdown method). */
export function kpi_power_off(): void {
  shutdown(SYS_POWER_OFF, SYSTEM_POWER_OFF, 0);
  if (DEBUG) kmemleak_power_off();
  pr(cstr("\x010reboot: Power down"));
}

/** linux/reboot.h. Has a notifier called with SYS_RESTART or SYS_POWER_OFF before drivers shut down. 0 or -EEXIST. Context:
 *  process. */
export function register_reboot_notifier(nb: usize): i32 {
  return blocking_notifier_chain_register(reboot_notifier_list, nb);
}

/** linux/reboot.h. Takes a notifier out again. 0 or -ENOENT. Context: process. */
export function unregister_reboot_notifier(nb: usize): i32 {
  return blocking_notifier_chain_unregister(reboot_notifier_list, nb);
}

/** linux/reboot.h. Has a notifier called to reset the machine, the highest priority first. 0 or -EEXIST. Context: any. */
export function register_restart_handler(nb: usize): i32 {
  return atomic_notifier_chain_register(restart_handler_list, nb);
}

/** linux/reboot.h. Takes a restart handler out again. 0 or -ENOENT. Context: any. */
export function unregister_restart_handler(nb: usize): i32 {
  return atomic_notifier_chain_unregister(restart_handler_list, nb);
}

/** machine_restart(): whoever can reset the machine is asked to. Never returns: a board is not booted again, so the run
 *  ends here, as by a panic. */
function machine_restart(cmd: usize): void {
  atomic_notifier_call_chain(restart_handler_list, 0, cmd);
  pr(cstr("\x010Reboot failed -- System halted"));
  host_panic();
}

/** linux/reboot.h. Tells notifiers and drivers, then restarts the machine, which ends the run; `cmd` is a string or NULL.
 *  Never returns. Context: process. */
export function kernel_restart(cmd: usize): void {
  shutdown(SYS_RESTART, SYSTEM_RESTART, cmd);
  if (cmd) pr(cstr("\x010reboot: Restarting system with command '%s'"), cmd);
  else pr(cstr("\x010reboot: Restarting system"));
  machine_restart(cmd);
}

/** linux/reboot.h. Restarts the machine, which ends the run, and tells nobody. Never returns. Context: any. */
export function emergency_restart(): void {
  store<u32>(system_state, SYSTEM_RESTART);
  machine_restart(0);
}
