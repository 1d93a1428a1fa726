// Tasks that sleep and do not get on (assembly/kernel/hung_task.ts). Of those that the host waits for one that never goes on
// would keep its user waiting for as long as any timer on the board is alive, which may be for ever.

import type { MachineClock } from "./clock.ts";

/** sysctl_hung_task_timeout_secs. */
const TIMEOUT_S = 120;
/** After so many times nobody waits any more. */
const PATIENCE = 10;

export interface HungTaskHooks {
  /** Reports tasks that have not run since this was called last. */
  look(seconds: number): void;
  /** How often in a row that was so of task `task`. */
  stuck(task: number): number;
  /** Who waits for the task is told that it hangs. */
  giveUp(task: number, seconds: number): void;
}

export class HungTasks {
  readonly #clock: Pick<MachineClock, "virtual" | "now">;
  readonly #hooks: HungTaskHooks;
  #due = TIMEOUT_S * 1e9;

  constructor(clock: Pick<MachineClock, "virtual" | "now">, hooks: HungTaskHooks) {
    this.#clock = clock;
    this.#hooks = hooks;
  }

  /** Time has passed; the host waits for the tasks `awaited`. No alarm of the clock: that would be something that could
   *  still happen on a board at rest. */
  check(awaited: Iterable<number>): void {
    const now = this.#clock.now();
    if (now < this.#due) return;
    // The virtual clock may have come far in one step, in which nobody ran. After one of the real clock the process was stopped.
    const most = this.#clock.virtual ? PATIENCE + 1 : 1;
    for (let times = 0; this.#due <= now && times < most; times++) {
      this.#due += TIMEOUT_S * 1e9;
      this.#hooks.look(TIMEOUT_S);
    }
    if (this.#due <= now) this.#due = now + (this.#clock.virtual ? 0 : TIMEOUT_S * 1e9);
    for (const task of [...awaited]) {
      if (this.#hooks.stuck(task) >= PATIENCE) this.#hooks.giveUp(task, PATIENCE * TIMEOUT_S);
    }
  }
}
