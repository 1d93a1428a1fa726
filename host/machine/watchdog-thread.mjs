// The watchdog's thread. It shares the core's memory; when the heart stops it has the engine's inspector call `bark` on
// the main thread, inside of the loop that never ends.

import { Session } from "node:inspector";
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { StuckTime } from "./stuck-time.mjs";

const { memory, heartbeat, idle, cpus, stride, stuckMs, bark } = workerData;
const words = new Int32Array(memory.buffer);
const STDERR = 2;
const TURN_MS = 250;
/** How long the main thread has to report and end, ms. */
const PATIENCE_MS = 10_000;

/** @param {number} cpu */
function stuck(cpu) {
  const session = new Session();
  session.connectToMainThread();
  session.post("Runtime.evaluate", { expression: `${bark}(${cpu})` });
  setTimeout(() => {
    writeSync(STDERR, "watchdog: BUG: soft lockup - CPU#0 stuck, and not in wasm; killed\n");
    process.kill(process.pid, "SIGKILL");
  }, PATIENCE_MS);
}

const last = new Array(cpus).fill(-1);
const times = last.map(() => new StuckTime(TURN_MS));
const watch = setInterval(() => {
  const { user, system } = process.cpuUsage();
  for (let cpu = 0; cpu < cpus; cpu++) {
    const beat = Atomics.load(words, (heartbeat + cpu * stride) >>> 2);
    // A further CPU without a beat has yet to come up: its thread starts, which may take long.
    const starts = cpu > 0 && beat === 0;
    const alive = starts || beat !== last[cpu] || Atomics.load(words, (idle + cpu * stride) >>> 2) !== 0;
    last[cpu] = beat;
    if (times[cpu].turn(alive, (user + system) / 1000) < stuckMs) continue;
    clearInterval(watch);
    return stuck(cpu);
  }
}, TURN_MS);
