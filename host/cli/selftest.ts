// kpi selftest: the core's self-test, on the desktop or on a board. What it prints is the same wherever it runs.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildCore } from "../../tools/build/core.ts";
import { firmwareBoard, type Kind } from "../../tools/image/boards.ts";
import { VALUES_RAM } from "../../tools/image/firmware.ts";
import { readSlot } from "../../tools/image/slot.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { builtModules } from "../built-modules.ts";
import { KpiError } from "../error.ts";
import type { Flavour } from "../flavour.ts";
import { runOnEmulator } from "../ktest/emulated.ts";
import { Isolate } from "../ktest/isolate.ts";
import { formatResult, totals, type TestResult } from "../ktest/ktap.ts";
import { buildAndShow } from "./build.ts";
import { makeImage } from "./image.ts";
import { Interrupt } from "./interrupt.ts";

export interface SelftestOptions {
  board: string;
  /** Of the image, on a board that has one; default: machine code. */
  kind?: Kind;
  flavour: Flavour;
  timeout: number;
  json?: boolean;
}

/** A module like a user's own, in TypeScript, so that nothing but this package is needed to build it. */
const SOURCE = join(repoRoot, "selftest/selftest.ts");

const MEMORY_MIB = 64;
/** RAM of the board: a small one, and what values of interpreted code take beside that. */
const BOARD_KIB = 512;
const VALUES_KIB = VALUES_RAM >> 10;

interface Source {
  name: string;
  sha256: string;
}

interface Run {
  /** What has been tested: the core and the module. */
  sources: Source[];
  result: TestResult;
}

function source(file: string): Source {
  return { name: basename(file), sha256: createHash("sha256").update(readFileSync(file)).digest("hex") };
}

async function onDesktop(module: string, { flavour, timeout }: SelftestOptions): Promise<Run> {
  const core = await buildCore(flavour, true);
  using isolate = new Isolate();
  const result = await isolate.run(module, { flavour, memory: MEMORY_MIB, timeout });
  return { sources: [source(core.file), source(module)], result };
}

async function onBoard(module: string, { board, kind, timeout }: SelftestOptions): Promise<Run> {
  const ramKiB = kind === "WASM" ? BOARD_KIB + VALUES_KIB : BOARD_KIB;
  const image = await makeImage(board, [module], ramKiB, { kind });
  const interrupt = new Interrupt();
  try {
    const name = basename(module, ".ko");
    const result = await runOnEmulator({
      ...{ board: firmwareBoard(board), name, image, ramKiB, timeout },
      signal: interrupt.signal,
    });
    const sources = readSlot(image, name).sources.map((one) => ({
      name: one.name,
      sha256: one.sha256.toString("hex"),
    }));
    return { sources, result };
  } finally {
    interrupt.release();
  }
}

export async function selftest(options: SelftestOptions): Promise<number> {
  const desktop = options.board === "desktop";
  if (!desktop && options.flavour !== "release") {
    throw new KpiError("boards run the release flavour of the core; leave --flavour out", 2);
  }
  if (desktop && options.kind) throw new KpiError("the desktop runs no image: leave --kind out", 2);
  const { modules } = await buildAndShow({ sources: [SOURCE], out: builtModules.folder });
  const run = desktop ? onDesktop : onBoard;
  const { sources, result } = await run(modules[0]!.file, options);
  const { passed, failed, skipped } = totals([result]);
  const well = failed === 0 && passed > 0;
  if (options.json) {
    console.log(JSON.stringify({ exitCode: well ? 0 : 1, sources, totals: { passed, failed, skipped }, test: result }));
    return well ? 0 : 1;
  }
  const lines = [
    "KTAP version 1",
    ...sources.map(({ name, sha256 }) => `# ${name} sha256 ${sha256}`),
    "1..1",
    ...formatResult(result, 1),
    `# Totals: pass:${passed} fail:${failed} skip:${skipped} total:${passed + failed + skipped}`,
  ];
  for (const line of lines) console.log(line);
  return well ? 0 : 1;
}
