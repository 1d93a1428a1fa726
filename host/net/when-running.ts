// Waiting for a link. A driver may negotiate for seconds after `ip link set up`; what is sent before that is lost.

import { IFF_RUNNING } from "../inspect/links.ts";
import type { System } from "../system.ts";

/** How often the interface is asked, seconds of board time. */
const STEP = 0.01;

/** Resolves once the interface is up and its link is there, as `ip link` shows state UP; false: not within `timeout`
 *  seconds of board time. */
export async function whenRunning(
  system: System,
  name: string,
  timeout: number,
  signal?: AbortSignal,
): Promise<boolean> {
  for (let waited = 0; ; waited += STEP) {
    await system.interfaces.refresh();
    const { details } = system.interfaces.named(name);
    // Both: the link watch, which makes the flag, may be a second behind the driver.
    if (details.flags & IFF_RUNNING && details.number("carrier") === 1) return true;
    if (waited >= timeout) return false;
    await system.wait(STEP, signal);
  }
}
