// The modules that targets load, built when the first one asks (from the cache, if it has them).

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { buildModules } from "../../tools/kbuild/build.ts";

const SOURCES = [
  "drivers/net/mii.c",
  "drivers/net/ethernet/realtek/8139cp.c",
  "drivers/net/ethernet/realtek/8139too.c",
  "drivers/net/ethernet/intel/e1000",
  ...["params", "param_types"].map((name) => join(repoRoot, `tests/fixtures/${name}.c`)),
];

async function build(): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), "kpi-fuzz-"));
  process.once("exit", () => rmSync(out, { recursive: true, force: true }));
  await buildModules({ sources: SOURCES, out });
  return out;
}

let building: Promise<string> | undefined;

/** The folder they are in. */
export function modulesFolder(): Promise<string> {
  return (building ??= build());
}

export async function moduleBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(readFileSync(join(await modulesFolder(), `${name}.ko`)));
}
