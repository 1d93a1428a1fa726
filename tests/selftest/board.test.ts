// What the self-test on a board says when something is wrong there.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runOnEmulator } from "../../host/ktest/emulated.ts";
import type { TestResult } from "../../host/ktest/ktap.ts";
import { buildCore } from "../../tools/build/core.ts";
import { cachedImage } from "../../tools/image/cache.ts";
import { memoryOf } from "../../tools/image/firmware.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { RISCV_VIRT as board, SKIP as skip } from "../firmware/board.ts";
import { rewired } from "./rewire.ts";

const folder = mkdtempSync(join(tmpdir(), "kpi-selftest-"));
after(() => rmSync(folder, { recursive: true }));
const fixture = (name: string): string => join(repoRoot, `tests/fixtures/${name}.c`);
await buildModules({ sources: ["saboteur", "last_init", "fail_init"].map(fixture), out: folder });
await buildModules({ sources: [join(repoRoot, "selftest/selftest.ts")], out: folder });
const { file: core } = await buildCore("release");

const RAM_KIB = 1024;

async function run(names: readonly string[], args = "", timeout = 600): Promise<TestResult> {
  const drivers = names.map((name) => ({ name, file: join(folder, `${name}.ko`), args }));
  return runOnEmulator({
    board,
    name: names.at(-1)!,
    image: await cachedImage({
      board: board.name,
      core,
      drivers,
      kind: "WASM",
      memoryBytes: memoryOf(RAM_KIB << 10, "WASM"),
      sequence: 0,
    }),
    ramKiB: RAM_KIB,
    timeout,
    signal: new AbortController().signal,
  });
}

test("a core that is broken fails the case that is there for it, and no other", { skip }, async () => {
  const names = { down_timeout: "down_timeout_hasty" };
  writeFileSync(join(folder, "sabotaged.ko"), rewired(readFileSync(join(folder, "selftest.ko")), names));
  const { outcome, subtests } = await run(["saboteur", "sabotaged"]);
  const failed = subtests.flatMap((suite) => suite.subtests.filter((one) => one.outcome === "not ok"));
  assert.equal(outcome, "not ok");
  assert.deepEqual(
    failed.map(({ name, diagnostics }) => [name, diagnostics]),
    [["semaphore_counts", ["# down_timeout has not waited"]]],
  );
});

test("a module that is refused, and one that never ends", { skip }, async () => {
  const refused = await run(["fail_init"]);
  assert.deepEqual([refused.outcome, refused.reason], ["not ok", "could not load fail_init: error 19"]);
  const spins = await run(["last_init"], "", 3);
  assert.deepEqual([spins.outcome, spins.reason], ["not ok", "it has not come to its end after 3 s"]);
});

test("a board that stops before its end", { skip }, async () => {
  const { outcome, reason } = await run(["last_init"], "panics=1");
  assert.deepEqual([outcome, reason], ["not ok", "the board stopped before it came to its end"]);
});
