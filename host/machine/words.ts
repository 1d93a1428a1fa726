// The words of linear memory that core and host share (assembly/arch/wasm/memory.ts), under their names.

import * as map from "../../assembly/arch/wasm/memory.ts";

/** As short as operating systems sleep. */
const DOZE_MS = 0.02;

const TWO32 = 0x1_0000_0000;

export class SharedWords {
  readonly words: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory: WebAssembly.Memory) {
    this.words = new Int32Array(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }

  u32(address: number): number {
    return this.words[address >>> 2] >>> 0;
  }

  setU32(address: number, value: number): void {
    this.words[address >>> 2] = value;
  }

  /** An ordered store: what was written before is seen by whoever sees this. */
  storeU32(address: number, value: number): void {
    Atomics.store(this.words, address >>> 2, value);
  }

  /** Wakes who waits for a change of the word. */
  notify(address: number): void {
    Atomics.notify(this.words, address >>> 2);
  }

  /** The thread sleeps for a moment. The null page does not change. */
  doze(): void {
    Atomics.wait(this.words, 0, 0, DOZE_MS);
  }

  /** A u64 as a number: exact to 2^53; all ones becomes Infinity. */
  u64(address: number): number {
    const low = this.u32(address);
    const high = this.u32(address + 4);
    return low === 0xffffffff && high === 0xffffffff ? Infinity : high * TWO32 + low;
  }

  /** `value` is whole and at most 2^53. Not by `%`, which is slow for doubles: each device access sets the clock. */
  setU64(address: number, value: number): void {
    const high = Math.floor(value / TWO32);
    this.words[address >>> 2] = value - high * TWO32;
    this.words[(address >>> 2) + 1] = high;
  }

  level(vector: number, asserted: boolean): void {
    const index = (map.IRQ_LEVEL >>> 2) + (vector >>> 5);
    const bit = 1 << (vector & 31);
    if (asserted) {
      Atomics.or(this.words, index, bit);
      this.#raise(vector);
    } else {
      Atomics.and(this.words, index, ~bit);
    }
  }

  /** Has CPU 0 poll the host where it enables interrupts. */
  askForPoll(): void {
    if (this.words[map.IRQS_OFF >>> 2] === 0) return;
    this.words[map.HOST_ASKS >>> 2] = 1;
    Atomics.store(this.words, map.IRQ_RAISED >>> 2, 1);
  }

  edge(vector: number): void {
    Atomics.or(this.words, (map.IRQ_EDGE >>> 2) + (vector >>> 5), 1 << (vector & 31));
    this.#raise(vector);
  }

  /** The vector's CPU has something to look at. CPU 0 is told by whoever calls; others wait for the word itself. */
  #raise(vector: number): void {
    const cpu = Atomics.load(this.#bytes, map.IRQ_TARGET + vector);
    const word = (map.IRQ_RAISED + cpu * map.CPU_AREA_BYTES) >>> 2;
    Atomics.store(this.words, word, 1);
    if (cpu !== 0) Atomics.notify(this.words, word);
  }
}
