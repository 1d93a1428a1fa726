// How many bugs have been reported: each WARN, a driver's or the core's, and what detectors find, most of them the debug
// flavour's. The host calls a run with one failed, though the board went on: it is a bug in a driver, or in the core,
// that would show as something else later.

import { TAINT_WARN } from "../../abi";
import { add_taint_mask } from "../taint";

const count = memory.data(4, 4);

/** Something is wrong and has been said: counts it. */
export function report_counted(): void {
  atomic.add<u32>(count, 1);
}

/** The same of what taints the kernel. */
export function bug_reported(): void {
  report_counted();
  add_taint_mask(TAINT_WARN);
}

/** Host call. Bugs reported since boot. */
export function kpi_bug_reports(): u32 {
  return load<u32>(count);
}
