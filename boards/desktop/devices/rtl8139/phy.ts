// The internal PHY as its MII registers show it (6.18 to 6.27): auto-negotiation, link state, LinkChg. The link
// partner is a switch that can do everything at 100 Mbit/s and 10 Mbit/s in both duplex modes.
import { Negotiation } from "../parts/negotiation.ts";
import type { Rtl8139 } from "./chip.ts";
import { configWritable } from "./config.ts";
import {
  ANAR,
  BMCR,
  CONFIG3,
  CONFIG3_LINKUP,
  CSCR,
  DIS,
  INT_LINKCHG,
  MSR,
  MSR_AUX_STATUS,
  MSR_LINKB,
  MSR_SPEED_10,
  NWAYTR,
  PHY1_PARM,
  PHY2_PARM,
  TW_PARM,
} from "./registers.ts";

const BMCR_RESET = 1 << 15;
const BMCR_SPEED = 1 << 13;
const BMCR_ANE = 1 << 12;
const BMCR_RESTART = 1 << 9;
const BMCR_DUPLEX = 1 << 8;
export const BMCR_DEFAULT = BMCR_ANE | BMCR_SPEED | BMCR_DUPLEX;

/** 100BASE-TX and 10BASE-T in both duplex modes, auto-negotiation, extended registers. */
const BMSR_ABILITIES = 0x7809;
const BMSR_AN_COMPLETE = 1 << 5;
const BMSR_LINK = 1 << 2;

/** All modes, pause, 802.3 selector; bits 13, 10, 8..5 can be changed. */
export const ANAR_DEFAULT = 0x05e1;
export const ANAR_WRITABLE = 0x25e0;
/** What the partner sends: the same, and that it has seen ours. */
const PARTNER = 0x45e1;
const ABILITY_100 = 0x0180;
const ABILITY_ANY = 0x01e0;
const ANER_PARTNER_ABLE = 1 << 0;

/** LD, heart beat, jabber detection, F_LINK_100. */
export const CSCR_DEFAULT = 0x03c0;
export const CSCR_WRITABLE = 0x83e5;
const CSCR_CONNECTED = 1 << 3;
/** Two bits that the datasheet leaves reserved, of which Realtek's own and Linux's drivers tell that they are "link
 *  is good" and "link has changed"; the latter is cleared by reading. */
const CSCR_LINK_OK = 1 << 10;
const CSCR_LINK_CHANGE = 1 << 11;

/** Exchange of link code words once there is carrier, and silence before it on a restart (802.3 clause 28). */
const NEGOTIATE_NS = 100e6;
const BREAK_LINK_NS = 1250e6;

const PHY_REGISTERS: readonly (readonly [number, number])[] = [
  [BMCR, BMCR_DEFAULT],
  [ANAR, ANAR_DEFAULT],
  [NWAYTR, 0],
  [CSCR, CSCR_DEFAULT],
  [PHY1_PARM, 0],
  [TW_PARM, 0],
  [PHY2_PARM, 0],
];

interface PhyState {
  readonly linkUp: boolean;
  readonly latchedDown: boolean;
  readonly changed: boolean;
  readonly due: number;
}

export class Phy {
  linkUp = false;

  readonly #chip: Rtl8139;
  readonly #negotiation: Negotiation;
  /** The link was down at some time since BMSR was read last (802.3, 22.2.4.2.13). */
  #latchedDown = false;
  #changed = false;

