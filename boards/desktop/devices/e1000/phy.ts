// The PHY behind MDIC (13.4.7): auto-negotiation, link state, loopback.
import { Negotiation } from "../parts/negotiation.ts";
import type { E1000 } from "./chip.ts";
import {
  CTRL_EXT,
  CTRL_EXT_PHYINT_EN,
  INT_MDAC,
  INT_PHYINT,
  MDIC,
  MDIC_ERROR,
  MDIC_INT_EN,
  MDIC_OP,
  MDIC_OP_READ,
  MDIC_OP_WRITE,
  MDIC_PHY_SHIFT,
  MDIC_READY,
  MDIC_REG_SHIFT,
} from "./registers.ts";
import * as P from "./phy-registers.ts";

const PHY_ADDRESS = 1;
const REGISTERS = 32;
/** What takes the link down when it changes. */
const MODE = P.CTRL_AUTONEG | P.CTRL_SPEED_LSB | P.CTRL_SPEED_MSB | P.CTRL_DUPLEX | P.CTRL_POWER_DOWN | P.CTRL_LOOPBACK;

export interface PhyState {
  readonly registers: number[];
  readonly linkUp: boolean;
  readonly latchedDown: boolean;
  readonly due: number;
}

export class Phy {
  linkUp = false;

  readonly #chip: E1000;
  readonly #registers = new Uint16Array(REGISTERS);
  readonly #kept = new Uint16Array(REGISTERS);
  readonly #negotiation: Negotiation;
  readonly #negotiationTime: number;
  /** The link was down at some time since the status was read last (802.3, 22.2.4.2.13). */
  #latchedDown = false;

