// What a stream of packets or interrupts leaves to the garbage collector. V8 says how much of its heap is in use to the
// byte, as long as nothing is collected meanwhile: a window in which a collection ran does not count.

import { PerformanceObserver } from "node:perf_hooks";

export interface Garbage {
  /** JavaScript heap that one unit of work leaves behind, in bytes. */
  readonly bytes: number;
  /** Whether nothing was collected while it was counted. */
  readonly exact: boolean;
}

/** Counts collections: the entries are delivered late, but taken here at once. */
class Collections {
  readonly #observer = new PerformanceObserver((list) => void (this.#seen += list.getEntries().length));
  #seen = 0;

  constructor() {
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  get count(): number {
    this.#seen += this.#observer.takeRecords().length;
    return this.#seen;
  }

  stop(): void {
    this.#observer.disconnect();
  }
}

/**
 * Runs `work` in up to `windows` parts of `part` units; the least that a part left behind is what each always leaves.
 * The engine compiles when it finds the time, and until then its slow code leaves boxed numbers behind: a part that
 * leaves less than `enough` ends the measurement.
 */
export async function garbageOf(
  work: (count: number) => Promise<void>,
  part: number,
  windows: number,
  enough = -Infinity,
): Promise<Garbage> {
  const collections = new Collections();
  let best: Garbage = { bytes: Infinity, exact: false };
  for (let i = 0; i < windows && !(best.bytes < enough); i++) {
    const before = collections.count;
    const used = process.memoryUsage().heapUsed;
    await work(part);
    const bytes = (process.memoryUsage().heapUsed - used) / part;
    // What the observer has to tell of this part it can tell after a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    const exact = collections.count === before;
    if (exact && bytes < best.bytes) best = { bytes, exact };
  }
  collections.stop();
  return best;
}

/** How often the collector ran during `work`. */
export async function collectionsOf(work: () => Promise<void>): Promise<number> {
  const collections = new Collections();
  await work();
  await new Promise((resolve) => setImmediate(resolve));
  const { count } = collections;
  collections.stop();
  return count;
}

const tagged: unknown[] = [undefined, 0.5, "x", 1.5];
let next = 0;

/** Leaves 16 bytes behind, a boxed number: the control of the measurement. */
export function leave16Bytes(): void {
  next = (next + 1) & 0xffff;
  tagged[next & 3] = next + 0.5;
}
