// TAINT_* of linux/panic.h that a module deserves by what it says of itself, as the kernel's loader gives them.

import { isGplCompatible } from "./exports.ts";
import type { ModInfo } from "./modinfo.ts";

const TAINT_PROPRIETARY_MODULE = 0;
const TAINT_CRAP = 10;
const TAINT_OOT_MODULE = 12;
const TAINT_TEST = 18;

/** As bits. */
export function taints(info: ModInfo): number {
  const bits: [boolean, number][] = [
    [!isGplCompatible(info), TAINT_PROPRIETARY_MODULE],
    [info.get("staging") !== undefined, TAINT_CRAP],
    [info.get("intree") === undefined, TAINT_OOT_MODULE],
    [info.get("test") !== undefined, TAINT_TEST],
  ];
  return bits.reduce((all, [set, bit]) => (set ? all | (1 << bit) : all), 0);
}
