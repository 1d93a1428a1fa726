// kernel/cpu.c: which CPUs there are, as the data symbols that linux/cpumask.h reads inline. All of them are up from the start.

import { BITS_PER_LONG, NR_CPUS } from "../abi";
import { BOOT_NR_CPUS } from "../arch/wasm/memory";
import { BUG } from "./panic";

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

/** Fills the masks from the boot block. */
export function boot_cpu_init(): void {
  const count = load<u32>(BOOT_NR_CPUS);
  if (count < 1 || count > NR_CPUS) BUG(cstr("the boot block names a number of CPUs that drivers cannot see"));
  const mask: u32 = (1 << count) - 1;
  store<u32>(nr_cpu_ids, count);
  store<u32>(__num_online_cpus, count);
  store<u32>(__cpu_possible_mask, mask);
  store<u32>(__cpu_present_mask, mask);
  store<u32>(__cpu_online_mask, mask);
  store<u32>(__cpu_active_mask, mask);
  for (let bit: u32 = 0; bit < BITS_PER_LONG; bit++) store<u32>(cpu_bit_bitmap + ((<usize>(1 + bit)) << 2), 1 << bit);
}
