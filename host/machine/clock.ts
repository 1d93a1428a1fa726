// The two clocks. Real: the host's monotonic clock since power-on. Virtual: time moves only by what the code does,
// a fixed price for each access and window, and jumps to the next deadline when the CPU is idle; a run repeats exactly.

import type { Alarm, Clock } from "../../boards/board.ts";
import { AlarmQueue } from "./alarms.ts";

/** What the virtual clock charges: about what a PCI access and a turn of a waiting loop cost on real hardware. */
export const ACCESS_NS = 250;
export const WINDOW_NS = 10;

export interface MachineClock extends Clock {
  readonly virtual: boolean;
  /** The CPU did something that takes `ns`; only the virtual clock moves. Fires what became due. */
  charge(ns: number): void;
  /** The CPU waits for `ns`, doing nothing else. Fires what becomes due meanwhile. */
  delay(ns: number): void;
  /** Fires what is due. */
  run(): void;
  /** When the next alarm is due; Infinity if none. */
  nextAlarm(): number;
  /** The CPU is idle until `time`: the virtual clock jumps there, the real one stays. */
  idleUntil(time: number): void;
}

export class VirtualClock implements MachineClock {
  readonly virtual = true;
  #now = 0;
  #alarms = new AlarmQueue();
  #running = false;

  now(): number {
    return this.#now;
  }

  after(delay: number, callback: () => void): Alarm {
    return this.#alarms.add(this.#now + Math.max(0, Math.round(delay)), callback);
  }

  charge(ns: number): void {
    this.#now += ns;
    if (this.#alarms.next <= this.#now) this.run();
  }

  /** Alarms fire at their own time, so a device sees the same instants whether the driver waits or works. */
  delay(ns: number): void {
    const end = this.#now + ns;
    while (this.#alarms.next <= end && !this.#running) {
      this.#now = Math.max(this.#now, this.#alarms.next);
      this.run();
    }
    this.#now = Math.max(this.#now, end);
  }

  run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      this.#alarms.run(this.#now);
    } finally {
      this.#running = false;
    }
  }

  nextAlarm(): number {
    return this.#alarms.next;
  }

  idleUntil(time: number): void {
    if (time > this.#now) this.#now = time;
  }
}

export class RealClock implements MachineClock {
  readonly virtual = false;
  #start = performance.now();
  #alarms = new AlarmQueue();

  now(): number {
    return Math.round((performance.now() - this.#start) * 1e6);
  }

  after(delay: number, callback: () => void): Alarm {
    return this.#alarms.add(this.now() + Math.max(0, delay), callback);
  }

  charge(): void {}

  delay(ns: number): void {
    const end = this.now() + ns;
    do {
      this.run();
    } while (this.now() < end);
  }

  run(): void {
    if (this.#alarms.next !== Infinity) this.#alarms.run(this.now());
  }

  nextAlarm(): number {
    return this.#alarms.next;
  }

  idleUntil(): void {}
}
