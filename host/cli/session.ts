// One power-on from the command line: boot, work, an orderly shutdown whenever the board can still do one, power off.

import { KpiError } from "../error.ts";
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
    const { machine } = system;
    let failure = await attempt(() => work(system, interrupt.signal));
    // After an oops modules are in a state that their exit functions do not expect.
    if (machine.alive && machine.oopses === 0) {
      const late = await attempt(() => system.shutdown());
      failure ??= late;
    }
    await system.powerOff();
    const { oopses } = machine;
    const killed = oopses === 1 ? "1 task was" : `${oopses} tasks were`;
    const bugs = machine.bugs === 1 ? "1 bug was" : `${machine.bugs} bugs were`;
    if (oopses > 0) failure ??= new KpiError(`${killed} killed by an oops; the log has the report`);
    if (machine.bugs > 0) failure ??= new KpiError(`${bugs} reported; the log has what`);
    return { failure, oopses };
  } finally {
    interrupt.release();
  }
}
