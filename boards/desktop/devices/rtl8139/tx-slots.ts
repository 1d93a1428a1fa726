// Transmission in C mode (6.2, and the programming guide): four slots, each an address TSAD and a status TSD. The
// host fills them round robin; writing a TSD with OWN = 0 hands the slot to the chip, which sets OWN when it has the
// data and TOK when the frame is out. Frames are sent as they are: the host pads.
import { FrameBuffer } from "../../../links/frame-buffer.ts";
import type { Rtl8139 } from "./chip.ts";
import {
  DTCCR_CMD,
  INT_TOK,
  TSAD0,
  TSD0,
  TSD_CRS,
  TSD_ERTXTH,
  TSD_OWN,
  TSD_SIZE,
  TSD_TABT,
  TSD_TOK,
  TSD_TUN,
} from "./registers.ts";

const SLOTS = 4;

export class TransmitSlots {
  readonly #chip: Rtl8139;
  readonly #frame = new FrameBuffer(TSD_SIZE + 1);
  #current = 0;

  constructor(chip: Rtl8139) {
    this.#chip = chip;
  }

  /** Back to TSAD0. */
  rewind(): void {
    this.#current = 0;
  }

  /** TSD was written: status bits clear. In C+ mode the first two are DTCCR. */
  writeStatus(slot: number, value: number): void {
    const { value: regs } = this.#chip.regs;
    if (this.#chip.plusTransmit) {
      regs[TSD0 + 4 * slot] = slot === 0 ? value & (-64 | DTCCR_CMD) : value;
      if (slot === 0) this.#chip.tally.command();
      return;
    }
    regs[TSD0 + 4 * slot] = value & (TSD_SIZE | TSD_OWN | TSD_ERTXTH);
    this.start();
  }

  /** Sends what was handed over, in order. */
  start(): void {
    if (!this.#chip.transmitting || this.#chip.plusTransmit) return;
    for (let i = 0; i < SLOTS; i++) {
      if ((this.#chip.regs.value[TSD0 + 4 * this.#current]! & TSD_OWN) !== 0) return;
      if (!this.#chip.cableHasRoom || !this.#chip.dma.granted() || !this.#send(this.#current)) return;
      this.#current = (this.#current + 1) % SLOTS;
    }
  }

  #send(slot: number): boolean {
    const { regs, dma, tally } = this.#chip;
    const status = TSD0 + 4 * slot;
    const length = regs.value[status]! & TSD_SIZE;
    dma.readInto(regs.value[TSAD0 + 4 * slot]!, this.#frame, 0, length);
    if (this.#chip.busError()) return false;
    const sent = this.#chip.transmit(this.#frame, length);
    // Without a link the frame goes nowhere, yet half-duplex Ethernet calls that sent, with its carrier lost.
    regs.value[status]! |= TSD_OWN | TSD_TOK | (sent ? 0 : TSD_CRS);
    if (sent) tally.txOk++;
    else tally.txError++;
    this.#chip.raise(INT_TOK);
    return true;
  }

  /** TSADS: TOK, TUN, TABT and OWN of the four slots. */
  summary(): number {
    let bits = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      const status = this.#chip.regs.value[TSD0 + 4 * slot]!;
      if ((status & TSD_OWN) !== 0) bits |= 0x0001 << slot;
      if ((status & TSD_TABT) !== 0) bits |= 0x0010 << slot;
      if ((status & TSD_TUN) !== 0) bits |= 0x0100 << slot;
      if ((status & TSD_TOK) !== 0) bits |= 0x1000 << slot;
    }
    return bits;
  }

  save(): number {
    return this.#current;
  }

  restore(current: number): void {
    this.#current = current;
  }
}
