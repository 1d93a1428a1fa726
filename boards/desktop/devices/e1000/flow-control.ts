// Flow control with MAC control frames (IEEE 802.3 annex 31B; FCAL, FCAH, FCT, FCTTV, FCRTL, FCRTH, 13.4.8 ff.).
// Received PAUSE frames hold the transmitter back; when the packet buffer fills up, own ones go out.
import type { Alarm } from "../../../clock.ts";
import { FrameBuffer } from "../../../links/frame-buffer.ts";
import { ETH_ZLEN, get16, put16 } from "../../../../host/net/packet.ts";
import type { E1000 } from "./chip.ts";
import {
  CTRL,
  CTRL_RFCE,
  CTRL_TFCE,
  FCAH,
  FCAL,
  FCRTH,
  FCRTL,
  FCRUC,
  FCT,
  FCTTV,
  RA,
  RCTL,
  RCTL_DPF,
  RCTL_PMCF,
  STATUS,
  STATUS_TXOFF,
  TCTL,
  TCTL_SWXOFF,
  XOFFRXC,
  XOFFTXC,
  XONRXC,
  XONTXC,
} from "./registers.ts";

const FCS_BYTES = 4;
const OPCODE_PAUSE = 1;
/** 512 bit times, at 10, 100 and 1000 Mbit/s. */
const QUANTUM_NS = [51_200, 5_120, 512] as const;
const XON_ENABLE = 1 << 31;

export interface FlowState {
  readonly pausedUntil: number;
  readonly stopped: boolean;
}

export class FlowControl {
  readonly #chip: E1000;
  readonly #frame = new FrameBuffer(ETH_ZLEN);
  readonly #pauseOver = (): void => {
    this.#alarm = undefined;
    this.#pause(0);
  };
  #pausedUntil = 0;
  /** The partner was told to stop. */
  #stopped = false;
  #alarm: Alarm | undefined;

  constructor(chip: E1000) {
    this.#chip = chip;
  }

  /** Whether a PAUSE frame holds the transmitter back. */
  get paused(): boolean {
    return (this.#chip.regs.value[STATUS >> 2]! & STATUS_TXOFF) !== 0;
  }

  reset(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#pausedUntil = 0;
    this.#stopped = false;
  }

  /** Looks for a MAC control frame and obeys it; true: it goes no further. */
  control(bytes: Uint8Array): boolean {
    const { regs, statistics } = this.#chip;
    const { value } = regs;
    if (bytes.length < 18 || get16(bytes, 12) !== value[FCT >> 2] || !this.#meant(bytes)) return false;
    const passed = (value[RCTL >> 2]! & RCTL_PMCF) !== 0;
    if (get16(bytes, 14) !== OPCODE_PAUSE) {
      statistics.count(FCRUC);
      return !passed;
    }
    const quanta = get16(bytes, 16);
    statistics.count(quanta === 0 ? XONRXC : XOFFRXC);
    if ((value[CTRL >> 2]! & CTRL_RFCE) !== 0) this.#pause(quanta * QUANTUM_NS[this.#chip.speed]!);
    return !passed || (value[RCTL >> 2]! & RCTL_DPF) !== 0;
  }

  /** The packet buffer holds `used` bytes: tells the partner to stop, or to go on. */
  bufferChanged(used: number): void {
    const { value } = this.#chip.regs;
    const high = value[FCRTH >> 2]! & 0xfff8;
    if ((value[CTRL >> 2]! & CTRL_TFCE) === 0 || high === 0) return;
    if (!this.#stopped && used > high) {
      this.#stopped = true;
      this.#send(value[FCTTV >> 2]! & 0xffff);
    } else if (this.#stopped && used <= (value[FCRTL >> 2]! & 0xfff8)) {
      this.#stopped = false;
      if ((value[FCRTL >> 2]! & XON_ENABLE) !== 0) this.#send(0);
    }
  }

  /** TCTL was written: SWXOFF sends a PAUSE frame by hand and falls. */
  software(): void {
    const { value } = this.#chip.regs;
    if ((value[TCTL >> 2]! & TCTL_SWXOFF) === 0) return;
    value[TCTL >> 2]! &= ~TCTL_SWXOFF;
    if ((value[CTRL >> 2]! & CTRL_TFCE) !== 0) this.#send(value[FCTTV >> 2]! & 0xffff);
  }

  /** Whether the frame's destination is the flow control address or the own one. */
  #meant(bytes: Uint8Array): boolean {
    const { value } = this.#chip.regs;
    const low = (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
    const high = bytes[4]! | (bytes[5]! << 8);
    return (
      (low === value[FCAL >> 2] && high === value[FCAH >> 2]) ||
      (low === value[RA >> 2] && high === (value[(RA + 4) >> 2]! & 0xffff))
    );
  }

  #pause(ns: number): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    const { value } = this.#chip.regs;
    if (ns > 0) {
      value[STATUS >> 2]! |= STATUS_TXOFF;
      this.#pausedUntil = this.#chip.clock.now() + ns;
      this.#alarm = this.#chip.clock.after(ns, this.#pauseOver);
      return;
    }
    value[STATUS >> 2]! &= ~STATUS_TXOFF;
    this.#pausedUntil = 0;
    this.#chip.transmitter.resume();
  }

  #send(quanta: number): void {
    const { value } = this.#chip.regs;
    const { bytes } = this.#frame;
    bytes.fill(0);
    for (let i = 0; i < 6; i++) {
      bytes[i] = value[(i < 4 ? FCAL : FCAH) >> 2]! >>> (8 * (i & 3));
      bytes[6 + i] = value[(i < 4 ? RA : RA + 4) >> 2]! >>> (8 * (i & 3));
    }
    put16(bytes, 12, value[FCT >> 2]!);
    put16(bytes, 14, OPCODE_PAUSE);
    put16(bytes, 16, quanta);
    this.#chip.statistics.count(quanta === 0 ? XONTXC : XOFFTXC);
    this.#chip.statistics.sent(ETH_ZLEN + FCS_BYTES);
    if (this.#chip.linkUp) this.#chip.put(this.#frame.view(ETH_ZLEN));
  }

  save(): FlowState {
    return { pausedUntil: this.#pausedUntil, stopped: this.#stopped };
  }

  restore(state: FlowState): void {
    this.reset();
    this.#stopped = state.stopped;
    this.#pausedUntil = state.pausedUntil;
    const left = state.pausedUntil - this.#chip.clock.now();
    if (this.paused) this.#alarm = this.#chip.clock.after(Math.max(left, 0), this.#pauseOver);
  }
}
