// Interrupts (13.4.17 to 13.4.21): causes (ICR), mask (IMS, IMC), and what holds them back: the delay timers, and ITR,
// which keeps the assertions of INTA# a number of 256 ns units apart.
import type { Timer } from "../../../clock.ts";
import type { E1000 } from "./chip.ts";
import { DelayTimer } from "./delay-timer.ts";
import type { DelayState } from "./delay-timer.ts";
import { ICR, IMS, INT_ALL, INT_RXT0, INT_SRPD, INT_TXDW, ITR, RADV, RDTR, TADV, TIDV } from "./registers.ts";

const ITR_UNIT_NS = 256;
/** FPD, in RDTR and TIDV: interrupt at once for what waits. */
const FLUSH = 1 << 31;

export interface InterruptState {
  readonly receive: DelayState;
  readonly transmit: DelayState;
  readonly asserted: boolean;
  readonly quietUntil: number;
}

export class Interrupts {
  readonly #chip: E1000;
  readonly #receive: DelayTimer;
  readonly #transmit: DelayTimer;
  #asserted = false;
  /** Not before then, says ITR. */
  #quietUntil = 0;
  #made: Timer | undefined;

  constructor(chip: E1000) {
    this.#chip = chip;
    this.#receive = new DelayTimer(
      () => chip.clock,
      () => this.raise(INT_RXT0),
    );
    this.#transmit = new DelayTimer(
      () => chip.clock,
      () => this.raise(INT_TXDW),
    );
  }

  /** Waits for ITR. */
  get #timer(): Timer {
    return (this.#made ??= this.#chip.clock.timer(() => this.#update()));
  }

  /** Sets causes. */
  raise(bits: number): void {
    this.#chip.regs.value[ICR >> 2]! |= bits;
    this.#update();
  }

  /** A frame is in memory. RDTR = 0: no delay; a `small` one has none either, and ends the delay of others. */
  received(small: boolean): void {
    const { value } = this.#chip.regs;
    const delay = value[RDTR >> 2]!;
    if (small) {
      this.#receive.stop();
      this.raise(INT_SRPD | INT_RXT0);
    } else if (delay === 0) this.raise(INT_RXT0);
    else this.#receive.event(delay, value[RADV >> 2]!);
  }

  /** A descriptor was written back; `delayed`: it has IDE. */
  transmitted(delayed: boolean): void {
    const { value } = this.#chip.regs;
    const delay = value[TIDV >> 2]!;
    if (delayed && delay !== 0) this.#transmit.event(delay, value[TADV >> 2]!);
    else {
      this.#transmit.stop();
      this.raise(INT_TXDW);
    }
  }

  reset(): void {
    this.#receive.stop();
    this.#transmit.stop();
    this.#made?.cancel();
    this.#quietUntil = 0;
    this.#update();
  }

  // ── Registers. ──

  /** A read acknowledges everything. */
  readIcr(): number {
    const { value } = this.#chip.regs;
    const causes = value[ICR >> 2]!;
    value[ICR >> 2] = 0;
    this.#update();
    return causes;
  }

  writeIcr(bits: number): void {
    this.#chip.regs.value[ICR >> 2]! &= ~bits;
    this.#update();
  }

  writeIcs(bits: number): void {
    this.raise(bits & INT_ALL);
  }

  writeIms(bits: number): void {
    this.#chip.regs.value[IMS >> 2]! |= bits & INT_ALL;
    this.#update();
  }

  writeImc(bits: number): void {
    this.#chip.regs.value[IMS >> 2]! &= ~bits;
    this.#update();
  }

  writeDelay(register: number, value: number): void {
    this.#chip.regs.value[register >> 2] = value & 0xffff;
    if ((value & FLUSH) !== 0) (register === RDTR ? this.#receive : this.#transmit).flush();
  }

  /** INTA# follows ICR & IMS, when ITR lets it. */
  #update(): void {
    const { value } = this.#chip.regs;
    if ((value[ICR >> 2]! & value[IMS >> 2]!) === 0) {
      this.#asserted = false;
      this.#chip.setInterrupt(false);
      return;
    }
    if (this.#asserted) return;
    const gap = value[ITR >> 2]! * ITR_UNIT_NS;
    if (gap > 0) {
      const now = this.#chip.clock.now();
      if (now < this.#quietUntil) {
        if (!this.#timer.pending) this.#timer.set(this.#quietUntil - now);
        return;
      }
      this.#quietUntil = now + gap;
    }
    this.#asserted = true;
    this.#chip.setInterrupt(true);
  }

  save(): InterruptState {
    return {
      receive: this.#receive.save(),
      transmit: this.#transmit.save(),
      asserted: this.#asserted,
      quietUntil: this.#quietUntil,
    };
  }

  restore(state: InterruptState): void {
    this.#made?.cancel();
    this.#receive.restore(state.receive);
    this.#transmit.restore(state.transmit);
    this.#asserted = state.asserted;
    this.#quietUntil = state.quietUntil;
    this.#update();
  }
}
