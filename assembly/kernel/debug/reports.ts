// How many bugs detectors have reported, most of them the debug flavour's. The host calls a run with one failed, though
// the board went on: what a detector reports is a bug in a driver, or in the core, that would show as something else
// later.

import { TAINT_WARN } from "../../abi";
import { add_taint_mask } from "../taint";

const count = memory.data(4, 4);

/** A detector has found something: counts it and taints the kernel. */
export function bug_reported(): void {
  store<u32>(count, load<u32>(count) + 1);
  add_taint_mask(TAINT_WARN);
}

/** Host call. Bugs that detectors have reported since boot. */
export function kpi_debug_reports(): u32 {
  return load<u32>(count);
}
