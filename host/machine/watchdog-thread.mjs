// The watchdog's thread. It shares the core's memory, and the engine's inspector gives it the stack of the main thread.

import { Session } from "node:inspector";
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";

const { memory, heartbeat, idle, stuckMs } = workerData;
const words = new Int32Array(memory.buffer);
const STDERR = 2;
const EXIT_FAILED = 1;

/** The wasm functions on the main thread's stack, innermost first; JavaScript's own frames are left out. */
function frames(callFrames) {
  return callFrames
    .filter(({ url, functionName }) => url.startsWith("wasm:") || functionName.startsWith("$"))
    .map(({ functionName, url, location }) => {
      const module = /wasm:\/\/wasm\/(.*)-[0-9a-f]{8}$/.exec(url)?.[1];
      const name = functionName.replace(/^\$/, "").replace(/^.*\//, "");
      return ` ${name}+0x${(location.columnNumber ?? 0).toString(16)}${module && module !== "kpi" ? ` [${module}]` : ""}`;
    });
}

/** Reports and ends the process: the main thread never returns to its event loop. */
function report(callFrames) {
  const lines = [
    `watchdog: BUG: soft lockup - CPU#0 stuck for ${Math.round(stuckMs / 1000)}s without an interrupt window`,
    "Call Trace:",
    ...frames(callFrames),
    "Kernel panic - not syncing: softlockup: hung tasks",
  ];
  writeSync(STDERR, `${lines.join("\n")}\n`);
  process.kill(process.pid, "SIGKILL");
}

function bark() {
  const session = new Session();
  session.connectToMainThread();
  session.on("Debugger.paused", ({ params }) => report(params.callFrames));
  session.post("Debugger.enable", () => session.post("Debugger.pause"));
  // A main thread that cannot even be paused is stuck outside of wasm.
  setTimeout(() => report([]), 2000);
}

let last = -1;
let since = Date.now();
setInterval(() => {
  const beat = Atomics.load(words, heartbeat >>> 2);
  if (beat !== last || Atomics.load(words, idle >>> 2)) {
    last = beat;
    since = Date.now();
  } else if (Date.now() - since > stuckMs) {
    since = Infinity;
    bark();
  }
}, 250);
