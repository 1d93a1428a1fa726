// Boards of several CPUs, and the modules that are run on them.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { createBoard, parseDeviceSpec } from "../../boards/index.ts";
import { Console } from "../../host/console/console.ts";
import type { Flavour } from "../../host/flavour.ts";
import { ModuleStore } from "../../host/loader/store.ts";
import { System } from "../../host/system.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";

const out = mkdtempSync(join(tmpdir(), "kpi-cpus-"));
after(() => rmSync(out, { recursive: true, force: true }));

/** Builds modules of tests/cpus/modules, and drivers by their files. */
export async function build(...names: string[]): Promise<void> {
  const sources = names.map((name) =>
    name.startsWith("drivers/") ? name : join(repoRoot, "tests/cpus/modules", `${name}.c`),
  );
  await buildModules({ sources, out });
}

/** The file of a module that was built. */
export function moduleFile(name: string): string {
  return join(out, `${name}.ko`);
}

export interface Cpus {
  system: System;
  /** The kernel's log and the console's output, in order. */
  lines: string[];
  /** Set by a test that wants reports of the core: else they fail it. */
  expected: boolean;
  /** Runs console commands; returns what was printed meanwhile. */
  run(line: string): Promise<string[]>;
}

/** Boards that no test has shut down: it failed. */
const on = new Set<System>();
after(async () => {
  for (const system of on) await system.shutdown();
});

export async function bootCpus(cpus: number, flavour: Flavour = "release", devices: string[] = []): Promise<Cpus> {
  const lines: string[] = [];
  const system = await System.boot({
    board: createBoard("desktop", devices.map(parseDeviceSpec)),
    flavour,
    memoryMiB: 64,
    cpus,
    virtualClock: false,
    logLevel: 7,
    modules: new ModuleStore(out),
    onLog: (line) => lines.push(line),
    // A loaded machine may keep a thread waiting for long.
    watchdogMs: 600_000,
  });
  on.add(system);
  const shell = new Console(system, (text) => lines.push(...text.split("\n")));
  return {
    system,
    lines,
    expected: false,
    run: async (line) => {
      const from = lines.length;
      await shell.run(line);
      return lines.slice(from);
    },
  };
}

/** Objects that the slab allocator has given out. */
export function liveObjects({ system: { machine } }: Cpus): number {
  const symbol = machine.core.symbol("kpi_kmem_live_objects");
  if (symbol?.kind !== "function") throw new Error("the core does not count its objects");
  return machine.hostCall(() => symbol.value());
}

/** Loads a module, which runs its test in its init, and unloads it; asserts that it did all and that nothing was wrong. */
export async function passes(board: Cpus, module: string, cpus: number, count: number, test?: string): Promise<void> {
  const name = test ?? module.replace("smp_", "");
  const from = board.lines.length;
  const said = await verdict(board, module, cpus, count, test);
  const well = `${module}: ${name}: ${cpus} CPUs, ${Math.floor(count / cpus) * cpus} operations, 0 wrong`;
  assert.ok(said.endsWith(well), board.lines.slice(from, from + 40).join("\n"));
}

/** What a module says of its test. */
export async function verdict(
  board: Cpus,
  module: string,
  cpus: number,
  count: number,
  ...more: (string | undefined)[]
): Promise<string> {
  const [test, ...params] = more;
  const words = [`cpus=${cpus}`, `count=${count}`, ...(test === undefined ? [] : [`test=${test}`]), ...params];
  const said = await board.run(`insmod ${module} ${words.join(" ")}; rmmod ${module}`);
  return said.find((line) => line.endsWith(" wrong")) ?? said.join("\n");
}

/** Powers the board off; fails the test if the core has reported anything. */
export async function shutDown({ system, lines, expected }: Cpus): Promise<void> {
  const { bugs, oopses } = system.machine;
  on.delete(system);
  await system.shutdown();
  if (!expected) assert.deepEqual({ bugs, oopses }, { bugs: 0, oopses: 0 }, lines.join("\n"));
}
