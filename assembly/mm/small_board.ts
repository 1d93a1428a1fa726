// A board with little RAM. The core's static areas are sized for large boards; of some a small one uses a part, and the
// pages of the rest are RAM like any other there (free_reserved_area).

import { BOOT_ARENA, BOOT_NR_CPUS, BOOT_RAM_END, CPU_AREA, CPU_AREA_BYTES, SMALL_RAM } from "../arch/wasm/memory";

export function small_board(): bool {
  return load<u32>(BOOT_RAM_END) < SMALL_RAM;
}

/** Where the areas of CPUs that a board has not begin: on a small one the lowest RAM that the page allocator gets. */
@inline
export function cpu_areas_unused(): usize {
  return CPU_AREA + load<u32>(BOOT_NR_CPUS) * CPU_AREA_BYTES;
}

/** Below this the page allocator gets nothing. */
export function lowest_memory(): usize {
  return small_board() ? cpu_areas_unused() : load<usize>(BOOT_ARENA);
}
