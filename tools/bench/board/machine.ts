// An emulated board on the bench: its memory is readable from outside, and a host may be at the other end of its cable.

import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firmwareBoard } from "../../image/boards.ts";
import { cachedFirmware } from "../../image/cache.ts";
import { boardFiles, createSlots, emulate, type Emulator } from "../../image/emulator.ts";
import { readSlot } from "../../image/slot.ts";
import { crossToolSync } from "../../image/toolchain.ts";

const RETRY_MS = 20;
const READY = "kpi: ready";
/** Bounds what is never so slow. */
const PATIENCE_MS = 120_000;

/** What the CPU has done, in ns of its clock: under -icount with one instruction a nanosecond, instructions. */
interface CpuTime {
  readonly now: bigint;
  readonly idle: bigint;
}

export class BenchMachine {
  /** When it was started, performance.now(). */
  readonly started: number;
  readonly #folder: string;
  readonly #emulator: Emulator;
  readonly #cpuTime: number;
  readonly #monitor: string;
  #console = "";

  /** `counted`: one instruction takes a nanosecond of the board's clock. */
  constructor(slot: Buffer, ramKiB: number, counted: boolean, card: readonly string[] = []) {
    const folder = mkdtempSync(join(tmpdir(), "kpi-bench-"));
    this.#folder = folder;
    const board = firmwareBoard(readSlot(slot, "slot").board);
    const { elf, bytes } = cachedFirmware(board, ramKiB << 10);
    const files = boardFiles(board, folder, bytes);
    createSlots(board, files.slots, slot);
    const names = crossToolSync(board, "nm", [elf], { cwd: folder, what: "firmware" });
    this.#cpuTime = parseInt(/^([0-9a-f]+) \w cpu_time$/m.exec(names)![1]!, 16);
    this.#monitor = join(folder, "monitor");
    const monitor = ["-qmp", `unix:${this.#monitor},server=on,wait=off`];
    const args = [...card, ...monitor, ...(counted ? ["-icount", "shift=0"] : [])];
    this.started = performance.now();
    this.#emulator = emulate({ board, files, ramKiB, args });
    this.#emulator.line.on("data", (chunk: Buffer) => (this.#console += chunk.toString("latin1")));
  }

  /** Until all modules are loaded. */
  async ready(): Promise<void> {
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
      if (this.#console.includes(READY)) return;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    throw new Error("the board never comes to its end");
  }

  /** Instructions since reset, by then when the CPU last fell idle; on a machine that is counted. */
  async instructions(): Promise<number> {
    // What it has begun, it finishes; and what is read twice in a row was not being written.
    let last = -1n;
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      const { now, idle } = await this.#read();
      if (now - idle === last) return Number(last);
      last = now - idle;
    }
    throw new Error("the board is never idle");
  }

  async #read(): Promise<CpuTime> {
    const address = `0x${this.#cpuTime.toString(16)}`;
    const text = await humanCommand(this.#monitor, `xp /2xg ${address}`);
    const [now, idle] = [...text.matchAll(/ 0x([0-9a-f]{16})/g)].map((found) => BigInt(`0x${found[1]!}`));
    return { now: now!, idle: idle! };
  }

  async stop(): Promise<void> {
    this.#emulator.child.kill("SIGKILL");
    await this.#emulator.ended;
    rmSync(this.#folder, { recursive: true });
  }
}

/** A command of QEMU's human monitor, by way of QMP. */
function humanCommand(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = createConnection(path);
    let rest = "";
    const execute = (what: string, args?: object): void =>
      void socket.write(`${JSON.stringify({ execute: what, ...(args && { arguments: args }) })}\n`);
    socket.setEncoding("utf8").on("error", reject);
    socket.on("connect", () => {
      execute("qmp_capabilities");
      execute("human-monitor-command", { "command-line": command });
    });
    socket.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const { return: result } = JSON.parse(line) as { return?: unknown };
        if (typeof result !== "string") continue;
        socket.destroy();
        resolve(result);
      }
    });
  });
}
