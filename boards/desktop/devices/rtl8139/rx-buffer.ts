// Reception in C mode: one ring of bytes at RBSTART, 8 to 64 KiB (RCR.RBLEN). CBR is where the chip writes next, CAPR
// where the driver has read to, less 16. Each packet is
//
//   status (6.1), 16 bits │ length with FCS, 16 bits │ frame │ FCS │ padding to 4 bytes
//
// With RCR.WRAP the packet that meets the end of the ring runs on behind it (the driver has the room there), else its
// rest is at the start.
import type { Rtl8139 } from "./chip.ts";
import { FCS_BYTES, LOST, NO_ROOM, STORED, MATCH_BROADCAST, MATCH_MULTICAST, MATCH_PHYSICAL } from "./received.ts";
import {
  CAPR,
  CBR,
  ERBCR,
  ERSR,
  ERSR_ERGOOD,
  RBSTART,
  RCR,
  RCR_ERTH,
  RCR_RBLEN_SHIFT,
  RCR_WRAP,
  RSR_BAR,
  RSR_CRC,
  RSR_LONG,
  RSR_MAR,
  RSR_PAM,
  RSR_ROK,
  RSR_RUNT,
} from "./registers.ts";

const HEADER_BYTES = 4;
const CAPR_OFFSET = 16;
const RING_MAX = 65536;

export class ReceiveBuffer {
  readonly #chip: Rtl8139;

  constructor(chip: Rtl8139) {
    this.#chip = chip;
  }

  rewind(): void {
    this.#chip.regs.value[CBR] = 0;
    this.#chip.regs.value[CAPR] = -CAPR_OFFSET & 0xffff;
  }

  get #size(): number {
    return 8192 << ((this.#chip.regs.value[RCR]! >>> RCR_RBLEN_SHIFT) & 3);
  }

  get #readAt(): number {
    return (this.#chip.regs.value[CAPR]! + CAPR_OFFSET) & (this.#size - 1);
  }

  get #writeAt(): number {
    return this.#chip.regs.value[CBR]! & (this.#size - 1);
  }

  /** CR.BUFE. */
  get empty(): boolean {
    return this.#readAt === this.#writeAt;
  }

  /** Stores the receiver's frame of `length` bytes with FCS; STORED, LOST or NO_ROOM. */
  store(length: number, match: number, fcsOk: boolean, runt: boolean, long: boolean): number {
    const { regs, dma, receiver } = this.#chip;
    const size = this.#size;
    const at = this.#writeAt;
    const total = (HEADER_BYTES + length + 3) & ~3;
    // A full ring must not look like an empty one.
    const free = this.empty ? size : (this.#readAt - at) & (size - 1);
    if (total >= free) {
      if (total < size) return NO_ROOM;
      receiver.missed();
      return LOST;
    }
    const base = regs.value[RBSTART]!;
    const behind = (regs.value[RCR]! & RCR_WRAP) !== 0 && size < RING_MAX;
    const first = behind ? length : Math.min(length, size - at - HEADER_BYTES);
    dma.writeFrom(base + at + HEADER_BYTES, receiver.frame, 0, first);
    dma.writeFrom(base, receiver.frame, first, length - first);
    const good = fcsOk && !runt && !long;
    const status =
      (good ? RSR_ROK : 0) |
      (fcsOk ? 0 : RSR_CRC) |
      (long ? RSR_LONG : 0) |
      (runt ? RSR_RUNT : 0) |
      (match === MATCH_BROADCAST ? RSR_BAR : 0) |
      (match === MATCH_PHYSICAL ? RSR_PAM : 0) |
      (match === MATCH_MULTICAST ? RSR_MAR : 0);
    dma.writeU32(base + at, (length << 16) | status);
    if (this.#chip.busError()) return LOST;
    regs.value[CBR] = (at + total) & (size - 1);
    if ((regs.value[RCR]! & RCR_ERTH) !== 0) this.#early(length, good);
    return STORED;
  }

  /** Early receive (6.3): a frame comes in here at one instant, so it passes the threshold when it is complete. */
  #early(length: number, good: boolean): void {
    const { value } = this.#chip.regs;
    value[ERBCR] = length - FCS_BYTES;
    value[ERSR] = good ? ERSR_ERGOOD : 0;
  }
}
