// Tasks that the host waits for and that do not get on (kernel/hung_task.c). A driver that waits for an interrupt that
// never comes would else keep its user waiting for as long as any timer on the board is alive, which may be for ever.

import type { Clock } from "../../boards/board.ts";

/** sysctl_hung_task_timeout_secs. */
const TIMEOUT_S = 120;
/** sysctl_hung_task_warnings: after so many reports nobody waits any more. */
const WARNINGS = 10;

export class HungTasks {
  readonly #clock: Clock;
  /** Reports task `task` if it has not run since it was asked about last; whether that is so. */
  readonly #stuck: (task: number, seconds: number) => boolean;
  /** Who waits for the task is told that it hangs. */
  readonly #giveUp: (task: number, seconds: number) => void;
  /** How often in a row each task was found stuck. */
  readonly #found = new Map<number, number>();
  #due = Infinity;

  constructor(
    clock: Clock,
    stuck: (task: number, seconds: number) => boolean,
    giveUp: (task: number, seconds: number) => void,
  ) {
    this.#clock = clock;
    this.#stuck = stuck;
    this.#giveUp = giveUp;
  }

  add(task: number): void {
    this.#found.set(task, 0);
    if (this.#due === Infinity) this.#due = this.#clock.now() + TIMEOUT_S * 1e9;
  }

  delete(task: number): void {
    this.#found.delete(task);
    if (this.#found.size === 0) this.#due = Infinity;
  }

  /** Time has passed. No alarm of the clock: that would be something that could still happen on a board at rest. */
  check(): void {
    if (this.#clock.now() < this.#due) return;
    this.#due = this.#clock.now() + TIMEOUT_S * 1e9;
    for (const [task, times] of [...this.#found]) {
      const found = this.#stuck(task, TIMEOUT_S) ? times + 1 : 0;
      if (found === WARNINGS) this.#giveUp(task, WARNINGS * TIMEOUT_S);
      else this.#found.set(task, found);
    }
  }
}
