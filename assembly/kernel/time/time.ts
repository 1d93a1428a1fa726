// kernel/time/time.c: conversions between jiffies and the units that people use. HZ divides a second exactly, so that
// every conversion is one multiplication or one division; results are as wide, and wrap, as in C.

import {
  HZ,
  MAX_JIFFY_OFFSET,
  MSEC_PER_SEC,
  NSEC_PER_SEC,
  NSEC_PER_USEC,
  TICK_NSEC,
  USEC_PER_SEC,
  USER_HZ,
  __kernel_old_timeval,
  timespec64,
} from "../../abi";

const MSEC_PER_JIFFY: u32 = <u32>(MSEC_PER_SEC / HZ);
const USEC_PER_JIFFY: u32 = <u32>(USEC_PER_SEC / HZ);
const NSEC_PER_CLOCK_T: u64 = <u64>(NSEC_PER_SEC / USER_HZ);

/** linux/time.h. The time zone of settimeofday(2), struct timezone: UTC. */
export const sys_tz: usize = memory.data(8, 4);

/** linux/jiffies.h. Milliseconds in `j` jiffies, modulo 2^32. Context: any. */
export function jiffies_to_msecs(j: u32): u32 {
  return j * MSEC_PER_JIFFY;
}

/** linux/jiffies.h. Microseconds in `j` jiffies, modulo 2^32. Context: any. */
export function jiffies_to_usecs(j: u32): u32 {
  return j * USEC_PER_JIFFY;
}

/** linux/jiffies.h. Jiffies in `m` milliseconds, rounded up; a negative value is MAX_JIFFY_OFFSET. Context: any. */
export function __msecs_to_jiffies(m: u32): u32 {
  if (<i32>m < 0) return <u32>MAX_JIFFY_OFFSET;
  return (m + MSEC_PER_JIFFY - 1) / MSEC_PER_JIFFY;
}

/** linux/jiffies.h. Jiffies in `u` microseconds, rounded up. Context: any. */
export function __usecs_to_jiffies(u: u32): u32 {
  if (u > jiffies_to_usecs(<u32>MAX_JIFFY_OFFSET)) return <u32>MAX_JIFFY_OFFSET;
  return (u + USEC_PER_JIFFY - 1) / USEC_PER_JIFFY;
}

/** linux/jiffies.h. Jiffies in `n` nanoseconds, rounded down, 64 bits. Context: any. */
export function nsecs_to_jiffies64(n: u64): u64 {
  return n / <u64>TICK_NSEC;
}

/** linux/jiffies.h. Jiffies in `n` nanoseconds, rounded down. Context: any. */
export function nsecs_to_jiffies(n: u64): u32 {
  return <u32>nsecs_to_jiffies64(n);
}

/** linux/jiffies.h. Nanoseconds in `j` jiffies. Context: any. */
export function jiffies64_to_nsecs(j: u64): u64 {
  return j * <u64>TICK_NSEC;
}

/** linux/jiffies.h. Milliseconds in `j` jiffies. Context: any. */
export function jiffies64_to_msecs(j: u64): u64 {
  return j * MSEC_PER_JIFFY;
}

/** linux/jiffies.h. Jiffies in the struct timespec64 at `value`, rounded up, capped at MAX_JIFFY_OFFSET. Context:
 *  any. */
export function timespec64_to_jiffies(value: usize): u32 {
  const time = changetype<timespec64>(value);
  const limit = (<u64>MAX_JIFFY_OFFSET * <u64>TICK_NSEC) / <u64>NSEC_PER_SEC;
  if (<u64>time.tv_sec >= limit) return <u32>(limit * <u64>HZ);
  return <u32>(<u64>time.tv_sec * <u64>HZ + (<u64>time.tv_nsec + <u64>TICK_NSEC - 1) / <u64>TICK_NSEC);
}

/** linux/jiffies.h. Writes `j` jiffies as a struct timespec64 to `value`. Context: any. */
export function jiffies_to_timespec64(j: u32, value: usize): void {
  ns_to_timespec64(value, <i64>(<u64>j * <u64>TICK_NSEC));
}

/** linux/jiffies.h. Clock ticks of user space (USER_HZ) in `x` jiffies. Context: any. */
export function jiffies_to_clock_t(x: u32): u32 {
  return <u32>jiffies_64_to_clock_t(x);
}

/** linux/jiffies.h. Clock ticks of user space in `x` jiffies, 64 bits. Context: any. */
export function jiffies_64_to_clock_t(x: u64): u64 {
  return (x * <u64>TICK_NSEC) / NSEC_PER_CLOCK_T;
}

/** linux/jiffies.h. Jiffies in `x` clock ticks of user space; all ones if that does not fit. Context: any. */
export function clock_t_to_jiffies(x: u32): u32 {
  if (x >= (u32.MAX_VALUE / <u32>HZ) * <u32>USER_HZ) return u32.MAX_VALUE;
  return <u32>((<u64>x * <u64>HZ) / <u64>USER_HZ);
}

/** linux/time64.h. Stores seconds and nanoseconds, brought into [0, 1 s), in the struct timespec64 at `ts`. Context:
 *  any. */
export function set_normalized_timespec64(ts: usize, sec: i64, nsec: i64): void {
  const time = changetype<timespec64>(ts);
  const carry = floor_div(nsec, <i64>NSEC_PER_SEC);
  time.tv_sec = sec + carry;
  time.tv_nsec = <i32>(nsec - carry * <i64>NSEC_PER_SEC);
}

/** Quotient rounded towards minus infinity. */
@inline
function floor_div(value: i64, by: i64): i64 {
  const quotient = value / by;
  return value % by < 0 ? quotient - 1 : quotient;
}

/** linux/time64.h. Writes `nsec` nanoseconds as a struct timespec64 to `result` (a C struct return). Context: any. */
export function ns_to_timespec64(result: usize, nsec: i64): void {
  set_normalized_timespec64(result, 0, nsec);
}

/** linux/time.h. Writes `nsec` nanoseconds as a struct __kernel_old_timeval to `result`. Context: any. */
export function ns_to_kernel_old_timeval(result: usize, nsec: i64): void {
  const seconds = floor_div(nsec, <i64>NSEC_PER_SEC);
  const time = changetype<__kernel_old_timeval>(result);
  time.tv_sec = <i32>seconds;
  time.tv_usec = <i32>((nsec - seconds * <i64>NSEC_PER_SEC) / <i64>NSEC_PER_USEC);
}
