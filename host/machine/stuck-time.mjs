// How long a CPU of the core has been stuck, in time that it could have got on in: processor time of the process. On a machine
// with more to do a loop of half a second may take ten, and a process that was stopped for a while (Ctrl-Z, a laptop's
// sleep) was not stuck at all.

/** Who is blocked uses no processor time, and is stuck too: this part of a turn counts at least. */
const LEAST = 1 / 8;

export class StuckTime {
  #turnMs;
  #ms = 0;
  #usedMs = 0;

  /** @param {number} turnMs how long a turn of the watchdog's is */
  constructor(turnMs) {
    this.#turnMs = turnMs;
  }

  /**
   * A turn is over. `alive`: the CPU was seen to get on; `usedMs`: processor time of the process until now.
   * @param {boolean} alive
   * @param {number} usedMs
   * @returns {number} ms that it is stuck for
   */
  turn(alive, usedMs) {
    const used = Math.min(usedMs - this.#usedMs, this.#turnMs);
    this.#usedMs = usedMs;
    this.#ms = alive ? 0 : this.#ms + Math.max(used, this.#turnMs * LEAST);
    return this.#ms;
  }
}
