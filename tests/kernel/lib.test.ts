// The kernel's own tests, unmodified, as modules: each passes, and docs/kernel-tests.md says what they say.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { formatResult, type TestResult } from "../../host/ktest/ktap.ts";
import { LEFT_OUT } from "../../host/ktest/known.ts";
import { runTestModule } from "../../host/ktest/run.ts";
import { allTests, resolveTargets } from "../../host/ktest/targets.ts";
import { page, pageFile } from "../../tools/ktests/page.ts";

const { tests } = await allTests();
const results = new Map<string, TestResult>();

for (const target of await resolveTargets(["all"])) {
  if (!("file" in target)) continue;
  test(target.name, async () => {
    const result = await runTestModule(target.file);
    results.set(target.name, result);
    assert.equal(result.outcome, "ok", formatResult(result, 1).join("\n"));
  });
}

test("docs/kernel-tests.md has each with its number of cases: npm run kernel-tests writes it", () => {
  assert.equal(readFileSync(pageFile, "utf8"), page(tests, results));
});

test("what is left out is there to be left out", () => {
  const names = new Set(tests.map(({ name }) => name));
  const cases = [...results.values()].flatMap((result) => pathsOf(result, ""));
  for (const path of Object.keys(LEFT_OUT)) {
    const [module] = path.split("/") as [string];
    assert.ok(names.has(module), `${module} is no test of the tree`);
    // A case that Linux's own parameters take out never shows.
    if (path.split("/").length > 2) assert.ok(cases.includes(path), `${path} is no case`);
  }
});

function pathsOf({ name, subtests }: TestResult, above: string): string[] {
  return [above + name, ...subtests.flatMap((subtest) => pathsOf(subtest, `${above}${name}/`))];
}
