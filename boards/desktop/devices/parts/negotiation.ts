// The time that two ends of a link take to agree: one alarm, which can begin anew, be called off, saved and taken up.
import type { Clock, Timer } from "../../../clock.ts";

const NONE = -1;

export class Negotiation {
  readonly #clock: () => Clock;
  readonly #done: () => void;
  #timer: Timer | undefined;
  /** When it ends, ns since power-on. */
  #due = NONE;

  /** `done` is called when the time is over. */
  constructor(clock: () => Clock, done: () => void) {
    this.#clock = clock;
    this.#done = done;
  }

  begin(delay: number): void {
    this.#due = this.#clock().now() + delay;
    this.#timer ??= this.#clock().timer(() => {
      this.#due = NONE;
      this.#done();
    });
    this.#timer.set(delay);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#due = NONE;
  }

  /** -1: none is under way. */
  save(): number {
    return this.#due;
  }

  restore(due: number): void {
    if (due === NONE) this.cancel();
    else this.begin(Math.max(due - this.#clock().now(), 0));
  }
}
