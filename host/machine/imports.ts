// The host ABI (assembly/arch/wasm/host.ts), implemented: every import of the core.

import * as map from "../../assembly/arch/wasm/memory.ts";
import type { Board } from "../../boards/board.ts";
import { captureStack, wasmFrames } from "./backtrace.ts";
import type { CodeMap } from "./code-map.ts";
import { ACCESS_NS, WINDOW_NS, type MachineClock } from "./clock.ts";
import type { Contexts } from "./contexts.ts";
import { KernelPanic, boardFault } from "./faults.ts";
import type { Idle } from "./idle.ts";
import type { SharedWords } from "./words.ts";

/** Interrupt windows between two polls of the host. */
const POLL_WINDOWS = 64;

export interface ImportServices {
  board: Board;
  clock: MachineClock;
  words: SharedWords;
  code: CodeMap;
  contexts: Contexts;
  idle: Idle;
  /** Whether the code that runs may be suspended; false in a call that the host makes between tasks. */
  mayYield(): boolean;
  log(level: number, text: string): void;
  symbolName(slot: number): string | undefined;
  random(bytes: Uint8Array): void;
  netReceive(ifindex: number, frame: Uint8Array): void;
  netEvent(ifindex: number, event: number): void;
}

/** UTF-8 in and out of shared memory; TextDecoder refuses shared views, so text is copied first. */
export class MemoryText {
  readonly bytes: Uint8Array;
  #encoder = new TextEncoder();
  #decoder = new TextDecoder();

  constructor(memory: WebAssembly.Memory) {
    this.bytes = new Uint8Array(memory.buffer);
  }

  read(address: number, length: number): string {
    return this.#decoder.decode(this.bytes.slice(address >>> 0, (address >>> 0) + length));
  }

  readCString(address: number, limit = 4096): string {
    const start = address >>> 0;
    const end = this.bytes.indexOf(0, start);
    return this.read(start, Math.min(limit, end < 0 ? 0 : end - start));
  }

  /** Writes as much of `text` as fits and returns the number of bytes, without a NUL. */
  write(text: string, address: number, size: number): number {
    const encoded = this.#encoder.encode(text).subarray(0, size);
    this.bytes.set(encoded, address >>> 0);
    return encoded.length;
  }
}

export function hostImports(services: ImportServices, text: MemoryText): WebAssembly.ModuleImports {
  const { board, clock, words, contexts, idle } = services;
  const { bytes } = text;

  const syncClock = (): void => words.setU64(map.CLOCK_NS, clock.now());

  /** A device access: the virtual clock charges it, and what the board throws is the board's fault. */
  const access = <Args extends number[], R>(operation: (...args: Args) => R) => (...args: Args): R => {
    try {
      clock.charge(ACCESS_NS);
      return operation(...args);
    } catch (error) {
      throw boardFault(error);
    } finally {
      if (clock.virtual) syncClock();
    }
  };

  return {
    task_park: new WebAssembly.Suspending(contexts.park),
    yield_: new WebAssembly.Suspending(contexts.turn),
    idle: new WebAssembly.Suspending(idle.wait),
    poll: (): number => {
      clock.charge(POLL_WINDOWS * WINDOW_NS);
      clock.run();
      words.setU32(map.POLL_BUDGET, POLL_WINDOWS);
      syncClock();
      return contexts.step() && services.mayYield() ? 1 : 0;
    },
    clock: syncClock,
    delay: (ns: number): void => {
      clock.delay(ns >>> 0);
      syncClock();
    },
    mmio_read: access((address, width) => board.mmioRead(address >>> 0, width)),
    mmio_write: access((address, width, value) => board.mmioWrite(address >>> 0, width, value >>> 0)),
    port_read: access((port, width) => board.portRead(port >>> 0, width)),
    port_write: access((port, width, value) => board.portWrite(port >>> 0, width, value >>> 0)),
    pci_read: access((bdf, where, width) => board.pciRead(bdf, where, width)),
    pci_write: access((bdf, where, width, value) => board.pciWrite(bdf, where, width, value >>> 0)),
    console: (level: number, address: number, length: number): void => services.log(level, text.read(address, length)),
    panic: (): never => {
      throw new KernelPanic();
    },
    backtrace: (buffer: number, size: number): number => text.write(wasmFrames(captureStack(), services.code).join("\n"), buffer, size),
    symbol: (slot: number, buffer: number, size: number): number =>
      text.write(services.symbolName(slot) ?? "", buffer, size),
    random: (buffer: number, length: number): void =>
      services.random(bytes.subarray(buffer >>> 0, (buffer >>> 0) + length)),
    net_rx: (ifindex: number, frame: number, length: number): void =>
      services.netReceive(ifindex, bytes.subarray(frame >>> 0, (frame >>> 0) + length)),
    net_event: (ifindex: number, event: number): void => services.netEvent(ifindex, event),
  };
}
