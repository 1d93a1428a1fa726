// The tables of lib/ that are computed at boot.

import { bitrev_init } from "./bitrev";
import { crc32_init } from "./crc32";

export function lib_init(): void {
  bitrev_init();
  crc32_init();
}
