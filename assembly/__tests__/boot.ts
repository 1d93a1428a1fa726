// For the specs: the core as kpi_boot brings it up, as far as a spec needs it, once; without the idle loop and without
// a board behind it.

import { local_irq_enable } from "../arch/wasm/irqflags";
import { BOOT_PCI_INTX } from "../arch/wasm/memory";
import { driver_init } from "../drivers/base/init";
import { cpuhp_init } from "../kernel/cpu_hotplug";
import { irq_init } from "../kernel/irq/init";
import { debug_locks_init } from "../kernel/locking/debug_locks";
import { lockdep_init } from "../kernel/locking/lockdep/lockdep";
import { modules_init } from "../kernel/module/list";
import { params_init } from "../kernel/params";
import { system_running } from "../kernel/reboot";
import { idle_task_init } from "../kernel/sched/task";
import { softirq_init } from "../kernel/softirq";
import { srcu_init } from "../kernel/srcu";
import { timers_init } from "../kernel/time/timer";
import { workqueue_init } from "../kernel/workqueue";
import { radix_tree_init } from "../lib/xarray/node";
import { mm_init } from "../mm/init";
import { net_init } from "../net/init";

/** The vector of the first INTx line; the other three follow. */
export const INTX: u32 = 16;

let kernel = false;
let drivers = false;
let net = false;

/** Memory, interrupts, time, tasks, workqueues, modules. */
export function boot_kernel(): void {
  if (kernel) return;
  kernel = true;
  for (let line: u32 = 0; line < 4; line++) store<u8>(BOOT_PCI_INTX + line, <u8>(INTX + line));
  idle_task_init();
  debug_locks_init();
  lockdep_init();
  mm_init();
  radix_tree_init();
  params_init();
  irq_init();
  softirq_init();
  timers_init();
  workqueue_init();
  srcu_init();
  cpuhp_init();
  modules_init();
  system_running();
  local_irq_enable();
}

/** The driver core, without a bus. */
export function boot_drivers(): void {
  boot_kernel();
  if (drivers) return;
  drivers = true;
  driver_init();
}

/** The network, without an interface. */
export function boot_net(): void {
  boot_drivers();
  if (net) return;
  net = true;
  net_init();
}
