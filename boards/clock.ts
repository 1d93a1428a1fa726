// Time on a board.

/** Time as devices and links see it: nanoseconds since power-on, exact up to 2^53. */
export interface Clock {
  /** Monotonic nanoseconds. Never decreases; under the virtual clock it moves only by what the code does. */
  now(): number;
  /** Runs `callback` once, `delay` nanoseconds from now, at a poll or when the CPU is idle; ties run in order of
   *  creation. */
  after(delay: number, callback: () => void): Alarm;
  /** The same for what waits again and again: an alarm that is made once, and not yet set. */
  timer(callback: () => void): Timer;
}

export interface Alarm {
  cancel(): void;
}

export interface Timer extends Alarm {
  readonly pending: boolean;
  /** Runs the callback once `delay` nanoseconds from now, and not when it was set to before. */
  set(delay: number): void;
}
