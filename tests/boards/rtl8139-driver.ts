// A little driver for tests of the RTL8139: rings in the machine's memory, and the other end of its cable in hand.
import { TestMachine } from "./machine.ts";
import type { DesktopOptions } from "../../boards/index.ts";

export const RX_RING = 0x200000;
export const TX_RING = 0x201000;
export const HIGH_RING = 0x202000;
export const STATS = 0x203000;
export const RX_BUFFERS = 0x210000;
export const TX_BUFFERS = 0x240000;
export const RX_SIZE = 1536;
export const RING = 16;

export const OWN = 0x80000000;
export const EOR = 0x40000000;
export const FS = 0x20000000;
export const LS = 0x10000000;

export class Card extends TestMachine {
  /** Frames that came out of the card, with the times. */
  readonly sent: Uint8Array[] = [];

  constructor(device = "rtl8139", options: DesktopOptions = {}) {
    super([device], options);
    const cable = this.board.cables[0];
    // A cable that does not wait: what the card has no room for, it misses.
    if (cable !== undefined) cable.wire.waits = false;
    if (cable !== undefined) cable.wire.b.onReceive = (frame) => void this.sent.push(frame.slice());
    this.enable();
  }

  /** A frame from the other end; time passes until it is in. */
  inject(frame: Uint8Array): void {
    this.board.cables[0]!.wire.b.send(frame);
    this.clock.advance(60_000);
  }

  /** Lets what was sent arrive. */
  flush(): Uint8Array[] {
    this.clock.advance(60_000);
    return this.sent.splice(0);
  }

  /** C+ mode with rings of RING descriptors, as 8139cp sets the chip up. */
  startPlus(cpcr = 0x2b, rcr = 0xf, base = 0): void {
    this.map(base + RX_RING, 0x4000);
    this.map(base + RX_BUFFERS, 0x30000, 2);
    this.map(base + TX_BUFFERS, 0x30000, 1);
    for (let i = 0; i < RING; i++) {
      const eor = i === RING - 1 ? EOR : 0;
      this.desc(RX_RING, i, OWN | eor | RX_SIZE, 0, RX_BUFFERS + i * 2048);
      this.desc(TX_RING, i, eor, 0, 0);
      this.desc(HIGH_RING, i, eor, 0, 0);
    }
    const bus = this.board.facts.dmaBase;
    this.write(0xe0, 2, cpcr);
    this.write(0x20, 4, bus + TX_RING);
    this.write(0x24, 4, 0);
    this.write(0x28, 4, bus + HIGH_RING);
    this.write(0x2c, 4, 0);
    this.write(0xe4, 4, bus + RX_RING);
    this.write(0xe8, 4, 0);
    this.write(0x37, 1, 0x0c);
    this.write(0x44, 4, rcr);
    this.write(0x40, 4, 0x03000600);
  }

  /** Writes descriptor `index` of a ring; `buffer` is an address in RAM. */
  desc(ring: number, index: number, opts1: number, opts2: number, buffer: number): void {
    const at = ring + 16 * index;
    this.view.setUint32(at, opts1 >>> 0, true);
    this.view.setUint32(at + 4, opts2 >>> 0, true);
    this.view.setUint32(at + 8, (this.board.facts.dmaBase + buffer) >>> 0, true);
    this.view.setUint32(at + 12, 0, true);
  }

  opts1(ring: number, index: number): number {
    return this.view.getUint32(ring + 16 * index, true);
  }

  opts2(ring: number, index: number): number {
    return this.view.getUint32(ring + 16 * index + 4, true);
  }

  /** Puts a frame's bytes into transmit buffer `index`. */
  fill(index: number, bytes: Uint8Array): number {
    const at = TX_BUFFERS + index * 4096;
    this.bytes.set(bytes, at);
    return at;
  }

  /** The bytes of received frame `index`, by its descriptor's length, with FCS. */
  received(index: number): Uint8Array {
    const at = RX_BUFFERS + index * 2048;
    return this.bytes.slice(at, at + (this.opts1(RX_RING, index) & 0x1fff));
  }

  isr(): number {
    return this.read(0x3e, 2);
  }
}

/** A frame with the card's address (or another) and counting bytes. */
export function frame(length: number, destination: readonly number[] = [0x52, 0x54, 0, 0x12, 0x34, 0x56]): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => i * 7);
  bytes.set(destination.slice(0, length));
  if (length >= 14) bytes.set([2, 0, 0, 0, 0, 9, 0x88, 0xb5], 6);
  return bytes;
}
