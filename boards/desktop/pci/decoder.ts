// Which function answers an address: the enabled base addresses as a flat table, rebuilt when one of them moves.
// Accesses come in runs to one device, so the last hit is tried first; nothing is allocated per access.
import { allOnes } from "./config-space.ts";
import type { PciFunction } from "./function.ts";

interface Window {
  /** As a signed number: what is above 2^31 would be boxed. */
  readonly base: number;
  readonly size: number;
  readonly target: PciFunction;
  readonly bar: number;
}

export class Decoder {
  readonly #io: boolean;
  #windows: Window[] = [];
  #last: Window | undefined;

  /** A decoder for I/O ports or for memory. */
  constructor(io: boolean) {
    this.#io = io;
  }

  rebuild(functions: readonly PciFunction[]): void {
    this.#windows = [];
    this.#last = undefined;
    for (const target of functions) {
      for (const [bar, state] of target.config.bars.entries()) {
        if (state === undefined || (state.kind === "io") !== this.#io) continue;
        const base = target.barAddress(bar);
        if (base >= 0) this.#windows.push({ base: base | 0, size: state.size, target, bar });
      }
    }
  }

  read(address: number, width: number): number {
    const window = this.#find(address);
    return window === undefined
      ? allOnes(width)
      : window.target.barRead(window.bar, (address - window.base) | 0, width);
  }

  write(address: number, width: number, value: number): void {
    const window = this.#find(address);
    if (window !== undefined) window.target.barWrite(window.bar, (address - window.base) | 0, width, value);
  }

  #find(address: number): Window | undefined {
    const last = this.#last;
    if (last !== undefined && (address - last.base) >>> 0 < last.size) return last;
    for (const window of this.#windows) {
      if ((address - window.base) >>> 0 < window.size) return (this.#last = window);
    }
    return undefined;
  }
}
