// ping for programs: how often and how large, in the units of ping's own options.

import type { System } from "../system.ts";
import { Ping } from "../net/ping.ts";
import type { PingResult } from "../net/ping-statistics.ts";
import type { NetStack } from "../net/stack.ts";

export interface PingOptions {
  /** How many requests, as -c; default 5. */
  readonly count?: number;
  /** Seconds between two, as -i; default 1. */
  readonly interval?: number;
  /** Bytes of data in each, as -s; default 56. */
  readonly size?: number;
}

/** Pings from a stack to an address. @internal */
export function ping(system: System, stack: NetStack, address: string, options: PingOptions): Promise<PingResult> {
  const { count = 5, interval = 1, size = 56 } = options;
  return system.machine.whileRunning(new Ping(stack, address, { count, interval: interval * 1000, size }).done);
}
