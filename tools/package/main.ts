// What `npm pack` packs (its prepack): dist/, a tree like this one with JavaScript and declarations for TypeScript, the
// built core, and what builds of drivers read. Nothing in it is Linux's but layouts and constants.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildFlavours } from "../build/flavours.ts";
import { repoRoot } from "../setup/paths.mjs";

/** What is read at run time and no import leads to. */
const ASSETS = [
  "host/machine/stuck-time.mjs",
  "host/machine/watchdog-thread.mjs",
  "tools/kbuild/arch",
  "tools/kbuild/shadow",
  "tools/kbuild/config",
  "modules",
  "tools/setup/kpi.mjs",
  "tools/setup/setup.mjs",
  "boards/firmware",
  "boards/mps2-an385",
  "boards/riscv-virt",
  "build/symbols.json",
];

/** What asc reads when it compiles a driver in TypeScript; that of `kpi selftest` is one. */
const ASSEMBLY_SOURCES = ["driver", "selftest", "assembly/abi"];

const dist = join(repoRoot, "dist");

function compile(): void {
  const tsc = join(repoRoot, "node_modules/.bin/tsc");
  const { status } = spawnSync(tsc, ["-p", join(import.meta.dirname, "tsconfig.json")], { stdio: "inherit" });
  if (status !== 0) throw new Error("tsc has failed");
}

function copy(path: string, filter = (from: string): boolean => !from.endsWith(".ts")): void {
  mkdirSync(dirname(join(dist, path)), { recursive: true });
  cpSync(join(repoRoot, path), join(dist, path), { recursive: true, filter });
}

const images = await buildFlavours(true);
rmSync(dist, { recursive: true, force: true });
compile();
for (const path of ASSETS) copy(path);
for (const path of ASSEMBLY_SOURCES) copy(path, () => true);
for (const { file } of images) {
  const name = file.slice(repoRoot.length + 1);
  for (const path of [name, `${name}.names`]) copy(path);
}
