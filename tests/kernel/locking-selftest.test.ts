// The kernel's own test of lockdep, lib/locking-selftest.c, against the lock validator of the debug flavour: the table of
// docs/locking-selftest.md is what it prints.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { boot, modulesFolder, untimed } from "../run/harness.ts";

await buildModules({ sources: [join(repoRoot, "tests/kernel/locking-selftest")], out: modulesFolder });

/** Rows of the table: what is tried, and how each kind of lock came out. A test that leaves the preemption count wrong
 *  begins a new line, as in Linux. */
function rowsOf(lines: string[]): string[] {
  const rows: string[] = [];
  for (const line of lines) {
    if (/^ *[-\w#/ =>+.()]+:( |F|$)/.test(line)) rows.push(line.trim());
    else if (/^ +ok +\|/.test(line)) rows[rows.length - 1] += line;
  }
  return rows.map((row) =>
    row
      .replace(/\|\s*(?=\|)/g, "|")
      .replace(/\s+/g, " ")
      .trim(),
  );
}

test("all cases of lib/locking-selftest.c pass", async () => {
  const own = await boot();
  const lines = (await own.run("modprobe locking_selftest")).map(untimed);
  const from = lines.findIndex((line) => line.startsWith("| Locking API testsuite:"));
  const rows = rowsOf(lines.slice(from + 4));
  const results = rows.join("\n").match(/\bok\b|FAILED|failed/g) ?? [];
  assert.equal(results.length, 394, rows.join("\n"));
  assert.ok(
    results.every((result) => result === "ok"),
    rows.filter((row) => !/^[^|]*(ok|\||\s)*$/.test(row)).join("\n"),
  );
  assert.ok(lines.includes("Good, all 394 testcases passed! |"));
  const page = readFileSync(join(repoRoot, "docs/locking-selftest.md"), "utf8");
  assert.deepEqual(page.split("```")[1]!.trim().split("\n"), rows);
  await own.system.shutdown();
});
