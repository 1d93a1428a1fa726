// The power management capability, PCI Bus Power Management Interface Specification 1.1, chapter 3.
import { addCapability } from "./capability.ts";
import type { ConfigSpace } from "./config-space.ts";

const PCI_CAP_ID_PM = 0x01;
const PMC = 2;
const PMCSR = 4;
const PMCSR_STATE = 0x0003;
const PMCSR_NO_SOFT_RESET = 0x0008;
const PMCSR_PME_EN = 0x0100;
const PMCSR_PME_STATUS = 0x8000;

export const D0 = 0;
export const D3HOT = 3;

export class PowerManagement {
  readonly where: number;
  readonly #config: ConfigSpace;

  /** Adds the capability at `where`; `pmc` is the capabilities word. */
  constructor(config: ConfigSpace, where: number, pmc: number) {
    this.#config = config;
    this.where = where;
    addCapability(config, PCI_CAP_ID_PM, where);
    config.define(where + PMC, 2, pmc);
    config.allow(where + PMCSR, 2, PMCSR_STATE | PMCSR_PME_EN);
    config.clearable(where + PMCSR, 2, PMCSR_PME_STATUS);
  }

  get state(): number {
    return this.#config.get16(this.where + PMCSR) & PMCSR_STATE;
  }

  /** Whether leaving D3hot resets the function. */
  get softReset(): boolean {
    return (this.#config.get16(this.where + PMCSR) & PMCSR_NO_SOFT_RESET) === 0;
  }

  /** A wake-up event. The board wires no PME#, so the status bit is all that software sees of it. */
  raisePme(): void {
    const pmcsr = this.#config.get16(this.where + PMCSR);
    this.#config.set(this.where + PMCSR, 2, pmcsr | PMCSR_PME_STATUS);
  }

  /** The PME bits survive a reset; they are on auxiliary power. */
  keepOver(reset: () => void): void {
    const sticky = this.#config.get16(this.where + PMCSR) & (PMCSR_PME_EN | PMCSR_PME_STATUS);
    reset();
    this.#config.set(this.where + PMCSR, 2, this.#config.get16(this.where + PMCSR) | sticky);
  }
}
