// Images for boards, of the release core and modules that are built for these tests.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { buildCore } from "../../tools/build/core.ts";
import { kindFor, type Kind } from "../../tools/image/boards.ts";
import { memoryOf } from "../../tools/image/firmware.ts";
import type { ImageOptions } from "../../tools/image/image.ts";
import type { Driver } from "../../tools/image/link.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { RISCV_VIRT } from "./board.ts";

export const modules = mkdtempSync(join(tmpdir(), "kpi-board-modules-"));
after(() => rmSync(modules, { recursive: true }));
const { file: core } = await buildCore("release");

/** Builds modules that driver() finds then: sources, or names of fixtures. */
export async function build(...sources: string[]): Promise<void> {
  const files = sources.map((one) => (one.includes("/") ? one : join(repoRoot, `tests/fixtures/${one}.c`)));
  await buildModules({ sources: files, out: modules });
}

export const driver = (name: string, args = ""): Driver => ({ name, file: join(modules, `${name}.ko`), args });

/** `ramKiB`: what the board has, with what the firmware takes of it. */
export function options(drivers: readonly Driver[], ramKiB = 1024, wanted?: Kind, board = RISCV_VIRT): ImageOptions {
  const kind = kindFor(board, wanted);
  return { board: board.name, core, drivers, kind, memoryBytes: memoryOf(ramKiB << 10, kind), sequence: 1 };
}
