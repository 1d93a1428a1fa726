// A board with little RAM. The core's static areas are sized for large boards; of some a small one uses a part, and the
// pages of the rest are RAM like any other there (free_reserved_area).

import { BOOT_RAM_END, SMALL_RAM } from "../arch/wasm/memory";

export function small_board(): bool {
  return load<u32>(BOOT_RAM_END) < SMALL_RAM;
}
