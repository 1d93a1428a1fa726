// Transmission in C+ mode: two rings of descriptors in memory, for normal and for high priority. TPPoll makes the
// chip look at a ring; it then takes descriptors that it owns until it meets one that it does not.
//
//   TNPDS ─► ┌──────────────────────────────────────────────┐   before: OWN EOR FS LS LGSEN MSS | IPCS UDPCS TCPCS,
//            │ opts1 │ opts2: TAGC, VLAN tag │ address 64   │           length
//            ├───────┴───────────────────────┴──────────────┤   after:  EOR FS LS TUR TES LNKF, length
//            │ …                                 EOR: last  │
//            └──────────────────────────────────────────────┘
//
// A ring is the driver's memory and can hold anything: each turn takes a bounded number of descriptors, and what is
// left goes on at the next event.
import { FrameBuffer } from "../../../links/frame-buffer.ts";
import { MAX_FRAME } from "../../../links/link.ts";
import { ETH_ZLEN, VLAN_HLEN } from "../../../../host/net/packet.ts";
import type { Alarm } from "../../../clock.ts";
import type { Rtl8139 } from "./chip.ts";
import { Segmenter, insertChecksums, insertTag } from "./offload.ts";
import {
  CPCR,
  CPCR_DAC,
  DESCRIPTOR_BYTES,
  DESC_EOR,
  DESC_FS,
  DESC_LS,
  DESC_OWN,
  INT_SWINT,
  INT_TDU,
  INT_TER,
  INT_TOK,
  TDOKLADDR,
  THPDS,
  TNPDS,
  TPPOLL,
  TPPOLL_FSWINT,
  TPPOLL_HPQ,
  TPPOLL_NPQ,
  TX_IPCS,
  TX_LENGTH,
  TX_LGSEN,
  TX_LNKF,
  TX_MSS,
  TX_MSS_SHIFT,
  TX_TAGC,
  TX_TCPCS,
  TX_TES,
  TX_TUR,
  TX_UDPCS,
} from "./registers.ts";

/** Descriptors per turn, and when the next turn comes. */
const BUDGET = 256;
const PAUSE_NS = 1000;

class Queue {
  readonly base: number;
  readonly pollBit: number;
  /** The frame as far as its descriptors have been read. */
  readonly frame = new FrameBuffer(MAX_FRAME + VLAN_HLEN);
  length = 0;
  overflow = false;
  position = 0;

  constructor(base: number, pollBit: number) {
    this.base = base;
    this.pollBit = pollBit;
  }

  rewind(): void {
    this.position = 0;
    this.drop();
  }

  drop(): void {
    this.length = 0;
    this.overflow = false;
  }
}

interface QueueState {
  readonly position: number;
  readonly overflow: boolean;
  readonly frame: number[];
}

