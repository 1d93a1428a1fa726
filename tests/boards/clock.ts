// A virtual clock for tests: time moves when the test says so.
import type { Alarm, Clock, Timer } from "../../boards/clock.ts";

interface Pending {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

export class TestClock implements Clock {
  #now = 0;
  #order = 0;
  #pending: Pending[] = [];

  now(): number {
    return this.#now;
  }

  after(delay: number, callback: () => void): Alarm {
    if (!(delay >= 0)) throw new Error(`an alarm after ${delay} ns`);
    const entry = { due: this.#now + delay, order: this.#order++, callback };
    this.#pending.push(entry);
    return { cancel: () => void (this.#pending = this.#pending.filter((one) => one !== entry)) };
  }

  timer(callback: () => void): Timer {
    let alarm: Alarm | undefined;
    return {
      get pending() {
        return alarm !== undefined;
      },
      set: (delay) => {
        alarm?.cancel();
        alarm = this.after(delay, () => {
          alarm = undefined;
          callback();
        });
      },
      cancel: () => {
        alarm?.cancel();
        alarm = undefined;
      },
    };
  }

  get pending(): number {
    return this.#pending.length;
  }

  /** It is `now` again, and nobody waits. */
  rewind(now: number): void {
    this.#now = now;
    this.#pending = [];
  }

  /** Lets `ns` pass; alarms run at their time. */
  advance(ns: number): void {
    const end = this.#now + ns;
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) this.#run(next);
    this.#now = end;
  }

  /** Runs alarms until there are none, or `limit` have run. */
  settle(limit = 100_000): void {
    for (let next = this.#next(); next !== undefined && limit > 0; next = this.#next(), limit--) this.#run(next);
  }

  #next(): Pending | undefined {
    let first: Pending | undefined;
    for (const one of this.#pending) {
      if (first === undefined || one.due < first.due || (one.due === first.due && one.order < first.order)) first = one;
    }
    return first;
  }

  #run(entry: Pending): void {
    this.#pending = this.#pending.filter((one) => one !== entry);
    this.#now = Math.max(this.#now, entry.due);
    entry.callback();
  }
}
