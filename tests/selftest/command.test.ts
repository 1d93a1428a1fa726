// kpi selftest as a user meets it: the same text, byte for byte, on the desktop and on a board.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildCore } from "../../tools/build/core.ts";
import { buildFolder } from "../../tools/setup/paths.mjs";
import { kpi, refused } from "../cli/process.ts";
import { BOARDS } from "../firmware/board.ts";

const sha256 = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");
const selftest = join(buildFolder, "modules/selftest.ko");

/** Cases, of six suites; tests/selftest/sabotage.test.ts has their names. */
const CASES = 41;

const desktop = kpi("selftest");

test("six suites, with the hashes of what has run", async () => {
  const { code, out } = await desktop;
  assert.equal(code, 0, out);
  const [version, core, module, plan] = out.split("\n");
  assert.deepEqual(
    [version, core, module, plan],
    [
      "KTAP version 1",
      `# kpi.wasm sha256 ${sha256((await buildCore("release")).file)}`,
      `# selftest.ko sha256 ${sha256(selftest)}`,
      "1..1",
    ],
  );
  const suites = [...out.matchAll(/^    ok \d+ (.*)$/gm)].map(([, name]) => name);
  assert.deepEqual(suites, ["slab", "locks", "timers", "work", "irq", "dma"]);
  assert.match(out, new RegExp(`^ok 1 selftest\n# Totals: pass:${CASES} fail:0 skip:0 total:${CASES}\n$`, "m"));
});

for (const { board, kinds, skip } of BOARDS) {
  for (const kind of kinds) {
    test(`the same text on ${board.name}, as ${kind}`, { skip }, async () => {
      const there = await kpi("selftest", "--board", board.name, "--kind", kind);
      assert.deepEqual([there.code, there.out], [0, (await desktop).out]);
    });
  }
}

test("the core with checks finds nothing to complain about, and is another core", async () => {
  const release = await kpi("selftest", "--json");
  const debug = await kpi("selftest", "--json", "--flavour", "debug");
  assert.deepEqual([release.code, debug.code], [0, 0]);
  const [one, other] = [JSON.parse(release.out), JSON.parse(debug.out)];
  assert.deepEqual(one.totals, { passed: CASES, failed: 0, skipped: 0 });
  assert.deepEqual(other.test, one.test);
  assert.deepEqual(
    other.sources.map(({ name }: { name: string }) => name),
    ["kpi.debug.wasm", "selftest.ko"],
  );
  assert.notEqual(one.sources[0].sha256, other.sources[0].sha256);
  assert.equal(one.sources[1].sha256, other.sources[1].sha256);
});

test("what does not come to its end fails", async () => {
  const { code, out } = await kpi("selftest", "--timeout", "0.01");
  assert.equal(code, 1);
  assert.match(out, /^not ok 1 selftest # it has not come to its end after 0\.01 s$/m);
  assert.match(out, /^# Totals: pass:\d+ fail:[1-9]/m);
});

test("wrong uses end with 2 and one line", async () => {
  await refused(2, /unknown option '--frob'/, "selftest", "--frob");
  await refused(2, /Allowed choices are desktop, riscv-virt, mps2-an385/, "selftest", "--board", "x");
  await refused(2, /too many arguments for 'selftest'/, "selftest", "slab");
  await refused(2, /'--timeout <seconds>' argument '0' is invalid/, "selftest", "--timeout", "0");
  await refused(2, /boards run the release flavour/, "selftest", "--board", "riscv-virt", "--flavour", "debug");
  await refused(2, /the desktop runs no image: leave --kind out/, "selftest", "--kind", "WASM");
  await refused(
    2,
    /board mps2-an385 runs images of kind AOT-thumb2 or WASM, not AOT-rv32/,
    ...["selftest", "--board", "mps2-an385", "--kind", "AOT-rv32"],
  );
});
