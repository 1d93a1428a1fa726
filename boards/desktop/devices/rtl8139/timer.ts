// TCTR and TimerInt: a counter of PCI clocks, 33 MHz, and the value at which it interrupts. Nothing ticks: the count
// is computed when it is read, and one alarm waits for the match.
import type { Alarm } from "../../../clock.ts";
import type { Rtl8139 } from "./chip.ts";
import { INT_TIMEOUT, TIMERINT } from "./registers.ts";

const TICKS_PER_US = 33;
const WRAP = 0x100000000;

export class Timer {
  readonly #chip: Rtl8139;
  readonly #fire = (): void => {
    this.#alarm = undefined;
    this.#chip.raise(INT_TIMEOUT);
    this.arm();
  };
  /** When the count was 0. */
  #zero = 0;
  #alarm: Alarm | undefined;

  constructor(chip: Rtl8139) {
    this.#chip = chip;
  }

  /** TCTR. */
  count(): number {
    return Math.floor(((this.#chip.clock.now() - this.#zero) / 1000) * TICKS_PER_US) % WRAP;
  }

  /** Any write to TCTR: begin at 0 again. */
  restart(): void {
    this.#zero = this.#chip.clock.now();
    this.arm();
  }

  reset(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#zero = this.#chip.clock.now();
  }

  /** TimerInt was written, or the count changed: wait for the next match. TimerInt = 0 means never. */
  arm(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    const match = this.#chip.regs.value[TIMERINT]!;
    if (match === 0) return;
    const elapsed = this.#chip.clock.now() - this.#zero;
    const lap = (WRAP * 1000) / TICKS_PER_US;
    const first = (match * 1000) / TICKS_PER_US;
    const laps = first > elapsed ? 0 : Math.floor((elapsed - first) / lap) + 1;
    const due = Math.ceil(first + laps * lap);
    this.#alarm = this.#chip.clock.after(Math.max(due - elapsed, 1), this.#fire);
  }

  save(): number {
    return this.#zero;
  }

  restore(zero: number): void {
    this.#zero = zero;
    this.arm();
  }
}
