// linux/jiffies.h: the tick counter. `jiffies_64` and `jiffies` are one data symbol for modules: `jiffies` is its low
// half. It starts five minutes before it wraps, so that code that compares badly fails early.

import { INITIAL_JIFFIES } from "../../abi";

/** linux/jiffies.h. Ticks since boot plus INITIAL_JIFFIES, u64; `jiffies` is its low word. */
export const jiffies_64: usize = memory.data(8, 64);

/** The low word of the counter: what C calls `jiffies`. */
@inline
export function jiffies(): u32 {
  return load<u32>(jiffies_64);
}

export function jiffies_init(): void {
  store<u64>(jiffies_64, INITIAL_JIFFIES);
}

/** linux/jiffies.h. The whole counter. Context: any. */
export function get_jiffies_64(): u64 {
  return load<u64>(jiffies_64);
}

// Comparisons of jiffies that survive the wrap.

@inline
export function time_after(a: u32, b: u32): bool {
  return <i32>(b - a) < 0;
}

@inline
export function time_before(a: u32, b: u32): bool {
  return <i32>(a - b) < 0;
}

@inline
export function time_after_eq(a: u32, b: u32): bool {
  return <i32>(a - b) >= 0;
}
