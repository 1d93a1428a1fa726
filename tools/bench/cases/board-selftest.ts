// The self-test on each board: what it takes of flash and RAM, and how many instructions from reset to its end.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { KpiError } from "../../../host/error.ts";
import { buildCore } from "../../build/core.ts";
import { FIRMWARE_BOARDS, firmwareBoard, kindsOf, type FirmwareBoard, type Kind } from "../../image/boards.ts";
import { cachedImage } from "../../image/cache.ts";
import { memoryOf, VALUES_RAM } from "../../image/firmware.ts";
import { buildModules } from "../../kbuild/build.ts";
import { unless, type Need } from "../../lab/requirements.ts";
import { repoRoot } from "../../setup/paths.mjs";
import type { FactCase } from "../bench.ts";
import { BenchMachine } from "../board/machine.ts";
import { sizes, type Fact } from "../board/sizes.ts";

/** As kpi selftest has it. */
const RAM_KIB = 512;
const VALUES_KIB = VALUES_RAM >> 10;

const folder = join(repoRoot, "build/bench");

async function measured(board: FirmwareBoard, kind: Kind): Promise<Fact[]> {
  mkdirSync(folder, { recursive: true });
  await buildModules({ sources: [join(repoRoot, "selftest/selftest.ts")], out: folder });
  const drivers = [{ name: "selftest", file: join(folder, "selftest.ko"), args: "" }];
  const { file: core } = await buildCore("release");
  const ramKiB = kind === "WASM" ? RAM_KIB + VALUES_KIB : RAM_KIB;
  const memoryBytes = memoryOf(ramKiB << 10, kind);
  const image = await cachedImage({ board: board.name, core, drivers, kind, memoryBytes, sequence: 1 });
  const machine = new BenchMachine(image, ramKiB, true);
  try {
    await machine.ready();
    const value = await machine.instructions();
    return [...sizes(image, ramKiB, "core and self-test"), { name: "instructions: reset to its end", unit: "", value }];
  } finally {
    await machine.stop();
  }
}

export const boardSelftest: FactCase = {
  name: "board selftest",
  async facts() {
    const rows: Fact[] = [];
    for (const name of FIRMWARE_BOARDS) {
      const board = firmwareBoard(name);
      const why = unless(`${board.prefix}gcc` as Need, board.emulation.program);
      if (why !== false) rows.push({ name, missing: why });
      for (const kind of why === false ? kindsOf(board) : []) {
        const named = (fact: Fact): Fact => ({ ...fact, name: `${name}, ${kind}: ${fact.name}` });
        try {
          rows.push(...(await measured(board, kind)).map(named));
        } catch (error) {
          if (!(error instanceof KpiError)) throw error;
          rows.push(named({ name: "image", missing: error.message }));
        }
      }
    }
    return rows;
  },
};
