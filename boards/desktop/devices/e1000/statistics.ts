// The statistics registers (13.7). They count while the unit is enabled, stay at their end instead of wrapping, and
// clear when read; the 64-bit octet counters clear with their high half, so that the low one is read first.
import type { E1000 } from "./chip.ts";
import { BPRC, BPTC, GORCL, GOTCL, GPRC, GPTC, MPRC, MPTC, PRC64, PTC64, TORL, TOTL, TPR, TPT } from "./registers.ts";

const FULL = 0xffffffff;
const MIN_BYTES = 64;

export class Statistics {
  readonly #value: Uint32Array;

  constructor(chip: E1000) {
    this.#value = chip.regs.value;
  }

  /** One more in `register`. */
  count(register: number): void {
    if (this.#value[register >> 2] !== FULL) this.#value[register >> 2]!++;
  }

  /** Adds to a 64-bit counter. */
  #octets(register: number, bytes: number): void {
    const low = this.#value[register >> 2]! + bytes;
    this.#value[register >> 2] = low;
    if (low > FULL) this.count(register + 4);
  }

  /** A frame passed the filters and was good; `length` with FCS. */
  received(bytes: Uint8Array, length: number): void {
    this.#good(bytes, length, PRC64, GPRC, GORCL, MPRC, BPRC);
  }

  /** A frame of the driver's; shorter than 64 bytes it is none of the good ones (13.7.30). */
  transmitted(bytes: Uint8Array, length: number): void {
    if (length >= MIN_BYTES) this.#good(bytes, length, PTC64, GPTC, GOTCL, MPTC, BPTC);
    this.sent(length);
  }

  /** Any frame, also one of flow control. */
  sent(length: number): void {
    this.count(TPT);
    this.#octets(TOTL, length);
  }

  /** Anything was seen on the wire, whether wanted or not. */
  seen(length: number): void {
    this.count(TPR);
    this.#octets(TORL, length);
  }

  #good(
    bytes: Uint8Array,
    length: number,
    sizes: number,
    packets: number,
    octets: number,
    multicast: number,
    broadcast: number,
  ): void {
    this.count(packets);
    this.#octets(octets, length);
    if (length <= 64) this.count(sizes);
    else if (length <= 127) this.count(sizes + 4);
    else if (length <= 255) this.count(sizes + 8);
    else if (length <= 511) this.count(sizes + 12);
    else if (length <= 1023) this.count(sizes + 16);
    else this.count(sizes + 20);
    if ((bytes[0]! & 1) === 0) return;
    const all = bytes[0]! & bytes[1]! & bytes[2]! & bytes[3]! & bytes[4]! & bytes[5]!;
    this.count(all === 0xff ? broadcast : multicast);
  }
}

/** A read of a 32-bit counter. */
export function readCounter(chip: E1000, at: number): number {
  const count = chip.regs.value[at]!;
  chip.regs.value[at] = 0;
  return count;
}

/** A read of the high half of a 64-bit counter. */
export function readOctetsHigh(chip: E1000, at: number): number {
  chip.regs.value[at - 1] = 0;
  return readCounter(chip, at);
}
