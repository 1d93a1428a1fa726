// How many bugs the debug flavour's detectors have reported. The host calls a run with one failed, though the board
// went on: what a detector reports is a bug in a driver, or in the core, that would show as something else later.

import { TAINT_WARN } from "../../abi";
import { add_taint_mask } from "../taint";

const count = memory.data(4, 4);

/** Debug. A detector has found something: counts it and taints the kernel. */
export function bug_reported(): void {
  store<u32>(count, load<u32>(count) + 1);
  add_taint_mask(TAINT_WARN);
}

/** Host call. Bugs that the debug flavour's detectors have reported since boot; always 0 in the release flavour. */
export function kpi_debug_reports(): u32 {
  return load<u32>(count);
}
