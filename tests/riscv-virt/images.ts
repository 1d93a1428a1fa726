// Images for the board, of the release core and modules that are built for these tests.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { buildCore } from "../../tools/build/core.ts";
import { memoryOf } from "../../tools/image/firmware.ts";
import type { ImageOptions } from "../../tools/image/image.ts";
import type { Driver } from "../../tools/image/link.ts";
import type { Kind } from "../../tools/image/slot.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";

export const modules = mkdtempSync(join(tmpdir(), "kpi-board-modules-"));
after(() => rmSync(modules, { recursive: true }));
const sources = [
  "drivers/net/ethernet/intel/e1000",
  join(repoRoot, "modules/lwip"),
  ...["trap_init", "spin_init", "arith"].map((name) => join(repoRoot, `tests/fixtures/${name}.c`)),
];
await buildModules({ sources, out: modules });
const { file: core } = await buildCore("release");

export const driver = (name: string, args = ""): Driver => ({ name, file: join(modules, `${name}.ko`), args });

/** With rings of so many descriptors. */
export const e1000 = (count: number): Driver => driver("e1000", `RxDescriptors=${count} TxDescriptors=${count}`);

/** `ramKiB`: what the board has, with what the firmware takes of it. */
export const options = (drivers: readonly Driver[], ramKiB = 1024, kind: Kind = "AOT-rv32"): ImageOptions => ({
  core,
  drivers,
  kind,
  memoryBytes: memoryOf(ramKiB << 10, kind),
  sequence: 1,
});
