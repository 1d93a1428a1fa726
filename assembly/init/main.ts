// init/main.c: the way from power-on to the idle loop.

import { LINUX_VERSION_CODE } from "../abi";
import { host_clock } from "../arch/wasm/host";
import { set_cpu } from "../arch/wasm/cpu";
import { BOOT_MAGIC, BOOT_MAGIC_VALUE, BOOT_NR_CPUS, BOOT_RAM_END } from "../arch/wasm/memory";
import { DEBUG } from "../flavour";
import { driver_init } from "../drivers/base/init";
import { led_triggers_init } from "../drivers/leds/led-triggers";
import { pci_init } from "../drivers/pci/init";
import { cpuhp_init } from "../kernel/cpu_hotplug";
import { irq_init } from "../kernel/irq/init";
import { debug_locks_init } from "../kernel/locking/debug_locks";
import { lockdep_init } from "../kernel/locking/lockdep/lockdep";
import { params_init } from "../kernel/params";
import { pr } from "../kernel/printk/printk";
import { reboot_init, system_running } from "../kernel/reboot";
import { cpu_idle } from "../kernel/sched/idle";
import { idle_task_init } from "../kernel/sched/task";
import { modules_init } from "../kernel/module/list";
import { softirq_init } from "../kernel/softirq";
import { srcu_init } from "../kernel/srcu";
import { timers_init } from "../kernel/time/timer";
import { workqueue_init } from "../kernel/workqueue";
import { lib_init } from "../lib/init";
import { radix_tree_init } from "../lib/xarray/node";
import { nr_free_pages } from "../mm/buddy";
import { mm_init } from "../mm/init";
import { net_init } from "../net/init";

/** SUSPENDING export. Boots CPU `cpu` from the boot block and becomes its idle task. Returns when the host sets
 *  HOST_STOP, or at once with -1 if the boot block is not one. */
export function kpi_boot(cpu: u32): i32 {
  if (load<u32>(BOOT_MAGIC) != BOOT_MAGIC_VALUE) return -1;
  set_cpu(cpu);
  host_clock();
  idle_task_init();
  debug_locks_init();
  if (DEBUG) lockdep_init();
  lib_init();
  mm_init();
  radix_tree_init();
  params_init();
  pr(
    cstr("\x015Linux KPI %u.%u.%u on wasm32, %u CPU%s, not preemptive%s"),
    LINUX_VERSION_CODE >> 16,
    (LINUX_VERSION_CODE >> 8) & 255,
    LINUX_VERSION_CODE & 255,
    load<u32>(BOOT_NR_CPUS),
    load<u32>(BOOT_NR_CPUS) == 1 ? cstr("") : cstr("s"),
    DEBUG ? cstr(", debug") : cstr(""),
  );
  pr(cstr("\x016Memory: %uK/%uK available"), nr_free_pages() << 2, load<u32>(BOOT_RAM_END) >> 10);
  irq_init();
  softirq_init();
  timers_init();
  workqueue_init();
  srcu_init();
  cpuhp_init();
  reboot_init();
  led_triggers_init();
  modules_init();
  driver_init();
  pci_init();
  net_init();
  system_running();
  cpu_idle();
  return 0;
}
