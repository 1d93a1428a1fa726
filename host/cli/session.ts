// One power-on from the command line: boot, work, an orderly shutdown whenever the board can still do one, power off.

import { System, type SystemOptions } from "../system.ts";
import { Interrupt } from "./interrupt.ts";

export interface Outcome {
  /** What went wrong first. */
  failure?: unknown;
  oopses: number;
}

async function attempt(work: () => Promise<void>): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Boots a board and runs `work` on it. `work` stops when the signal aborts. */
export async function powerOn(
  options: SystemOptions,
  work: (system: System, signal: AbortSignal) => Promise<void>,
): Promise<Outcome> {
  // Until it has booted, nothing needs an orderly end.
  const system = await System.boot(options);
  const interrupt = new Interrupt();
  try {
    let failure = await attempt(() => work(system, interrupt.signal));
    const late = await attempt(() => system.end());
    failure ??= late ?? system.complaint;
    return { failure, oopses: system.machine.oopses };
  } finally {
    interrupt.release();
  }
}