export class TransmitRings {
  readonly #chip: Rtl8139;
  readonly #normal = new Queue(TNPDS, TPPOLL_NPQ);
  readonly #high = new Queue(THPDS, TPPOLL_HPQ);
  readonly #segmenter = new Segmenter();
  /** The descriptor at hand, as the bus brings it: in one piece. Its words are signed: OWN is the sign. */
  readonly #descriptor = new FrameBuffer(DESCRIPTOR_BYTES);
  readonly #continue = (): void => {
    this.#alarm = undefined;
    this.resume();
  };
  readonly #emit = (length: number): void => {
    if (!this.#send(this.#current, length)) this.#linkFailed = true;
  };
  #current: Queue = this.#normal;
  #linkFailed = false;
  #alarm: Alarm | undefined;

  constructor(chip: Rtl8139) {
    this.#chip = chip;
  }

  reset(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.rewind();
  }

  rewind(): void {
    this.#normal.rewind();
    this.#high.rewind();
  }

  /** The start address of queue 0 (normal) or 1 (high) was written. */
  rewindQueue(index: number): void {
    (index === 0 ? this.#normal : this.#high).rewind();
  }

  /** TPPoll was written. A poll bit falls when its ring has nothing more to send. */
  poll(value: number): void {
    if ((value & TPPOLL_FSWINT) !== 0) this.#chip.raise(INT_SWINT);
    if (!this.#chip.transmitting || !this.#chip.plusTransmit) return;
    this.#chip.regs.value[TPPOLL]! |= value & (TPPOLL_NPQ | TPPOLL_HPQ);
    this.resume();
  }

  /** Works off the rings that were polled, high priority first. */
  resume(): void {
    const { regs, dma } = this.#chip;
    if (regs.value[TPPOLL] === 0 || this.#alarm !== undefined) return;
    if (!this.#chip.transmitting || !this.#chip.plusTransmit || !this.#chip.cableHasRoom || !dma.granted()) return;
    const left = this.#run(this.#high, BUDGET);
    if (left > 0) this.#run(this.#normal, left);
    // A cable without room says when it has some.
    if (regs.value[TPPOLL] !== 0 && this.#chip.cableHasRoom)
      this.#alarm = this.#chip.clock.after(PAUSE_NS, this.#continue);
  }

  #run(queue: Queue, budget: number): number {
    const { regs } = this.#chip;
    if ((regs.value[TPPOLL]! & queue.pollBit) === 0) return budget;
    while (budget > 0 && this.#chip.cableHasRoom) {
      const cost = this.#take(queue);
      if (cost === 0) {
        regs.value[TPPOLL]! &= ~queue.pollBit;
        break;
      }
      budget -= cost;
    }
    return Math.max(budget, 0);
  }

  #address(low: number, high: number): number {
    // Without dual address cycles the chip has 32 address lines.
    return (this.#chip.regs.value[CPCR]! & CPCR_DAC) !== 0 ? high * 0x100000000 + low : low;
  }

  /** Takes one descriptor. Returns what that cost, 0 if there was none or the bus failed. */
  #take(queue: Queue): number {
    const { regs, dma } = this.#chip;
    const base = this.#address((regs.value[queue.base]! & ~0xff) >>> 0, regs.value[queue.base + 4]!);
    const descriptor = base + queue.position * DESCRIPTOR_BYTES;
    const { words } = this.#descriptor;
    dma.readInto(descriptor, this.#descriptor, 0, DESCRIPTOR_BYTES);
    if (this.#chip.busError()) return 0;
    const opts1 = words[0]!;
    if ((opts1 & DESC_OWN) === 0) {
      this.#chip.raise(INT_TDU);
      return 0;
    }
    const opts2 = words[1]!;
    const buffer = this.#address(words[2]! >>> 0, words[3]! >>> 0);
    if ((opts1 & DESC_FS) !== 0) queue.drop();
    const length = opts1 & TX_LENGTH;
    if (queue.length + length > MAX_FRAME) queue.overflow = true;
    else {
      dma.readInto(buffer, queue.frame, queue.length, length);
      queue.length += length;
    }
    if (this.#chip.busError()) {
      queue.drop();
      return 0;
    }
    let status = 0;
    let cost = 1;
    if ((opts1 & DESC_LS) !== 0) {
      cost += this.#frame(queue, opts1, opts2);
      status = this.#status(queue);
      queue.drop();
    }
    dma.writeU32(descriptor, (opts1 & (DESC_EOR | DESC_FS | DESC_LS | TX_LENGTH)) | status);
    if (this.#chip.busError()) return 0;
    regs.value[TDOKLADDR] = descriptor & 0xffff;
    queue.position = (opts1 & DESC_EOR) !== 0 ? 0 : queue.position + 1;
    if ((opts1 & DESC_LS) !== 0) this.#chip.raise((status & TX_TES) !== 0 ? INT_TER : INT_TOK);
    return cost;
  }

  /** Sends the frame that is complete; returns how many went out. */
  #frame(queue: Queue, opts1: number, opts2: number): number {
    this.#current = queue;
    this.#linkFailed = false;
    if (queue.overflow || queue.length === 0) return 0;
    const { bytes } = queue.frame;
    let length = queue.length;
    if ((opts2 & TX_TAGC) !== 0) length = insertTag(queue.frame, length, opts2 & 0xffff);
    if ((opts1 & TX_LGSEN) !== 0) {
      const mss = (opts1 >>> TX_MSS_SHIFT) & TX_MSS;
      const count = this.#segmenter.cut(queue.frame, length, mss, this.#emit);
      if (count > 0) return count;
    } else if ((opts1 & (TX_IPCS | TX_UDPCS | TX_TCPCS)) !== 0) insertChecksums(bytes, length, opts1);
    this.#emit(length);
    return 1;
  }

  /** C+ pads to the minimum. */
  #send(queue: Queue, length: number): boolean {
    if (length < ETH_ZLEN) queue.frame.bytes.fill(0, length, ETH_ZLEN);
    return this.#chip.transmit(queue.frame, Math.max(length, ETH_ZLEN));
  }

  #status(queue: Queue): number {
    const { tally } = this.#chip;
    if (queue.overflow) {
      tally.txUnderrun++;
      tally.txError++;
      return TX_TES | TX_TUR;
    }
    if (this.#linkFailed) {
      tally.txError++;
      return TX_TES | TX_LNKF;
    }
    tally.txOk++;
    return 0;
  }

  save(): { normal: QueueState; high: QueueState; waiting: boolean } {
    const state = (queue: Queue): QueueState => ({
      position: queue.position,
      overflow: queue.overflow,
      frame: Array.from(queue.frame.view(queue.length)),
    });
    return { normal: state(this.#normal), high: state(this.#high), waiting: this.#alarm !== undefined };
  }

  restore(state: ReturnType<TransmitRings["save"]>): void {
    this.reset();
    for (const [queue, saved] of [
      [this.#normal, state.normal],
      [this.#high, state.high],
    ] as const) {
      queue.position = saved.position;
      queue.overflow = saved.overflow;
      queue.frame.bytes.set(saved.frame);
      queue.length = saved.frame.length;
    }
    if (state.waiting) this.#alarm = this.#chip.clock.after(PAUSE_NS, this.#continue);
  }
}
