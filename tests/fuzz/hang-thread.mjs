// The thread of hang-guard.ts.

import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

/** @type {{ shared: Int32Array, hangMs: number, pid: number }} */
const { shared, hangMs, pid } = workerData;
const TURNS = 20;
let what = { target: "", seed: 0 };
let [last, still] = [-1, 0];

parentPort?.on("message", (message) => {
  what = message;
  last = -1;
});

setInterval(() => {
  const [at, running] = [Atomics.load(shared, 0), Atomics.load(shared, 1)];
  still = running && at === last ? still + 1 : 0;
  last = at;
  if (still < TURNS) return;
  const command = `npm run fuzz -- --target ${what.target} --seed ${what.seed} --case ${at}`;
  writeSync(2, `fuzz: ${what.target}, case ${at} hangs\n  repeat: ${command}\n`);
  process.kill(pid, "SIGKILL");
}, hangMs / TURNS);
