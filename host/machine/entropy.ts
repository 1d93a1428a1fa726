// Where a machine's randomness comes from: the host's, or under the virtual clock a generator that repeats itself.

import { getRandomValues } from "node:crypto";

export class Entropy {
  #state: number | undefined;

  /** `seed`: any number makes randomness that repeats itself; none is the host's own. */
  constructor(seed: number | undefined) {
    // Zero is the one state that xorshift never leaves.
    this.#state = seed === undefined ? undefined : seed ^ 0x9e3779b9 || 1;
  }

  /** xorshift32: enough for hash keys and initial sequence numbers of a test run. */
  #next(): number {
    let x = this.#state!;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  fill(bytes: Uint8Array): void {
    if (this.#state !== undefined) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = this.#next() >>> 24;
      return;
    }
    // getRandomValues refuses shared memory.
    const fresh = new Uint8Array(bytes.length);
    for (let at = 0; at < fresh.length; at += 65536) getRandomValues(fresh.subarray(at, at + 65536));
    bytes.set(fresh);
  }

  words(): [number, number] {
    const bytes = new Uint8Array(8);
    this.fill(bytes);
    const view = new DataView(bytes.buffer);
    return [view.getUint32(0), view.getUint32(4)];
  }
}
