// The watchdog: a thread that sees whether the core still passes interrupt windows. A loop that reaches none would hang
// the process in silence; the watchdog asks the engine for the loop's stack, reports it, and ends the process.

import { Worker } from "node:worker_threads";
import * as map from "../../assembly/arch/wasm/memory.ts";
import type { Machine } from "./machine.ts";

/** How long the core may run without a window before it counts as stuck, ms. */
export const STUCK_MS = 10_000;

export class Watchdog {
  #worker: Worker | undefined;

  constructor(machine: Machine, stuckMs = STUCK_MS) {
    this.#worker = new Worker(new URL("./watchdog-thread.mjs", import.meta.url), {
      workerData: {
        memory: machine.memory,
        heartbeat: map.HEARTBEAT,
        idle: map.CPU_IDLE,
        stuckMs,
      },
      stdin: false,
    });
    this.#worker.unref();
  }

  stop(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }
}
