// Whole runs in one process: fixture modules built once, a board with an RTL8139, everything it says collected.

import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { after, afterEach } from "node:test";
import { createBoard, parseDeviceSpec, type DesktopBoard, type DesktopOptions } from "../../boards/index.ts";
import { Console } from "../../host/console/console.ts";
import type { Flavour } from "../../host/flavour.ts";
import { System } from "../../host/system.ts";
import { ModuleStore } from "../../host/loader/store.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { buildModules } from "../../tools/kbuild/build.ts";

const out = mkdtempSync(join(tmpdir(), "kpi-modules-"));
after(() => rmSync(out, { recursive: true, force: true }));

const fixtures = join(repoRoot, "tests/fixtures");
const sources = [
  "drivers/net/dummy.c",
  "drivers/net/mii.c",
  "drivers/net/veth.c",
  "net/8021q",
  "drivers/net/ethernet/realtek/8139cp.c",
  "drivers/net/ethernet/realtek/8139too.c",
  "drivers/net/ethernet/intel/e1000",
  ...readdirSync(fixtures)
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(fixtures, name)),
];
await buildModules({ sources, out });

/** Where modules are looked for: a test may build more of them there. */
export const modulesFolder = out;

/** The file of a module that the harness has built. */
export function moduleFile(name: string): string {
  return join(out, `${name}.ko`);
}

export interface Run {
  system: System;
  board: DesktopBoard;
  /** Set by a test whose driver is at fault: else a report of the debug flavour's detectors fails it. */
  bugsExpected: boolean;
  /** Everything printed: the kernel's log and the console's output, in order. */
  lines: string[];
  /** Runs console commands; returns what they printed, the log's lines among it. */
  run(line: string): Promise<string[]>;
}

/** What the test that runs has booted. */
const runs: Run[] = [];
afterEach(() => {
  for (const { system, bugsExpected, lines } of runs.splice(0)) {
    if (!bugsExpected) assert.equal(system.machine.bugs, 0, lines.join("\n"));
  }
});

export async function boot(
  devices = ["rtl8139"],
  flavour: Flavour = "debug",
  options: DesktopOptions = {},
  virtualClock = true,
): Promise<Run> {
  const lines: string[] = [];
  const board = createBoard("desktop", devices.map(parseDeviceSpec), options);
  const system = await System.boot({
    board,
    flavour,
    memoryMiB: 64,
    virtualClock,
    logLevel: 7,
    modules: new ModuleStore(out),
    onLog: (line) => lines.push(line),
  });
  const shell = new Console(system, (line) => lines.push(line));
  const own: Run = {
    system,
    board,
    bugsExpected: false,
    lines,
    async run(line) {
      const before = lines.length;
      await shell.run(line);
      return lines.slice(before);
    },
  };
  runs.push(own);
  return own;
}

/** A log line without its time. */
export function untimed(line: string): string {
  return line.replace(/^\[ *\d+\.\d+\] /, "");
}

interface Memory {
  objects: number;
  bytes: number;
  freePages: number;
}

/** Pages that the allocators of the debug flavour, where nothing freed is given out at once, keep more or fewer of. */
const KEPT_PAGES = 8;

/** Nothing has been left behind since memoryOf() gave `before`. */
export function assertMemoryIs(own: Run, before: Memory): void {
  const now = memoryOf(own);
  assert.deepEqual({ ...now, freePages: 0 }, { ...before, freePages: 0 });
  assert.ok(
    Math.abs(now.freePages - before.freePages) <= KEPT_PAGES,
    `${now.freePages} pages are free, ${before.freePages} were`,
  );
}

/** What the core's allocators have given out: to compare before and after. */
export function memoryOf({ system: { machine } }: Run): Memory {
  const ask = (name: string): number => {
    const symbol = machine.core.symbol(name);
    if (symbol?.kind !== "function") throw new Error(`the core has no function ${name}`);
    return machine.hostCall(() => symbol.value());
  };
  return {
    objects: ask("kpi_kmem_live_objects"),
    bytes: ask("kpi_kmem_live_bytes"),
    freePages: ask("kpi_nr_free_pages"),
  };
}
