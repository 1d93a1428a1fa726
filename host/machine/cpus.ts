// The CPUs besides the first, as the machine sees them: a thread each.

import { Worker } from "node:worker_threads";
import * as map from "../../assembly/arch/wasm/memory.ts";
import type { RealClock } from "./clock.ts";
import { CpuMailbox } from "./cpu-mailbox.ts";
import type { CpuOrder } from "./cpu-orders.ts";
import { KernelPanic } from "./faults.ts";
import type { SharedWords } from "./words.ts";

/** In CPU_IDLE of CPU 0 instead of 1: its thread sleeps on IRQ_RAISED, and needs no message. */
export const CPU_LINGERS = 2;
const LINGER_MS = 0.2;

/** What a thread begins with. */
export interface CpuStart {
  readonly cpu: number;
  readonly memory: WebAssembly.Memory;
  /** kpi.wasm. */
  readonly image: Uint8Array<ArrayBuffer>;
  readonly mailbox: SharedArrayBuffer;
  readonly clockEpoch: number;
}

/** What a thread says: it is idle for the first time; it wants a call served or CPU 0 woken; a trap killed a task; it has
 *  stopped for good. */
export type CpuWord =
  | { readonly kind: "up" }
  | { readonly kind: "bell" }
  | { readonly kind: "oops" }
  | { readonly kind: "fatal"; readonly panic: boolean; readonly text: string };

export interface CpuHooks {
  /** CPU 0 has something to look at. */
  kick(): void;
  oops(): void;
  /** A CPU has failed, or what it asked for: the machine stops. */
  fatal(error: Error): void;
}

/** One further CPU. */
class Cpu {
  readonly #worker: Worker;
  readonly #mailbox = new CpuMailbox();
  readonly #words: SharedWords;
  readonly #raised: number;
  #orders = 0;
  readonly number: number;
  /** Resolves when it is up. */
  readonly up: Promise<void>;

  constructor(start: Omit<CpuStart, "mailbox">, words: SharedWords, hooks: CpuHooks, bell: () => void) {
    this.#words = words;
    this.number = start.cpu;
    this.#raised = map.IRQ_RAISED + start.cpu * map.CPU_AREA_BYTES;
    const file = import.meta.url.endsWith(".ts") ? "./cpu-thread.ts" : "./cpu-thread.js";
    const workerData: CpuStart = { ...start, mailbox: this.#mailbox.buffer };
    this.#worker = new Worker(new URL(file, import.meta.url), { workerData, stdin: false });
    this.up = new Promise((resolve) => {
      this.#worker.on("message", (word: CpuWord) => {
        if (word.kind === "up") resolve();
        else if (word.kind === "bell") bell();
        else if (word.kind === "oops") hooks.oops();
        else hooks.fatal(word.panic ? new KernelPanic() : new Error(`CPU ${start.cpu}: ${word.text}`));
      });
    });
    this.#worker.on("error", (error) => hooks.fatal(error instanceof Error ? error : new Error(String(error))));
  }

  serve(imports: WebAssembly.ModuleImports): void {
    this.#mailbox.serve(imports);
  }

  /** Has it look at what there is. */
  wake(): void {
    this.#words.storeU32(this.#raised, 1);
    this.#words.notify(this.#raised);
  }

  order(order: CpuOrder): Promise<void> {
    this.#worker.postMessage(order);
    this.wake();
    return this.#mailbox.untilDone(++this.#orders);
  }

  stop(): void {
    // The watchdog looks away from an idle CPU.
    this.#words.setU32(map.CPU_IDLE + this.number * map.CPU_AREA_BYTES, 1);
    void this.#worker.terminate();
  }
}

export class Cpus {
  readonly #words: SharedWords;
  readonly #imports: WebAssembly.ModuleImports;
  readonly #hooks: CpuHooks;
  readonly #cpus: Cpu[] = [];
  /** What was ordered and not yet waited for. */
  #orders: Promise<void>[] = [];

  /** `imports` are the host functions of CPU 0. */
  constructor(words: SharedWords, imports: WebAssembly.ModuleImports, hooks: CpuHooks) {
    this.#words = words;
    this.#imports = imports;
    this.#hooks = hooks;
  }

  /** Starts a CPU that the core has prepared; resolves when it is up. */
  async start(
    cpu: number,
    memory: WebAssembly.Memory,
    image: Uint8Array<ArrayBuffer>,
    clock: RealClock,
  ): Promise<void> {
    const start = { cpu, memory, image, clockEpoch: clock.epoch };
    const started = new Cpu(start, this.#words, this.#hooks, this.#bell);
    this.#cpus.push(started);
    await started.up;
  }

  readonly #bell = (): void => {
    this.serve();
    this.#hooks.kick();
  };

  /** Does what the other CPUs wait for. */
  serve(): void {
    try {
      for (const cpu of this.#cpus) cpu.serve(this.#imports);
    } catch (error) {
      this.#hooks.fatal(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** CPU 0 is idle. Its thread sleeps for a moment, where others reach it ten times as fast as through the event loop. */
  linger(): void {
    Atomics.store(this.#words.words, map.CPU_IDLE >>> 2, CPU_LINGERS);
    // Also woken for what is not in the word: a call to be served.
    Atomics.wait(this.#words.words, map.IRQ_RAISED >>> 2, 0, LINGER_MS);
    Atomics.store(this.#words.words, map.CPU_IDLE >>> 2, 1);
    this.serve();
  }

  /** Has every CPU do what CPU 0 has done. */
  order(orderFor: (cpu: number) => CpuOrder): void {
    for (const cpu of this.#cpus) this.#orders.push(cpu.order(orderFor(cpu.number)));
  }

  /** Resolves when all that was ordered is done. */
  async settle(): Promise<void> {
    const orders = this.#orders;
    this.#orders = [];
    await Promise.all(orders);
  }

  /** Has them see HOST_STOP. */
  wake(): void {
    for (const cpu of this.#cpus) cpu.wake();
  }

  stop(): void {
    for (const cpu of this.#cpus.splice(0)) cpu.stop();
  }
}
