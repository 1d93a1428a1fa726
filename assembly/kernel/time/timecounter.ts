// kernel/time/timecounter.c: makes nanoseconds that never wrap out of a device's cycle counter. It must be read more
// often than the counter wraps. What a division by 2^shift leaves over is kept in `frac` for the next time.

import { cyclecounter, timecounter } from "../../abi";

@inline
function tc(counter: usize): timecounter {
  return changetype<timecounter>(counter);
}

@inline
function cc(counter: usize): cyclecounter {
  return changetype<cyclecounter>(tc(counter).cc);
}

function read_cycles(counter: usize): u64 {
  return call_indirect<u64>(<u32>cc(counter).read, tc(counter).cc);
}

/** linux/timecounter.h. Begins to count at `start_tstamp` ns with the struct cyclecounter `cycles`. Context: any. */
export function timecounter_init(counter: usize, cycles: usize, start_tstamp: u64): void {
  tc(counter).cc = cycles;
  tc(counter).cycle_last = read_cycles(counter);
  tc(counter).nsec = start_tstamp;
  tc(counter).mask = ((<u64>1) << cc(counter).shift) - 1;
  tc(counter).frac = 0;
}

/** linux/timecounter.h. Nanoseconds now. Context: any; the caller keeps calls apart. */
export function timecounter_read(counter: usize): u64 {
  const now = read_cycles(counter);
  const passed = (now - tc(counter).cycle_last) & cc(counter).mask;
  const scaled = passed * <u64>cc(counter).mult + tc(counter).frac;
  tc(counter).cycle_last = now;
  tc(counter).frac = scaled & tc(counter).mask;
  tc(counter).nsec += scaled >> cc(counter).shift;
  return tc(counter).nsec;
}

/** linux/timecounter.h. Nanoseconds when the device's counter was `cycle_tstamp`: up to half a wrap before or after
 *  the last read. Context: any; the caller keeps calls apart. */
export function timecounter_cyc2time(counter: usize, cycle_tstamp: u64): u64 {
  const cycles = cc(counter);
  const ahead = (cycle_tstamp - tc(counter).cycle_last) & cycles.mask;
  if (ahead <= cycles.mask / 2) {
    return tc(counter).nsec + ((ahead * <u64>cycles.mult + tc(counter).frac) >> cycles.shift);
  }
  const behind = (tc(counter).cycle_last - cycle_tstamp) & cycles.mask;
  return tc(counter).nsec - ((behind * <u64>cycles.mult - tc(counter).frac) >> cycles.shift);
}
