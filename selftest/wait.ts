// Waiting, never for ever: in a core that is broken what is waited for may not come.

import { HZ, completion, jiffies, msleep, ptr, wait_for_completion_timeout } from "linuxkpi/driver";

/** Far longer than anything takes, even on a board that is emulated on a busy machine. */
const PATIENCE: u32 = 30 * HZ;

/** Whether `x` is completed before long. */
export function comes(x: completion): bool {
  return wait_for_completion_timeout(ptr(x), PATIENCE) != 0;
}

/** Gives what must not come the time to come. */
export function linger(): void {
  msleep(20);
}

@inline
export function now(): u32 {
  return load<u32>(jiffies);
}
