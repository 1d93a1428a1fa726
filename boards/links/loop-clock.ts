// The event loop as the clock of links that no board of this process drives.
import type { Alarm, Clock, Timer } from "../clock.ts";

/** A timeout is no finer, ns. What is due sooner is done in the loop's next turn. */
const TIMEOUT_NS = 1e6;

class LoopTimer implements Timer {
  readonly #callback: () => void;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(callback: () => void) {
    this.#callback = callback;
  }

  get pending(): boolean {
    return this.#timeout !== undefined || this.#immediate !== undefined;
  }

  set(delay: number): void {
    this.cancel();
    if (delay < TIMEOUT_NS) this.#immediate = setImmediate(this.#due);
    else this.#timeout = setTimeout(this.#due, delay / 1e6);
  }

  readonly #due = (): void => {
    this.#timeout = undefined;
    this.#immediate = undefined;
    this.#callback();
  };

  cancel(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
    this.#timeout = undefined;
    this.#immediate = undefined;
  }
}

export const loopClock: Clock = {
  now: () => Math.round(performance.now() * 1e6),
  timer: (callback) => new LoopTimer(callback),
  after(delay, callback): Alarm {
    const timer = new LoopTimer(callback);
    timer.set(delay);
    return timer;
  },
};
