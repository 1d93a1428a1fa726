// kpi test as a user meets it.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { kpi, refused } from "./process.ts";

const out = mkdtempSync(join(tmpdir(), "kpi-test-"));
after(() => rmSync(out, { recursive: true }));
await buildModules({ sources: [join(repoRoot, "tests/fixtures/ktest/own_selftest.c")], out });
const own = join(out, "own_selftest.ko");

test("tests of the kernel by suite and by module, one that is left out, and the sum", async () => {
  const { code, out: text } = await kpi("test", "bits-test", "test_uuid", "test_bpf");
  assert.equal(code, 0);
  assert.equal(
    text,
    `KTAP version 1
1..3
    KTAP version 1
    # Subtest: test_bits
    1..1
        KTAP version 1
        # Subtest: bits-test
        1..3
        ok 1 genmask_test
        ok 2 genmask_ull_test
        ok 3 genmask_input_check_test
    ok 1 bits-test
ok 1 test_bits
    KTAP version 1
    # Subtest: test_uuid
    1..1
    ok 1 test_uuid: all 18 tests passed
ok 2 test_uuid
ok 3 test_bpf # SKIP there is no BPF machine
# Totals: pass:21 fail:0 skip:1 total:22
`,
  );
});

test("a module that never ends fails after --timeout, and the next one runs", async () => {
  const { code, out: text } = await kpi("test", own, "test_bpf", "how=spins", "--timeout", "1");
  assert.equal(code, 1);
  assert.match(text, /^not ok 1 own_selftest # it has not come to its end after 1 s$/m);
  assert.match(text, /^ok 2 test_bpf # SKIP/m);
});

test("--json: totals and a tree of results", async () => {
  const { code, out: text } = await kpi("test", own, "how=fails", "--json");
  const { exitCode, totals, tests } = JSON.parse(text);
  assert.deepEqual([code, exitCode, totals], [1, 1, { passed: 0, failed: 1, skipped: 0 }]);
  assert.equal(tests[0].subtests[0].outcome, "not ok");
});

test("nothing that runs is no success; a wrong name is said before anything is built", async () => {
  const { code, err } = await kpi("test", "test_bpf");
  assert.deepEqual([code, err], [1, "kpi: no case has run\n"]);
  await refused(2, /lst_test: no test of the kernel has that name; did you mean list_test/, "test", "lst_test");
});
