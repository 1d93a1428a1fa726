// The watchdog: a thread that sees whether the core still passes interrupt windows. A loop that reaches none would hang
// the process in silence; the watchdog reports the loop's stack and ends the process.

import { closeSync, openSync, writeSync } from "node:fs";
import { devNull } from "node:os";
import { Worker } from "node:worker_threads";
import * as map from "../../assembly/arch/wasm/memory.ts";
import { exitAtOnce } from "../native/exit.ts";
import { captureStack, wasmFrames } from "./backtrace.ts";
import type { Machine } from "./machine.ts";

/** How long the core may run without a window before it counts as stuck, ms. */
const STUCK_MS = 10_000;

const STDERR = 2;
const EXIT_FAILED = 1;

/** Where the thread finds what to call on the main thread: all that the two share are global names. */
const GLOBAL = "linuxkpi watchdogs";
const barks: Map<number, (cpu: number) => void> = new Map();
Object.defineProperty(globalThis, GLOBAL, { value: barks });
let created = 0;

export class Watchdog {
  readonly #worker: Worker;
  readonly #id = created++;

  constructor(machine: Machine, stuckMs = STUCK_MS) {
    barks.set(this.#id, (cpu) => bark(machine, cpu, stuckMs));
    this.#worker = new Worker(new URL("./watchdog-thread.mjs", import.meta.url), {
      workerData: {
        memory: machine.memory,
        heartbeat: map.HEARTBEAT,
        idle: map.CPU_IDLE,
        cpus: machine.cpus,
        stride: map.CPU_AREA_BYTES,
        stuckMs,
        bark: `globalThis[${JSON.stringify(GLOBAL)}].get(${this.#id})`,
      },
      stdin: false,
    });
    this.#worker.unref();
  }

  stop(): void {
    barks.delete(this.#id);
    void this.#worker.terminate();
  }
}

/** Runs in the middle of the loop, called by the engine. Nothing can be unwound: the process ends here. The engine reaches
 *  the main thread only: of another CPU it is known that it is stuck, not where. */
function bark(machine: Machine, cpu: number, stuckMs: number): void {
  const lines = [
    `watchdog: BUG: soft lockup - CPU#${cpu} stuck for ${Math.round(stuckMs / 1000)}s without an interrupt window`,
    ...(cpu === 0 ? ["Call Trace:", ...wasmFrames(captureStack(), machine.code).map((frame) => ` ${frame}`)] : []),
    "Kernel panic - not syncing: softlockup: hung tasks",
  ];
  writeSync(STDERR, `${lines.join("\n")}\n`);
  // The engine would add a line about the inspector: what it says from here goes nowhere.
  closeSync(STDERR);
  openSync(devNull, "w");
  exitAtOnce(EXIT_FAILED);
}
