// A board of QEMU's for tests: its flash in a folder of the test's own, its console as text.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { FIRMWARE_BOARDS, firmwareBoard, kindsOf, type FirmwareBoard, type Kind } from "../../tools/image/boards.ts";
import { cachedFirmware } from "../../tools/image/cache.ts";
import { boardFiles, createSlots, emulate, type Emulator } from "../../tools/image/emulator.ts";
import { unless, type Need } from "../../tools/lab/requirements.ts";

/** Bounds every wait: far more than a loaded machine needs. */
const PATIENCE_MS = 180_000;

interface Tested {
  board: FirmwareBoard;
  kinds: readonly Kind[];
  /** Why it cannot be tested here. */
  skip: string | false;
}

/** Each board, for tests of what all of them do. */
export const BOARDS: readonly Tested[] = FIRMWARE_BOARDS.map((name) => {
  const board = firmwareBoard(name);
  const skip = unless(`${board.prefix}gcc` as Need, board.emulation.program);
  return { board, kinds: kindsOf(board), skip };
});

export const RISCV_VIRT = firmwareBoard("riscv-virt");

/** What tests of riscv-virt need. */
export const SKIP = BOARDS.find(({ board }) => board === RISCV_VIRT)!.skip;

export class TestBoard {
  readonly folder = mkdtempSync(join(tmpdir(), "kpi-board-"));
  readonly #options: Parameters<typeof emulate>[0];
  #emulator: Emulator | undefined;
  text = "";
  #waiters: (() => void)[] = [];

  constructor(slots: Buffer = Buffer.alloc(0), ramKiB = 4096, board = RISCV_VIRT) {
    const files = boardFiles(board, this.folder, cachedFirmware(board, ramKiB << 10).bytes);
    createSlots(board, files.slots, slots);
    this.#options = { board, files, ramKiB };
  }

  /** `serial`: as QEMU's -serial has it, for a line that is not the console of here. */
  on(args: readonly string[] = [], serial?: string): Emulator {
    this.text = "";
    const emulator = emulate({ ...this.#options, args, serial });
    this.#emulator = emulator;
    this.hear(emulator.line);
    return emulator;
  }

  /** What comes over a line is the console's. */
  hear(line: Readable): void {
    line.on("data", (chunk: Buffer) => {
      this.text += chunk.toString("latin1");
      for (const look of this.#waiters) look();
    });
  }

  /** Waits until the console has said `pattern`. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => done(() => reject(new Error(`never said ${pattern}:\n${this.text}`))),
        PATIENCE_MS,
      );
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.#waiters = this.#waiters.filter((one) => one !== look);
        settle();
      };
      const look = (): void => {
        const found = pattern.exec(this.text);
        if (found) done(() => resolve(found));
      };
      this.#waiters.push(look);
      look();
    });
  }

  async off(): Promise<void> {
    this.#emulator?.child.kill("SIGKILL");
    await this.#emulator?.ended;
    this.#emulator = undefined;
  }

  async remove(): Promise<void> {
    await this.off();
    rmSync(this.folder, { recursive: true });
  }
}