  /** `negotiation`: nanoseconds from carrier to link. A real pair takes two to three seconds, of which more than one is
   *  agreed silence; with less, the order of events is kept: a restart takes the link down, and brings it up later. */
  constructor(chip: E1000, negotiation: number) {
    this.#chip = chip;
    this.#negotiationTime = negotiation;
    this.#negotiation = new Negotiation(
      () => chip.clock,
      () => this.#set(this.#agreed()),
    );
    for (const [register, , kept] of P.PHY_DEFAULTS) this.#kept[register] = kept;
  }

  /** Power-on. The board has been on for a while: a plugged link is up at once, and nobody is told. */
  powerOn(): void {
    this.#negotiation.cancel();
    this.#defaults();
    this.linkUp = this.#agreed();
    this.#latchedDown = !this.linkUp;
  }

  /** The reset pin, CTRL.PHY_RST. */
  reset(): void {
    this.#defaults();
    this.#restart();
  }

  carrierChanged(): void {
    if (this.#carrier) this.#negotiation.begin(this.#negotiationTime);
    else {
      this.#negotiation.cancel();
      this.#set(false);
    }
  }

  /** What is sent comes back. */
  get loopback(): boolean {
    return (this.#registers[P.PHY_CTRL]! & P.CTRL_LOOPBACK) !== 0;
  }

  /** 0: 10 Mbit/s, 1: 100, 2: 1000. */
  get speed(): number {
    const control = this.#registers[P.PHY_CTRL]!;
    if ((control & P.CTRL_AUTONEG) === 0) {
      return ((control & P.CTRL_SPEED_MSB) !== 0 ? 2 : 0) | ((control & P.CTRL_SPEED_LSB) !== 0 ? 1 : 0);
    }
    if ((this.#registers[P.PHY_1000T_CTRL]! & P.ABILITY_1000) !== 0) return 2;
    return (this.#registers[P.PHY_AUTONEG_ADV]! & P.ABILITY_100) !== 0 ? 1 : 0;
  }

  get fullDuplex(): boolean {
    const control = this.#registers[P.PHY_CTRL]!;
    if ((control & P.CTRL_AUTONEG) === 0) return (control & P.CTRL_DUPLEX) !== 0;
    const speed = this.speed;
    if (speed === 2) return (this.#registers[P.PHY_1000T_CTRL]! & P.ABILITY_1000_FULL) !== 0;
    const best = speed === 1 ? P.ABILITY_100 & P.ABILITY_FULL : P.ABILITY_FULL & ~P.ABILITY_100;
    return (this.#registers[P.PHY_AUTONEG_ADV]! & best) !== 0;
  }

  // ── MDIC. ──

  /** A read or a write of a register; it is done at once. */
  writeMdic(value: number): void {
    const register = (value >>> MDIC_REG_SHIFT) & 0x1f;
    const operation = value & MDIC_OP;
    let result = value & ~(MDIC_READY | MDIC_ERROR);
    if (((value >>> MDIC_PHY_SHIFT) & 0x1f) !== PHY_ADDRESS) result |= MDIC_ERROR;
    else if (operation === MDIC_OP_READ) result = (result & ~0xffff) | this.#read(register);
    else if (operation === MDIC_OP_WRITE) this.#write(register, value & 0xffff);
    this.#chip.regs.value[MDIC >> 2] = result | MDIC_READY;
    if ((value & MDIC_INT_EN) !== 0) this.#chip.interrupts.raise(INT_MDAC);
  }

  #read(register: number): number {
    switch (register) {
      case P.PHY_STATUS:
        return this.#readStatus();
      case P.PHY_LP_ABILITY:
        return this.#negotiated ? P.PARTNER : 0;
      case P.PHY_AUTONEG_EXP:
        return this.#negotiated ? P.EXP_PARTNER_ABLE : 0;
      case P.PHY_1000T_STATUS:
        return this.#negotiated && this.speed === 2 ? P.STATUS_1000T_GOOD : 0;
      case P.PHY_SPEC_STATUS:
        return this.#specificStatus();
      case P.PHY_INT_STATUS: {
        const causes = this.#registers[register]!;
        this.#registers[register] = 0;
        return causes;
      }
      default:
        return this.#registers[register]!;
    }
  }

  #readStatus(): number {
    const up = this.linkUp && !this.#latchedDown;
    this.#latchedDown = !this.linkUp;
    return P.STATUS_ABILITIES | (this.#negotiated ? P.STATUS_AN_COMPLETE : 0) | (up ? P.STATUS_LINK : 0);
  }

  #specificStatus(): number {
    const mode = (this.speed << P.SPEC_STATUS_SPEED_SHIFT) | (this.fullDuplex ? P.SPEC_STATUS_FULL : 0);
    if (!this.linkUp) return (this.#registers[P.PHY_CTRL]! & P.CTRL_AUTONEG) !== 0 ? 0 : mode | P.SPEC_STATUS_RESOLVED;
    return mode | P.SPEC_STATUS_RESOLVED | P.SPEC_STATUS_LINK | (this.#negotiated ? P.SPEC_STATUS_PAGE : 0);
  }

  #write(register: number, value: number): void {
    const before = this.#registers[register]!;
    this.#registers[register] = (before & ~this.#kept[register]!) | (value & this.#kept[register]!);
    if (register !== P.PHY_CTRL) return;
    const restart = (value & P.CTRL_RESTART) !== 0 && (value & P.CTRL_AUTONEG) !== 0;
    // Reset and restart are commands and read as 0.
    const changed = ((before ^ this.#registers[register]!) & MODE) !== 0;
    if (restart || changed || (value & P.CTRL_RESET) !== 0) this.#restart();
  }

  // ── Link. ──

  get #carrier(): boolean {
    return this.#chip.carrier;
  }

  get #negotiated(): boolean {
    return this.linkUp && (this.#registers[P.PHY_CTRL]! & P.CTRL_AUTONEG) !== 0;
  }

  /** Whether there is a partner and a mode that both can do. */
  #agreed(): boolean {
    const control = this.#registers[P.PHY_CTRL]!;
    if (!this.#carrier || (control & (P.CTRL_POWER_DOWN | P.CTRL_LOOPBACK)) !== 0) return false;
    if ((control & P.CTRL_AUTONEG) === 0) return true;
    return (
      (this.#registers[P.PHY_AUTONEG_ADV]! & P.ABILITY_ANY) !== 0 ||
      (this.#registers[P.PHY_1000T_CTRL]! & P.ABILITY_1000) !== 0
    );
  }

  #defaults(): void {
    this.#registers.fill(0);
    for (const [register, value] of P.PHY_DEFAULTS) this.#registers[register] = value;
  }

  #restart(): void {
    this.#negotiation.cancel();
    this.#set(false);
    if (this.#carrier) this.#negotiation.begin(this.#negotiationTime);
    this.#chip.mediumChanged();
  }

  #set(up: boolean): void {
    if (up === this.linkUp) return;
    this.linkUp = up;
    if (!up) this.#latchedDown = true;
    this.#registers[P.PHY_INT_STATUS]! |= P.PHY_INT_LINK | (this.#negotiated ? P.PHY_INT_AN_COMPLETE : 0);
    const { value } = this.#chip.regs;
    const wanted = this.#registers[P.PHY_INT_STATUS]! & this.#registers[P.PHY_INT_ENABLE]!;
    if (wanted !== 0 && (value[CTRL_EXT >> 2]! & CTRL_EXT_PHYINT_EN) !== 0) this.#chip.interrupts.raise(INT_PHYINT);
    this.#chip.mediumChanged();
  }

  save(): PhyState {
    return {
      registers: Array.from(this.#registers),
      linkUp: this.linkUp,
      latchedDown: this.#latchedDown,
      due: this.#negotiation.save(),
    };
  }

  restore(state: PhyState): void {
    this.#registers.set(state.registers);
    this.linkUp = state.linkUp;
    this.#latchedDown = state.latchedDown;
    this.#negotiation.restore(state.due);
  }
}
