// The event loop as the clock of links that no board drives.
import type { Alarm, Clock, Timer } from "../../boards/clock.ts";
import type { LinkServices } from "../../boards/links/link.ts";

class LoopTimer implements Timer {
  readonly #callback: () => void;
  #timeout: NodeJS.Timeout | undefined;

  constructor(callback: () => void) {
    this.#callback = callback;
  }

  get pending(): boolean {
    return this.#timeout !== undefined;
  }

  set(delay: number): void {
    clearTimeout(this.#timeout);
    this.#timeout = setTimeout(() => {
      this.#timeout = undefined;
      this.#callback();
    }, delay / 1e6);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }
}

const clock: Clock = {
  now: () => Math.round(performance.now() * 1e6),
  timer: (callback) => new LoopTimer(callback),
  after(delay, callback): Alarm {
    const timer = new LoopTimer(callback);
    timer.set(delay);
    return timer;
  },
};

/** What a board would lend; the first failure is kept. */
export class LoopServices implements LinkServices {
  readonly clock = clock;
  readonly reports: string[] = [];
  readonly failed: Promise<Error>;
  fail!: (error: Error) => void;

  constructor() {
    this.failed = new Promise((resolve) => (this.fail = resolve));
  }

  report(message: string): void {
    this.reports.push(message);
  }
}

/** Resolves when `condition` holds; the test runner's limit is the only one. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
