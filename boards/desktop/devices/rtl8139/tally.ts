// The tally counters that C+ dumps to memory on command, DTCCR (C+). 64 bytes, little-endian:
//
//   00 TxOk 8      10 TxER 8     18 RxEr 4      1e FAE 2       24 TxMCol 4    30 RxOkBrd 8   3c TxAbt 2
//   08 RxOk 8                    1c MissPkt 2   20 Tx1Col 4    28 RxOkPhy 8   38 RxOkMul 4   3e TxUndrn 2
//
// A switched full-duplex link has no collisions and a store-and-forward model no underruns by a slow bus, so those
// stay 0, as does FAE.
import { FrameBuffer } from "../../../links/frame-buffer.ts";
import type { Rtl8139 } from "./chip.ts";
import { CPCR, CPCR_DAC, DTCCR, DTCCR_CMD } from "./registers.ts";

const DUMP_BYTES = 64;
const COUNTERS = [
  "txOk",
  "rxOk",
  "txError",
  "rxError",
  "missed",
  "rxPhysical",
  "rxBroadcast",
  "rxMulticast",
  "txUnderrun",
] as const;

export class Tally {
  txOk = 0;
  rxOk = 0;
  txError = 0;
  rxError = 0;
  missed = 0;
  rxPhysical = 0;
  rxBroadcast = 0;
  rxMulticast = 0;
  txUnderrun = 0;

  readonly #chip: Rtl8139;
  readonly #dump = new FrameBuffer(DUMP_BYTES);

  constructor(chip: Rtl8139) {
    this.#chip = chip;
  }

  clear(): void {
    for (const name of COUNTERS) this[name] = 0;
  }

  /** DTCCR was written: the command bit starts a dump and falls when it is in memory. */
  command(): void {
    const { regs, dma } = this.#chip;
    if ((regs.value[DTCCR]! & DTCCR_CMD) === 0 || !dma.granted()) return;
    const high = (regs.value[CPCR]! & CPCR_DAC) !== 0 ? regs.value[DTCCR + 4]! : 0;
    const address = high * 0x100000000 + ((regs.value[DTCCR]! & -DUMP_BYTES) >>> 0);
    this.#fill();
    dma.writeFrom(address, this.#dump, 0, DUMP_BYTES);
    if (!this.#chip.busError()) regs.value[DTCCR]! &= ~DTCCR_CMD;
  }

  #fill(): void {
    const words = this.#dump.words;
    const put64 = (at: number, count: number): void => {
      words[at >> 2] = count;
      words[(at >> 2) + 1] = Math.floor(count / 0x100000000);
    };
    put64(0x00, this.txOk);
    put64(0x08, this.rxOk);
    put64(0x10, this.txError);
    words[0x18 >> 2] = this.rxError;
    words[0x1c >> 2] = this.missed & 0xffff;
    put64(0x28, this.rxPhysical);
    put64(0x30, this.rxBroadcast);
    words[0x38 >> 2] = this.rxMulticast;
    words[0x3c >> 2] = (this.txUnderrun & 0xffff) << 16;
  }

  save(): number[] {
    return COUNTERS.map((name) => this[name]);
  }

  restore(state: readonly number[]): void {
    COUNTERS.forEach((name, i) => (this[name] = state[i]!));
  }
}
