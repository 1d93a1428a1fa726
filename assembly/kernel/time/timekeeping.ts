// kernel/time/timekeeping.c: the clocks. All are the host's monotonic clock plus an offset. Reading a clock asks the
// host, so that code which only looks at the time sees it move; the coarse clocks and the tick take what the last host
// call left.

import {
  CSID_GENERIC,
  EINVAL,
  KTIME_SEC_MAX,
  NSEC_PER_SEC,
  TICK_NSEC,
  TK_OFFS_REAL,
  TK_OFFS_TAI,
  system_time_snapshot,
  timespec64,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { host_clock } from "../../arch/wasm/host";
import { irq_window } from "../../arch/wasm/irqflags";
import { BOOT_WALL_NS } from "../../arch/wasm/memory";
import { ns_to_timespec64 } from "./time";

export { jiffies } from "./jiffies";

/** What the wall clock is ahead of the monotonic one, ns; and the TAI clock of the wall clock. */
const offsets = memory.data(16, 8);
/** How often the wall clock was set. */
const clock_was_set_seq = memory.data(4, 4);

export function timekeeping_init(): void {
  store<i64>(offsets, load<i64>(BOOT_WALL_NS));
}

@inline
function real_offset(): i64 {
  return load<i64>(offsets);
}

/** The monotonic clock as of the last host call. */
export function mono_coarse(): i64 {
  return this_cpu().clock_ns;
}

/** The monotonic clock, without being an interrupt window. */
export function mono_now(): i64 {
  host_clock();
  return this_cpu().clock_ns;
}

export function real_now(): i64 {
  return mono_now() + real_offset();
}

export function boot_now(): i64 {
  return mono_now();
}

export function tai_now(): i64 {
  return real_now();
}

/** What clock `offset` (enum tk_offsets) is ahead of the monotonic one. The board never suspends, and sets no leap
 *  seconds. */
function offset_of(offset: u32): i64 {
  return offset == TK_OFFS_REAL || offset == TK_OFFS_TAI ? real_offset() : 0;
}

/** linux/timekeeping.h. The monotonic clock, ns since the host started it: an interrupt window, since code waits in
 *  loops around it. Context: any. */
export function ktime_get(): i64 {
  irq_window();
  return mono_now();
}

/** linux/timekeeping.h. The monotonic clock without adjustments: here the same. Context: any. */
export function ktime_get_raw(): i64 {
  return ktime_get();
}

/** linux/timekeeping.h. The monotonic clock plus what clock `offs` (enum tk_offsets) is ahead. Context: any. */
export function ktime_get_with_offset(offs: u32): i64 {
  return ktime_get() + offset_of(offs);
}

/** linux/timekeeping.h. ktime_get_with_offset as of the last tick. Context: any. */
export function ktime_get_coarse_with_offset(offs: u32): i64 {
  return (mono_coarse() / TICK_NSEC) * TICK_NSEC + offset_of(offs);
}

/** linux/timekeeping.h. What clock `offs` shows when the monotonic one shows `tmono`. Context: any. */
export function ktime_mono_to_any(tmono: i64, offs: u32): i64 {
  return tmono + offset_of(offs);
}

/** linux/timekeeping.h. The monotonic clock, ns. Context: any. */
export function ktime_get_mono_fast_ns(): u64 {
  return mono_now();
}

/** linux/timekeeping.h. The raw monotonic clock, ns. Context: any. */
export function ktime_get_raw_fast_ns(): u64 {
  return mono_now();
}

/** linux/timekeeping.h. The time since boot, ns. Context: any. */
export function ktime_get_boot_fast_ns(): u64 {
  return boot_now();
}

/** linux/timekeeping.h. The wall clock, ns. Context: any. */
export function ktime_get_real_fast_ns(): u64 {
  return real_now();
}

/** linux/timekeeping.h. International atomic time, ns: the wall clock, without leap seconds set. Context: any. */
export function ktime_get_tai_fast_ns(): u64 {
  return tai_now();
}

/** linux/sched/clock.h. The scheduler's clock, ns. Context: any. */
export function sched_clock(): u64 {
  return mono_now();
}

/** linux/timekeeping.h. The resolution of the clocks, ns. Context: any. */
export function ktime_get_resolution_ns(): u32 {
  return 1;
}

/** linux/timekeeping.h. Seconds of the monotonic clock. Context: any. */
export function ktime_get_seconds(): i64 {
  return mono_coarse() / NSEC_PER_SEC;
}

/** linux/timekeeping.h. Seconds of the wall clock since 1970. Context: any. */
export function ktime_get_real_seconds(): i64 {
  return (mono_coarse() + real_offset()) / NSEC_PER_SEC;
}

/** linux/timekeeping.h. Writes the wall clock to the struct timespec64 at `ts`. Context: any. */
export function ktime_get_real_ts64(ts: usize): void {
  ns_to_timespec64(ts, ktime_get() + real_offset());
}

/** linux/timekeeping.h. Writes the monotonic clock to the struct timespec64 at `ts`. Context: any. */
export function ktime_get_ts64(ts: usize): void {
  ns_to_timespec64(ts, ktime_get());
}

/** linux/timekeeping.h. Writes the raw monotonic clock to the struct timespec64 at `ts`. Context: any. */
export function ktime_get_raw_ts64(ts: usize): void {
  ktime_get_ts64(ts);
}

/** linux/timekeeping.h. Writes the wall clock as of the last tick to `ts`. Context: any. */
export function ktime_get_coarse_real_ts64(ts: usize): void {
  ns_to_timespec64(ts, ktime_get_coarse_with_offset(TK_OFFS_REAL));
}

/** linux/timekeeping.h. Writes the monotonic clock as of the last tick to `ts`. Context: any. */
export function ktime_get_coarse_ts64(ts: usize): void {
  ns_to_timespec64(ts, (mono_coarse() / TICK_NSEC) * TICK_NSEC);
}

/** linux/timekeeping.h. Writes when the machine booted, on the wall clock, to `ts`. Context: any. */
export function getboottime64(ts: usize): void {
  ns_to_timespec64(ts, real_offset());
}

/** include/linux/time64.h, TIME_UPTIME_SEC_MAX: a clock that is set must not overflow for 30 years. */
const TIME_SETTOD_SEC_MAX: i64 = KTIME_SEC_MAX - 30 * 365 * 24 * 3600;

/** linux/timekeeping.h. Sets the wall clock to the struct timespec64 at `ts`: 0, or -EINVAL for a time that is none or
 *  that lies before the boot. Context: any. */
export function do_settimeofday64(ts: usize): i32 {
  const time = changetype<timespec64>(ts);
  if (<u64>time.tv_sec >= <u64>TIME_SETTOD_SEC_MAX || <u32>time.tv_nsec >= <u32>NSEC_PER_SEC) return -EINVAL;
  if (time.tv_sec * NSEC_PER_SEC + <i64>time.tv_nsec < mono_now()) return -EINVAL;
  store<i64>(offsets, time.tv_sec * NSEC_PER_SEC + <i64>time.tv_nsec - mono_now());
  atomic.add<u32>(clock_was_set_seq, 1);
  return 0;
}

/** linux/timex.h. A number that changes fast: the low half of the monotonic clock. Context: any. */
export function random_get_entropy_fallback(): u32 {
  return <u32>mono_now();
}

/** linux/timekeeping.h. Fills in the struct system_time_snapshot at `snapshot`: wall clock, raw clock and counter at one
 *  moment, and how often the clocks were changed. Context: any. */
export function ktime_get_snapshot(snapshot: usize): void {
  const now = ktime_get();
  const s = changetype<system_time_snapshot>(snapshot);
  s.cycles = now;
  s.real = now + real_offset();
  s.raw = now;
  s.cs_id = CSID_GENERIC;
  s.clock_was_set_seq = load<u32>(clock_was_set_seq);
  s.cs_was_changed_seq = 0;
}
