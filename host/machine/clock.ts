// The two clocks. Real: the host's monotonic clock since power-on, ahead of it by what it has leaped over. Virtual: time moves
// only by what the code does, a fixed price for each access and window, and jumps to the next deadline when the CPU is idle; a
// run repeats exactly.

import type { Alarm, Clock, Timer } from "../../boards/clock.ts";
import { CLOCK_NS, IDLE_UNTIL } from "../../assembly/arch/wasm/memory.ts";
import { AlarmQueue, type AlarmSetter, PendingAlarm } from "./alarms.ts";
import type { SharedWords } from "./words.ts";

/** What the virtual clock charges: about what a PCI access and a turn of a waiting loop cost on real hardware. */
export const ACCESS_NS = 250;
export const WINDOW_NS = 10;

/** An idle CPU waits that long on the spot: no timer is as fine, and a turn of the event loop has its price. */
const SPIN_NS = 100_000;

/** Alarms that fire in one go. One that a callback sets fires in the same go if it is due too. */
const BUDGET = 256;

export interface MachineClock extends Clock {
  readonly virtual: boolean;
  /** Writes the time to CLOCK_NS. The time does not leave the clock for it: a double that is returned would be boxed. */
  store(words: SharedWords): void;
  /** The CPU did something that takes `ns`; only the virtual clock moves. Fires what became due. */
  charge(ns: number): void;
  /** The CPU waits for `ns`, doing nothing else. Fires what becomes due meanwhile. */
  delay(ns: number): void;
  /** Fires what is due. */
  run(): void;
  /** Called when an alarm was set that is due before all others: whoever rests until the next one rests too long. */
  onSooner: () => void;
  /** When the next alarm is due; Infinity if none. */
  nextAlarm(): number;
  /** Whether the time at IDLE_UNTIL has come. */
  idleEnds(words: SharedWords): boolean;
  /** Whether skip() gets anywhere: virtual, there is a next event; real, it is near, or may be leaped to: `secluded` says
   *  that all who wait now wait for the board alone. */
  maySkip(words: SharedWords, secluded: boolean): boolean;
  /** The CPU is idle until IDLE_UNTIL or the next alarm, what is first: the virtual clock jumps there, the real one spins or
   *  leaps. */
  skip(words: SharedWords, secluded: boolean): void;
}

/** What both clocks have: alarms. */
abstract class AlarmClock implements Clock, AlarmSetter {
  protected readonly alarms = new AlarmQueue();
  onSooner: () => void = () => {};

  abstract now(): number;
  abstract setAlarm(alarm: PendingAlarm, delay: number): void;

  after(delay: number, callback: () => void): Alarm {
    const alarm = this.timer(callback);
    alarm.set(delay);
    return alarm;
  }

  timer(callback: () => void): Timer {
    return new PendingAlarm(this, callback);
  }

  cancelAlarm(alarm: PendingAlarm): void {
    this.alarms.remove(alarm);
  }

  nextAlarm(): number {
    return this.alarms.next;
  }
}

export class VirtualClock extends AlarmClock implements MachineClock {
  readonly virtual = true;
  #now = 0;
  #running = false;

  now(): number {
    return this.#now;
  }

  setAlarm(alarm: PendingAlarm, delay: number): void {
    alarm.cancel();
    alarm.due = this.#now + Math.max(0, Math.round(delay));
    this.alarms.add(alarm);
  }

  charge(ns: number): void {
    this.#now += ns;
    if (this.alarms.next <= this.#now) this.run();
  }

  /** Alarms fire at their own time, so a device sees the same instants whether the driver waits or works. */
  delay(ns: number): void {
    const end = this.#now + ns;
    while (this.alarms.next <= end && !this.#running) {
      this.#now = Math.max(this.#now, this.alarms.next);
      this.run();
    }
    this.#now = Math.max(this.#now, end);
  }

  run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let budget = BUDGET; this.alarms.next <= this.#now && budget > 0; budget--) this.alarms.fire();
    } finally {
      this.#running = false;
    }
  }

  idleEnds(words: SharedWords): boolean {
    return this.#now >= words.u64(IDLE_UNTIL);
  }

  maySkip(words: SharedWords): boolean {
    return this.alarms.next !== Infinity || words.u64(IDLE_UNTIL) !== Infinity;
  }

  skip(words: SharedWords): void {
    this.#now = Math.max(this.#now, Math.min(words.u64(IDLE_UNTIL), this.alarms.next));
  }

  store(words: SharedWords): void {
    words.setU64(CLOCK_NS, this.#now);
  }
}

export class RealClock extends AlarmClock implements MachineClock {
  readonly virtual = false;
  /** What performance.now() was when the board's time began; earlier by what was leaped over. */
  #start: number;
  readonly #leaps: boolean;

  /** `leaps`: a busy wait passes at once, and time is as much later: for a board whose devices know no other time, so that
   *  nobody works while the CPU waits. A driver that reads its EEPROM bit by bit waits thousands of times. So does the sleep
   *  of a driver that is being loaded, if nobody else wants anything meanwhile. */
  constructor(leaps = false, start = performance.now()) {
    super();
    this.#leaps = leaps;
    this.#start = start;
  }

  /** The same clock on another thread, by its `epoch`: each thread counts performance.now() from its own beginning. */
  static since(epoch: number): RealClock {
    return new RealClock(false, performance.now() - (Number(process.hrtime.bigint()) - epoch) / 1e6);
  }

  /** When the clock began, on process.hrtime, ns. */
  get epoch(): number {
    return Number(process.hrtime.bigint()) - (performance.now() - this.#start) * 1e6;
  }

  now(): number {
    return Math.round((performance.now() - this.#start) * 1e6);
  }

  setAlarm(alarm: PendingAlarm, delay: number): void {
    alarm.cancel();
    alarm.due = this.now() + Math.max(0, Math.round(delay));
    this.alarms.add(alarm);
    if (this.alarms.next === alarm.due) this.onSooner();
  }

  charge(): void {}

  delay(ns: number): void {
    const end = this.now() + ns;
    if (this.#leaps) {
      while (this.alarms.next <= end) {
        this.#leap(this.alarms.next);
        this.run();
      }
      this.#leap(end);
      return;
    }
    do {
      this.run();
    } while (this.now() < end);
  }

  #leap(time: number): void {
    const ahead = time - this.now();
    if (ahead > 0) this.#start -= ahead / 1e6;
  }

  run(): void {
    if (this.alarms.next === Infinity) return;
    const now = this.now();
    for (let budget = BUDGET; this.alarms.next <= now && budget > 0; budget--) this.alarms.fire();
  }

  idleEnds(words: SharedWords): boolean {
    return this.now() >= words.u64(IDLE_UNTIL);
  }

  maySkip(words: SharedWords, secluded: boolean): boolean {
    const end = Math.min(words.u64(IDLE_UNTIL), this.alarms.next);
    return end - this.now() < SPIN_NS || (secluded && this.#leaps && end !== Infinity);
  }

  skip(words: SharedWords, secluded: boolean): void {
    const end = Math.min(words.u64(IDLE_UNTIL), this.alarms.next);
    if (secluded && this.#leaps) this.#leap(end);
    else while (this.now() < end);
  }

  store(words: SharedWords): void {
    words.setU64(CLOCK_NS, this.now());
  }
}
