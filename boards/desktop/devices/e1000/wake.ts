// Wake-up from D3 (chapter 6): events that WUFC asks for, told through WUS and PME. Frames are matched as the receiver
// matched them before the chip fell asleep; the one that woke it is kept in WUPM.
import type { E1000 } from "./chip.ts";
import { REJECTED, addressMatch } from "./filter.ts";
import {
  RA,
  WUC,
  WUC_APME,
  WUC_PME_EN,
  WUC_PME_STATUS,
  WUFC,
  WUFC_BC,
  WUFC_EX,
  WUFC_LNKC,
  WUFC_MAG,
  WUFC_MC,
  WUPL,
  WUPM,
  WUS,
} from "./registers.ts";

const WUPM_BYTES = 128;
const MAGIC_BYTES = 6 + 16 * 6;

export class WakeUp {
  readonly #chip: E1000;

  constructor(chip: E1000) {
    this.#chip = chip;
  }

  /** A frame arrived while the chip sleeps. */
  frame(bytes: Uint8Array): void {
    const { value } = this.#chip.regs;
    // APM, the way from before ACPI, listens for the Magic Packet alone.
    const wanted = value[WUFC >> 2]! | ((value[WUC >> 2]! & WUC_APME) !== 0 ? WUFC_MAG : 0);
    const event = wanted & this.#events(bytes);
    if (event === 0) return;
    value[WUPL >> 2] = bytes.length;
    const kept = Math.min(bytes.length, WUPM_BYTES);
    for (let i = 0; i < kept; i++) {
      const at = (WUPM + i) >> 2;
      const shift = 8 * (i & 3);
      value[at] = (value[at]! & ~(0xff << shift)) | (bytes[i]! << shift);
    }
    this.#wake(event);
  }

  /** The link came or went while the chip sleeps. */
  linkChanged(): void {
    if ((this.#chip.regs.value[WUFC >> 2]! & WUFC_LNKC) !== 0) this.#wake(WUFC_LNKC);
  }

  #wake(event: number): void {
    const { value } = this.#chip.regs;
    value[WUS >> 2]! |= event;
    value[WUC >> 2]! |= WUC_PME_STATUS;
    if ((value[WUC >> 2]! & (WUC_PME_EN | WUC_APME)) !== 0) this.#chip.power?.raisePme();
  }

  #events(bytes: Uint8Array): number {
    if (bytes.length < 14) return 0;
    let events = this.#isMagic(bytes) ? WUFC_MAG : 0;
    if (addressMatch(this.#chip, bytes) === REJECTED) return events;
    if ((bytes[0]! & 1) === 0) events |= WUFC_EX;
    else events |= bytes.subarray(0, 6).every((byte) => byte === 0xff) ? WUFC_BC : WUFC_MC;
    return events;
  }

  /** Six bytes of ones, then the own address sixteen times, anywhere in a frame. */
  #isMagic(bytes: Uint8Array): boolean {
    for (let at = 12; at + MAGIC_BYTES <= bytes.length; at++) {
      let i = 0;
      while (i < MAGIC_BYTES && bytes[at + i] === (i < 6 ? 0xff : this.#ownByte(i % 6))) i++;
      if (i === MAGIC_BYTES) return true;
    }
    return false;
  }

  #ownByte(index: number): number {
    const { value } = this.#chip.regs;
    return (value[(RA >> 2) + (index >> 2)]! >>> (8 * (index & 3))) & 0xff;
  }
}
