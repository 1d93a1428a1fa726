// kernel/time/timer.c, round_jiffies: times that need not be exact are moved to whole seconds, so that timers expire
// together. Each CPU's seconds are three jiffies apart, lest all CPUs wake at once.

import { HZ } from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { jiffies, time_after } from "./jiffies";

function round(j: u32, cpu: u32, up: bool): u32 {
  const skewed = j + cpu * 3;
  const over = skewed % HZ;
  const down = over < HZ / 4 && !up;
  const rounded = skewed - over + (down ? 0 : HZ) - cpu * 3;
  return time_after(rounded, jiffies()) ? rounded : j;
}

function round_relative(j: u32, cpu: u32, up: bool): u32 {
  const now = jiffies();
  return round(j + now, cpu, up) - now;
}

/** linux/timer.h. Jiffy `j`, rounded to a whole second of CPU `cpu`, if that is still ahead. Context: any. */
export function __round_jiffies(j: u32, cpu: i32): u32 {
  return round(j, cpu, false);
}

/** linux/timer.h. __round_jiffies for a time from now. Context: any. */
export function __round_jiffies_relative(j: u32, cpu: i32): u32 {
  return round_relative(j, cpu, false);
}

/** linux/timer.h. __round_jiffies for this CPU. Context: any. */
export function round_jiffies(j: u32): u32 {
  return round(j, smp_processor_id(), false);
}

/** linux/timer.h. __round_jiffies_relative for this CPU. Context: any. */
export function round_jiffies_relative(j: u32): u32 {
  return round_relative(j, smp_processor_id(), false);
}

/** linux/timer.h. __round_jiffies, never to an earlier time. Context: any. */
export function __round_jiffies_up(j: u32, cpu: i32): u32 {
  return round(j, cpu, true);
}

/** linux/timer.h. __round_jiffies_relative, never to an earlier time. Context: any. */
export function __round_jiffies_up_relative(j: u32, cpu: i32): u32 {
  return round_relative(j, cpu, true);
}

/** linux/timer.h. __round_jiffies_up for this CPU. Context: any. */
export function round_jiffies_up(j: u32): u32 {
  return round(j, smp_processor_id(), true);
}

/** linux/timer.h. __round_jiffies_up_relative for this CPU. Context: any. */
export function round_jiffies_up_relative(j: u32): u32 {
  return round_relative(j, smp_processor_id(), true);
}
