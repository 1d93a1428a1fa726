// How `npm test` counts, and which files it picks.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { aspectCounts, nodeCounts, testFiles } from "../../tools/setup/test.mjs";
import { folder, write } from "./fixtures.ts";

const summary = (passed: number, total: number) => `\n  [Summary]\n    [Tests]: \x1b[32m${passed}\x1b[39m / ${total}\n`;

test("as-pect: tests are counted through its colours; none at all, or a bad exit, is a failure", () => {
  assert.deepEqual(aspectCounts(summary(12, 12), 0), { passed: 12, failed: 0 });
  assert.deepEqual(aspectCounts(summary(11, 13), 1), { passed: 11, failed: 2 });
  assert.deepEqual(aspectCounts(summary(0, 0), 0), { passed: 0, failed: 1 });
  assert.deepEqual(aspectCounts(summary(12, 12), 1), { passed: 12, failed: 1 });
  assert.deepEqual(aspectCounts("a compile error", 1), { passed: 0, failed: 1 });
});

test("node:test: cancelled is failed, skipped is failed in CI only", () => {
  const counts = { tests: 9, passed: 5, failed: 1, cancelled: 1, skipped: 2, todo: 0 };
  assert.deepEqual(nodeCounts(`${JSON.stringify(counts)}\n`, 1, false), { passed: 5, failed: 2 });
  assert.deepEqual(nodeCounts(`${JSON.stringify(counts)}\n`, 1, true), { passed: 5, failed: 4 });
  assert.deepEqual(nodeCounts("", 0, false), { passed: 0, failed: 1 });
  const crashed = JSON.stringify({ ...counts, failed: 0, cancelled: 0 });
  assert.deepEqual(nodeCounts(crashed, 7, false), { passed: 5, failed: 1 });
});

test("files are found in their folders and picked by a part of their path", (t) => {
  const files = ["tests/loader/a.test.ts", "tests/b.test.ts", "tests/help.ts", "host/c.test.ts", "else/d.test.ts"];
  const root = write(folder(t), Object.fromEntries(files.map((file) => [file, ""])));
  const pick = (...filters: string[]) => testFiles(["host", "tests", "boards"], ".test.ts", filters, root);
  assert.deepEqual(pick(), ["host/c.test.ts", "tests/b.test.ts", "tests/loader/a.test.ts"]);
  assert.deepEqual(pick("./tests/loader"), ["tests/loader/a.test.ts"]);
  assert.deepEqual(pick("b.test.ts", join("host", "c")), ["host/c.test.ts", "tests/b.test.ts"]);
  assert.deepEqual(pick("nonsense"), []);
});
