// Ctrl-C and its like: the first asks for an orderly end, a second one, or a board that does not come to its end, ends
// the process.

import { constants } from "node:os";
import { KpiError } from "../error.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** How long an orderly shutdown may take, ms. */
const GRACE_MS = 3000;

/** timeout(1) and service managers signal the whole process group, and bin/kpi.mjs passes on what it gets: what comes
 *  twice within that time, ms, was meant once. */
const ONCE_MS = 200;

export class Interrupt {
  #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #first = 0;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#handle);
  }

  /** Aborts at the first signal, with a KpiError that has the shell's exit code for it. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Leaves signals to the system again. */
  release(): void {
    for (const signal of SIGNALS) process.off(signal, this.#handle);
    clearTimeout(this.#timer);
  }

  #handle = (signal: NodeJS.Signals): void => {
    const exitCode = 128 + constants.signals[signal];
    if (this.signal.aborted) {
      if (performance.now() - this.#first < ONCE_MS) return;
      process.exit(exitCode);
    }
    this.#first = performance.now();
    this.#timer = setTimeout(() => {
      console.error("kpi: the board does not shut down; it is switched off");
      process.exit(exitCode);
    }, GRACE_MS);
    this.#controller.abort(new KpiError("interrupted", exitCode));
  };
}
