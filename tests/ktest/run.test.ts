// What a test module's run comes to, whatever the module does.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { formatResult, totals } from "../../host/ktest/ktap.ts";
import { runTestModule } from "../../host/ktest/run.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";

const modules = mkdtempSync(join(tmpdir(), "kpi-ktest-"));
after(() => rmSync(modules, { recursive: true }));
const fixtures = ["own_suite", "own_selftest"].map((name) => join(repoRoot, `tests/fixtures/ktest/${name}.c`));
await buildModules({ sources: fixtures, out: modules });
await buildModules({ sources: ["lib/kunit"], modules: ["kunit"], out: modules });

const own = join(modules, "own_selftest.ko");
const run = (how: string) => runTestModule(own, { modules, params: { how } });

test("KUnit's suites: a case that fails, one that aborts, one that skips itself", async () => {
  const result = await runTestModule(join(modules, "own_suite.ko"), { modules });
  const [suite] = result.subtests;
  const outcomes = suite!.subtests.map(({ name, outcome }) => `${name}: ${outcome}`);
  assert.deepEqual(outcomes, ["well: ok", "wrong: not ok", "aborts: not ok", "skips: skip"]);
  assert.equal(suite!.subtests[3]!.reason, "nothing to see");
  assert.equal(result.outcome, "not ok");
  const text = formatResult(result, 1).join("\n");
  assert.match(text, /2 \+ 2 == 4, but|Expected 2 \+ 2 == 5/);
  assert.match(text, /why it aborts/);
  assert.doesNotMatch(text, /never reached/);
});

test("suites that do not run are a failure, not a test without cases", async () => {
  const result = await runTestModule(join(modules, "own_suite.ko"), { modules: tmpdir() });
  assert.equal(result.outcome, "not ok");
  assert.match(result.reason!, /Module kunit not found/);
});

test("a sum of checks counts as that many; -EAGAIN is how a test that is done says so", async () => {
  for (const how of ["passes", "unloads"]) {
    const result = await run(how);
    assert.deepEqual([result.outcome, totals([result])], ["ok", { passed: 3, failed: 0, skipped: 0 }], how);
  }
});

const WRONG: [how: string, says: RegExp][] = [
  ["fails", /^ +not ok 1 failed 1 out of 3 tests # 1 of 3 failed$/m],
  ["refuses", /^not ok 1 own_selftest # .*No such device$/m],
  ["oopses", /^ +# .*kernel BUG at own_selftest\.c[^]*^ +# .*own_selftest_init|init_module/m],
  ["leaks", /^ +not ok 2 leak: /m],
];

for (const [how, says] of WRONG) {
  test(`a module that ${how} is not ok, and the reason is shown`, async () => {
    const result = await run(how);
    assert.equal(result.outcome, "not ok");
    assert.match(formatResult(result, 1).join("\n"), says);
  });
}