  constructor(chip: Rtl8139) {
    this.#chip = chip;
    this.#negotiation = new Negotiation(
      () => chip.clock,
      () => this.#set(this.#agreed()),
    );
  }

  /** RST#. The board has been on for a while: a plugged link is up at once, and nobody is told. */
  reset(): void {
    this.#negotiation.cancel();
    this.#defaults();
    this.linkUp = this.#agreed();
    this.#latchedDown = !this.linkUp;
    this.#changed = false;
  }

  carrierChanged(carrier: boolean): void {
    if (carrier) this.#negotiation.begin(NEGOTIATE_NS);
    else {
      this.#negotiation.cancel();
      this.#set(false);
    }
  }

  // ── Registers. ──

  writeBmcr(value: number, mask: number): void {
    const { regs } = this.#chip;
    const before = regs.value[BMCR]!;
    if ((value & BMCR_RESET) !== 0) {
      this.#defaults();
    } else if (configWritable(this.#chip)) {
      // Restart and reset are commands and read as 0.
      regs.store(BMCR, value, mask & (BMCR_SPEED | BMCR_ANE | BMCR_DUPLEX));
    }
    const restart = (value & BMCR_RESTART) !== 0 && (regs.value[BMCR]! & BMCR_ANE) !== 0;
    if (restart || (value & BMCR_RESET) !== 0 || regs.value[BMCR] !== before) this.#restart();
  }

  readBmsr(): number {
    const up = this.linkUp && !this.#latchedDown;
    this.#latchedDown = !this.linkUp;
    return BMSR_ABILITIES | (this.#negotiated ? BMSR_AN_COMPLETE : 0) | (up ? BMSR_LINK : 0);
  }

  readAnlpar(): number {
    return this.#negotiated ? PARTNER : 0;
  }

  readAner(): number {
    return this.#negotiated ? ANER_PARTNER_ABLE : 0;
  }

  readDis(): number {
    const count = this.#chip.regs.value[DIS]!;
    this.#chip.regs.value[DIS] = 0;
    return count;
  }

  readCscr(): number {
    const changed = this.#changed ? CSCR_LINK_CHANGE : 0;
    this.#changed = false;
    return this.#chip.regs.value[CSCR]! | changed | (this.linkUp ? CSCR_LINK_OK | CSCR_CONNECTED : 0);
  }

  readMsr(): number {
    const bmcr = this.#chip.regs.value[BMCR]!;
    const fast =
      (bmcr & BMCR_ANE) !== 0
        ? (this.#chip.regs.value[ANAR]! & PARTNER & ABILITY_100) !== 0
        : (bmcr & BMCR_SPEED) !== 0;
    return this.#chip.regs.value[MSR]! | MSR_AUX_STATUS | (this.linkUp ? 0 : MSR_LINKB) | (fast ? 0 : MSR_SPEED_10);
  }

  // ── Link. ──

  get #negotiated(): boolean {
    return this.linkUp && (this.#chip.regs.value[BMCR]! & BMCR_ANE) !== 0;
  }

  /** Whether there is a partner and a mode that both can do. */
  #agreed(): boolean {
    if (!this.#chip.carrier) return false;
    if ((this.#chip.regs.value[BMCR]! & BMCR_ANE) === 0) return true;
    return (this.#chip.regs.value[ANAR]! & PARTNER & ABILITY_ANY) !== 0;
  }

  #defaults(): void {
    for (const [register, value] of PHY_REGISTERS) this.#chip.regs.value[register] = value;
  }

  #restart(): void {
    this.#set(false);
    if (this.#chip.carrier) this.#negotiation.begin(BREAK_LINK_NS + NEGOTIATE_NS);
  }

  #set(up: boolean): void {
    if (up === this.linkUp) return;
    this.linkUp = up;
    this.#changed = true;
    const { regs } = this.#chip;
    if (!up) {
      this.#latchedDown = true;
      regs.value[DIS] = (regs.value[DIS]! + 1) & 0xffff;
    }
    if (this.#chip.awake) this.#chip.raise(INT_LINKCHG);
    else if (up && (regs.value[CONFIG3]! & CONFIG3_LINKUP) !== 0) this.#chip.receiver.wake();
  }

  save(): PhyState {
    return {
      linkUp: this.linkUp,
      latchedDown: this.#latchedDown,
      changed: this.#changed,
      due: this.#negotiation.save(),
    };
  }

  restore(state: PhyState): void {
    this.linkUp = state.linkUp;
    this.#latchedDown = state.latchedDown;
    this.#changed = state.changed;
    this.#negotiation.restore(state.due);
  }
}
