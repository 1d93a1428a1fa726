// kernel/cpu.c: which CPUs there are, as the data symbols that linux/cpumask.h reads inline, and how one comes up.
// There may be four; drivers see two.

import { BITS_PER_LONG, EINVAL, ENOMEM, NR_CPUS } from "../abi";
import { cpu_area, set_cpu } from "../arch/wasm/cpu";
import { host_clock } from "../arch/wasm/host";
import { BOOT_NR_CPUS, CPU_MAX } from "../arch/wasm/memory";
import { _find_next_bit } from "../lib/find_bit";
import { cpuhp_cpu_came } from "./cpu_hotplug";
import { BUG } from "./panic";
import { pr } from "./printk/printk";
import { cpu_idle } from "./sched/idle";
import { become_idle_task, idle_task_fork } from "./sched/task";
import { tick_start_cpu } from "./time/tick";

/** linux/cpumask.h. `unsigned int nr_cpu_ids`: one more than the highest CPU number. */
export const nr_cpu_ids: usize = memory.data(4, 4);

/** linux/cpumask.h. `struct cpumask __cpu_possible_mask`: the CPUs that drivers see. */
export const __cpu_possible_mask: usize = memory.data(4, 4);

/** linux/cpumask.h. `struct cpumask __cpu_present_mask`: the same CPUs. */
export const __cpu_present_mask: usize = memory.data(4, 4);

/** linux/cpumask.h. `struct cpumask __cpu_online_mask`: the same CPUs. */
export const __cpu_online_mask: usize = memory.data(4, 4);

/** linux/cpumask.h. `struct cpumask __cpu_active_mask`: the same CPUs. */
export const __cpu_active_mask: usize = memory.data(4, 4);

/** linux/cpumask.h. `atomic_t __num_online_cpus`. */
export const __num_online_cpus: usize = memory.data(4, 4);

/** linux/cpumask.h. `unsigned long cpu_bit_bitmap[BITS_PER_LONG + 1][1]`: row 1 + n is the mask of CPU n alone. */
export const cpu_bit_bitmap: usize = memory.data(4 * (BITS_PER_LONG + 1), 4);

/** linux/cpumask.h. `DECLARE_BITMAP(cpu_all_bits, NR_CPUS)`: every CPU that could be. */
export const cpu_all_bits: usize = memory.data<u32>([0xffffffff]);

/** The CPU runs. */
function set_online(cpu: u32): void {
  if (cpu >= load<u32>(nr_cpu_ids)) return;
  atomic.or<u32>(__cpu_active_mask, 1 << cpu);
  atomic.or<u32>(__cpu_online_mask, 1 << cpu);
  atomic.add<u32>(__num_online_cpus, 1);
}

/** Host call on CPU 0. Readies CPU `cpu`, whose instance then calls kpi_cpu_boot; -EINVAL: the boot block names no such
 *  CPU, or it is up; -ENOMEM. */
export function kpi_cpu_prepare(cpu: u32): i32 {
  if (cpu == 0 || cpu >= load<u32>(BOOT_NR_CPUS) || cpu_area(cpu).idle) return -EINVAL;
  return idle_task_fork(cpu) ? 0 : -ENOMEM;
}

/** SUSPENDING export, on an instance of its own: becomes CPU `cpu` and its idle task. Returns when the host sets HOST_STOP,
 *  or at once with -EINVAL if CPU 0 has not prepared it. */
export function kpi_cpu_boot(cpu: u32): i32 {
  if (cpu == 0 || cpu >= CPU_MAX || !cpu_area(cpu).idle) return -EINVAL;
  set_cpu(cpu);
  host_clock();
  become_idle_task();
  tick_start_cpu();
  set_online(cpu);
  pr(cstr("\x016CPU%u is up"), cpu);
  cpuhp_cpu_came(cpu);
  cpu_idle();
  return 0;
}

/** Fills the masks from the boot block. */
export function boot_cpu_init(): void {
  const cpus = load<u32>(BOOT_NR_CPUS);
  if (cpus < 1 || cpus > CPU_MAX) BUG(cstr("the boot block names a number of CPUs that there cannot be"));
  const seen = min(cpus, <u32>NR_CPUS);
  store<u32>(nr_cpu_ids, seen);
  store<u32>(__cpu_possible_mask, (1 << seen) - 1);
  store<u32>(__cpu_present_mask, (1 << seen) - 1);
  store<u32>(__num_online_cpus, 0);
  store<u32>(__cpu_online_mask, 0);
  store<u32>(__cpu_active_mask, 0);
  set_online(0);
  for (let bit: u32 = 0; bit < BITS_PER_LONG; bit++) store<u32>(cpu_bit_bitmap + ((<usize>(1 + bit)) << 2), 1 << bit);
}

/** linux/cpumask.h. The CPU of `mask` behind CPU `n` (-1: the first), going round; nr_cpu_ids once that has passed `start`
 *  after going round, or after `wrap` says that it has. Context: any. */
export function cpumask_next_wrap(n: i32, mask: usize, start: i32, wrap: bool): u32 {
  const cpus = load<u32>(nr_cpu_ids);
  let next = <u32>_find_next_bit(mask, cpus, <u32>(n + 1));
  while (!(wrap && n < start && <i32>next >= start) && next >= cpus) {
    wrap = true;
    n = -1;
    next = <u32>_find_next_bit(mask, cpus, 0);
  }
  return wrap && n < start && <i32>next >= start ? cpus : next;
}
