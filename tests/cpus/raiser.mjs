// A thread that raises an interrupt as devices do, by words in memory, until `count` of its edges were accepted: an edge
// that finds the one before still pending is one with it.

import { parentPort, workerData } from "node:worker_threads";

const { memory, edge, bit, target, vector, raised, idle, stride, count } = workerData;
const words = new Int32Array(memory.buffer);
const bytes = new Uint8Array(memory.buffer);
const PAUSE_MS = 0.02;

for (let accepted = 0; accepted < count;) {
  const before = Atomics.or(words, edge >>> 2, bit);
  const cpu = Atomics.load(bytes, target + vector);
  const word = (raised + cpu * stride) >>> 2;
  Atomics.store(words, word, 1);
  Atomics.notify(words, word);
  if ((before & bit) === 0) accepted++;
  else Atomics.wait(words, 0, 0, PAUSE_MS);
  // An idle CPU 0 waits for its event loop, not for the word.
  if (cpu === 0 && Atomics.load(words, idle >>> 2) !== 0) parentPort?.postMessage(0);
}
