// A board of QEMU's for tests: its flash in a folder of the test's own, its console as text.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachedFirmware } from "../../tools/image/cache.ts";
import { createFlash, emulate, type Emulator } from "../../tools/image/emulator.ts";
import { unless } from "../../tools/lab/requirements.ts";

/** Bounds every wait: far more than a loaded machine needs. */
const PATIENCE_MS = 180_000;
const RAM_KIB = 8192;

/** What tests of the board need. */
export const SKIP = unless("riscv64-unknown-elf-gcc", "qemu-system-riscv32");

export class TestBoard {
  readonly #folder = mkdtempSync(join(tmpdir(), "kpi-board-"));
  readonly slots = join(this.#folder, "slots");
  readonly #firmware = join(this.#folder, "firmware");
  readonly #ramKiB: number;
  #emulator: Emulator | undefined;
  text = "";
  #waiters: (() => void)[] = [];

  constructor(slots: Buffer = Buffer.alloc(0), ramKiB = RAM_KIB) {
    this.#ramKiB = ramKiB;
    createFlash(this.#firmware, cachedFirmware(ramKiB << 10).bytes);
    createFlash(this.slots, slots);
  }

  on(args: readonly string[] = []): Emulator {
    this.text = "";
    const emulator = emulate({ firmware: this.#firmware, slots: this.slots, ramKiB: this.#ramKiB, args });
    this.#emulator = emulator;
    emulator.line.on("data", (chunk: Buffer) => {
      this.text += chunk.toString("latin1");
      for (const look of this.#waiters) look();
    });
    return emulator;
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
    rmSync(this.#folder, { recursive: true });
  }
}
