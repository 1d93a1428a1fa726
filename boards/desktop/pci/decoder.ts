// Which function answers an address: the enabled base addresses as a flat table, rebuilt when one of them moves.
// Accesses come in runs to one device, so the last hit is tried first; nothing is allocated per access.
import { allOnes, barRegister } from "./config-space.ts";
import type { PciFunction } from "./function.ts";

interface Window {
  /** As a signed number: what is above 2^31 would be boxed. */
  readonly base: number;
  readonly size: number;
  readonly target: PciFunction;
  readonly bar: number;
}

const NONE = -1;

/** What is said of an access that nobody answers although the address is somebody's. */
export type Report = (message: string) => void;

export class Decoder {
  readonly #io: boolean;
  readonly #report: Report;
  #windows: Window[] = [];
  /** Base addresses that do not decode: an access is a driver's mistake, and said once. */
  #silent: Window[] = [];
  readonly #said = new Set<PciFunction>();
  #last: Window | undefined;

  /** A decoder for I/O ports or for memory. */
  constructor(io: boolean, report: Report = () => {}) {
    this.#io = io;
    this.#report = report;
  }

  rebuild(functions: readonly PciFunction[]): void {
    this.#windows = [];
    this.#silent = [];
    this.#last = undefined;
    for (const target of functions) {
      for (const [bar, state] of target.config.bars.entries()) {
        if (state === undefined || (state.kind === "io") !== this.#io) continue;
        const base = target.config.barAddress(bar);
        if (base === NONE) continue;
        const silent = target.silence(bar) !== undefined;
        if (!silent) this.#said.delete(target);
        (silent ? this.#silent : this.#windows).push({ base: base | 0, size: state.size, target, bar });
      }
    }
  }

  read(address: number, width: number): number {
    const window = this.#find(address);
    if (window !== undefined) return window.target.barRead(window.bar, (address - window.base) | 0, width);
    this.#missed(address, "read of");
    return allOnes(width);
  }

  write(address: number, width: number, value: number): void {
    const window = this.#find(address);
    if (window !== undefined) window.target.barWrite(window.bar, (address - window.base) | 0, width, value);
    else this.#missed(address, "write to");
  }

  #missed(address: number, verb: string): void {
    for (const { base, size, target, bar } of this.#silent) {
      if ((address - base) >>> 0 >= size || this.#said.has(target)) continue;
      this.#said.add(target);
      const name = barRegister(bar) < 0x30 ? `BAR ${bar}` : "the expansion ROM";
      const offset = ((address - base) >>> 0).toString(16);
      this.#report(`pci: ${target.id}: ${verb} ${name} at 0x${offset}: ${target.silence(bar)}`);
    }
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
