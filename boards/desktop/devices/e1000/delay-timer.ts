// The interrupt delay timers of one direction: RDTR and RADV, or TIDV and TADV (13.4.30 ff.), in units of 1.024 µs.
// The packet timer begins anew with each event, the absolute timer with the first; whichever ends first interrupts.
// An event only moves a number: the timer that waits looks, when it goes off, whether it was meant.
import type { Clock, Timer } from "../../../clock.ts";

const UNIT_NS = 1024;
const NEVER = Infinity;

export interface DelayState {
  /** Times of the board's clock; -1: not running. */
  readonly packet: number;
  readonly absolute: number;
}

export class DelayTimer {
  readonly #clock: () => Clock;
  readonly #expired: () => void;
  #packet = NEVER;
  #absolute = NEVER;
  #made: Timer | undefined;

  constructor(clock: () => Clock, expired: () => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  /** Made when it is first needed: before, the board may not have a clock. */
  get #timer(): Timer {
    return (this.#made ??= this.#clock().timer(() => {
      if (this.#clock().now() < this.#due) this.#arm();
      else this.flush();
    }));
  }

  get #due(): number {
    return Math.min(this.#packet, this.#absolute);
  }

  /** Something to interrupt for has happened; delays in units, `absolute` 0 is off. */
  event(packet: number, absolute: number): void {
    const now = this.#clock().now();
    this.#packet = now + packet * UNIT_NS;
    if (absolute > 0 && this.#absolute === NEVER) this.#absolute = now + absolute * UNIT_NS;
    if (!this.#timer.pending) this.#arm();
  }

  /** Interrupts now, if something waits. */
  flush(): void {
    if (this.#due === NEVER) return;
    this.stop();
    this.#expired();
  }

  stop(): void {
    this.#packet = NEVER;
    this.#absolute = NEVER;
    this.#made?.cancel();
  }

  #arm(): void {
    if (this.#due !== NEVER) this.#timer.set(Math.max(this.#due - this.#clock().now(), 0));
  }

  save(): DelayState {
    const time = (due: number): number => (due === NEVER ? -1 : due);
    return { packet: time(this.#packet), absolute: time(this.#absolute) };
  }

  restore(state: DelayState): void {
    this.stop();
    if (state.packet >= 0) this.#packet = state.packet;
    if (state.absolute >= 0) this.#absolute = state.absolute;
    this.#arm();
  }
}
