// linux/ratelimit.h, lib/ratelimit.c: at most `burst` messages in every `interval` jiffies.

import { HZ, ratelimit_state, RATELIMIT_MSG_ON_RELEASE, sizeof_ratelimit_state } from "../../abi";
import { jiffies, time_after } from "../time/jiffies";
import { __msecs_to_jiffies } from "../time/time";
import { pr } from "./printk";

/** The state of printk_ratelimit(). */
const printk_state = memory.data(<i32>sizeof_ratelimit_state, 4);

/** linux/ratelimit.h. Whether a message of `func` may be logged now: 1 yes, 0 no. When a new interval begins it says
 *  how many were not. Context: any. */
export function ___ratelimit(rs: usize, func: usize): i32 {
  const state = changetype<ratelimit_state>(rs);
  if (!state.interval) return 1;
  const lock = changetype<usize>(state.lock);
  if (atomic.cmpxchg<u8>(lock, 0, 1) != 0) return 0; // another CPU logs right now: that is busy enough
  if (!state.begin) state.begin = jiffies();
  if (time_after(jiffies(), state.begin + state.interval)) {
    if (state.missed && !(state.flags & RATELIMIT_MSG_ON_RELEASE)) {
      pr(cstr("\x014%s: %d callbacks suppressed"), func, state.missed);
      state.missed = 0;
    }
    state.begin = jiffies();
    state.printed = 0;
  }
  const allowed = state.burst > state.printed;
  if (allowed) state.printed += 1;
  else state.missed += 1;
  atomic.store<u8>(lock, 0);
  return allowed ? 1 : 0;
}

/** linux/printk.h. ___ratelimit() with one state for all: 10 messages in 5 s. Context: any. */
export function __printk_ratelimit(func: usize): i32 {
  const state = changetype<ratelimit_state>(printk_state);
  state.interval = 5 * HZ;
  state.burst = 10;
  return ___ratelimit(printk_state, func);
}

/** linux/printk.h. Whether `interval_msecs` passed since the jiffies in `*caller_jiffies`, which then are now's.
 *  Context: any. */
export function printk_timed_ratelimit(caller_jiffies: usize, interval_msecs: u32): bool {
  const last = load<u32>(caller_jiffies);
  const now = jiffies();
  if (last && now - last <= __msecs_to_jiffies(interval_msecs)) return false;
  store<u32>(caller_jiffies, now);
  return true;
}
