// A case that never comes back would hang the whole run in silence: a thread sees that the case's number stands still,
// says which case it is, and ends the process.

import { Worker } from "node:worker_threads";

/** No case takes that long, ms. */
const HANG_MS = 60_000;

export class HangGuard {
  #shared = new Int32Array(new SharedArrayBuffer(8));
  #worker: Worker;

  constructor() {
    this.#worker = new Worker(new URL("./hang-thread.mjs", import.meta.url), {
      workerData: { shared: this.#shared, hangMs: HANG_MS, pid: process.pid },
      stdin: false,
    });
    this.#worker.unref();
  }

  begin(target: string, seed: number): void {
    this.#worker.postMessage({ target, seed });
    Atomics.store(this.#shared, 1, 1);
  }

  at(index: number): void {
    Atomics.store(this.#shared, 0, index);
  }

  end(): void {
    Atomics.store(this.#shared, 1, 0);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
