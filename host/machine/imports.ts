// The host ABI (assembly/arch/wasm/host.ts), implemented: every import of the core.

import * as map from "../../assembly/arch/wasm/memory.ts";
import type { BoardHardware } from "../../boards/board.ts";
import { FrameViews } from "../../boards/links/frame-buffer.ts";
import { captureStack, wasmFrames } from "./backtrace.ts";
import type { CodeMap } from "./code-map.ts";
import { busImports } from "./bus.ts";
import { WINDOW_NS, type MachineClock } from "./clock.ts";
import type { Contexts } from "./contexts.ts";
import { KernelPanic, PowerLost, TaskExit } from "./faults.ts";
import type { Idle } from "./idle.ts";
import type { MemoryText } from "./memory-text.ts";
import type { SharedWords } from "./words.ts";

/** Interrupt windows between two polls of the host. */
export const POLL_WINDOWS = 64;

export interface ImportServices {
  board: BoardHardware;
  clock: MachineClock;
  words: SharedWords;
  code: CodeMap;
  contexts: Contexts;
  idle: Idle;
  /** Ends the idle wait of CPU `cpu`, whose IRQ_RAISED is set. */
  kick(cpu: number): void;
  /** Does what other CPUs wait for. */
  serveCpus(): void;
  /** Whether the power went long enough ago for every task to have let go of the CPU. */
  powerLost(): boolean;
  /** Whether the code that runs may be suspended; false in a call that the host makes between tasks. */
  mayYield(): boolean;
  log(level: number, text: string): void;
  symbolName(slot: number): string | undefined;
  random(bytes: Uint8Array): void;
  netReceive(ifindex: number, frame: Uint8Array): boolean;
  netRoom(ring: number): void;
  netEvent(ifindex: number, event: number): void;
}

export function hostImports(services: ImportServices, text: MemoryText): WebAssembly.ModuleImports {
  const { board, clock, words, contexts, idle } = services;
  const { bytes } = text;
  // Where the core has received frames; it says so with the first.
  let frames = new FrameViews(bytes, 0);

  const syncClock = (): void => clock.store(words);

  return {
    cpu_kick: (cpu: number): void => services.kick(cpu),
    relax: (): void => words.doze(),
    task_park: new WebAssembly.Suspending(contexts.park),
    task_exit: (): never => {
      throw new TaskExit();
    },
    yield_: new WebAssembly.Suspending(contexts.turn),
    idle: idle.idle,
    wait: new WebAssembly.Suspending(idle.wait),
    poll: (): number => {
      if (services.powerLost()) throw new PowerLost();
      clock.charge(POLL_WINDOWS * WINDOW_NS);
      clock.run();
      services.serveCpus();
      board.poll?.();
      words.setU32(map.POLL_BUDGET, POLL_WINDOWS);
      syncClock();
      return contexts.step() && services.mayYield() ? 1 : 0;
    },
    clock: syncClock,
    delay: (ns: number): void => {
      // What was written to a device happens before the wait, not after it.
      board.poll?.();
      clock.delay(ns >>> 0);
      board.poll?.();
      syncClock();
    },
    ...busImports(board, clock, words),
    console: (level: number, address: number, length: number): void => services.log(level, text.read(address, length)),
    panic: (): never => {
      throw new KernelPanic();
    },
    backtrace: (buffer: number, size: number): number =>
      text.write(wasmFrames(captureStack(), services.code).join("\n"), buffer, size),
    task_backtrace: (task: number, buffer: number, size: number): number =>
      text.write(wasmFrames(contexts.stackOf(task >>> 0), services.code).join("\n"), buffer, size),
    symbol: (slot: number, buffer: number, size: number): number =>
      text.write(services.symbolName(slot) ?? "", buffer, size),
    random: (buffer: number, length: number): void =>
      services.random(bytes.subarray(buffer >>> 0, (buffer >>> 0) + length)),
    net_rx: (ifindex: number, frame: number, length: number): number => {
      if (frame !== frames.start) frames = new FrameViews(bytes, frame);
      return services.netReceive(ifindex, frames.view(length)) ? 1 : 0;
    },
    net_room: (ring: number): void => services.netRoom(ring >>> 0),
    net_event: (ifindex: number, event: number): void => services.netEvent(ifindex, event),
  };
}
