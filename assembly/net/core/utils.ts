// net/core/utils.c: messages about packets are limited to ten in five seconds, whatever sends them.

import { HZ } from "../../abi";
import { pr } from "../../kernel/printk/printk";
import { jiffies } from "../../kernel/time/jiffies";

/** Messages let through in one interval, and how long that is in jiffies. */
const BURST: u32 = 10;
const INTERVAL: u32 = 5 * HZ;

@unmanaged
class RateLimit {
  /** Jiffies when the interval began; meaningless while `open` is 0. */
  begin: u32;
  open: u32;
  printed: u32;
  missed: u32;
}

const limit = changetype<RateLimit>(memory.data(offsetof<RateLimit>(), 8));

/** linux/net.h. Whether a message about a packet may be printed now: 1 or 0. Says later how many were not. Context:
 *  any. */
export function net_ratelimit(): i32 {
  const now = jiffies();
  if (!limit.open || now - limit.begin > INTERVAL) {
    if (limit.missed) pr(cstr("\x014net_ratelimit: %u callbacks suppressed\n"), limit.missed);
    limit.begin = now;
    limit.open = 1;
    limit.printed = 0;
    limit.missed = 0;
  }
  if (limit.printed < BURST) {
    limit.printed += 1;
    return 1;
  }
  limit.missed += 1;
  return 0;
}
