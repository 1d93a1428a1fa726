// KTAP, read and written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatResult, parseKtap, totals } from "../../host/ktest/ktap.ts";

const kunit = `
    KTAP version 1
    # Subtest: suite
    1..3
    ok 1 first
    # second: EXPECTATION FAILED at x.c:1
    not ok 2 second
        KTAP version 1
        # Subtest: third
        ok 1 one
        ok 2 two
    ok 3 third
    # suite: pass:2 fail:1 skip:0 total:3
not ok 1 suite
    KTAP version 1
    # Subtest: other
    1..1
    ok 1 skips # SKIP there is nothing
ok 2 other
`;

test("what KUnit prints: suites, cases, parameters, reasons", () => {
  const [suite, other] = parseKtap(kunit);
  assert.equal(suite!.outcome, "not ok");
  assert.deepEqual(
    suite!.subtests.map(({ name, outcome }) => [name, outcome]),
    [
      ["first", "ok"],
      ["second", "not ok"],
      ["third", "ok"],
    ],
  );
  assert.deepEqual(suite!.subtests[1]!.diagnostics, ["# second: EXPECTATION FAILED at x.c:1"]);
  assert.equal(suite!.subtests[2]!.subtests.length, 2);
  assert.equal(other!.subtests[0]!.outcome, "skip");
  assert.equal(other!.subtests[0]!.reason, "there is nothing");
  assert.deepEqual(totals([suite!, other!]), { passed: 3, failed: 1, skipped: 1 });
});

test("a case that is missing, and a suite that does not end, are failures", () => {
  const [short] = parseKtap("    1..2\n    ok 1 a\nok 1 suite\n");
  assert.equal(short!.outcome, "not ok");
  assert.equal(short!.reason, "1 of 2 results");
  const [died] = parseKtap("    # Subtest: dies\n    1..2\n    ok 1 a\nBUG: wasm trap: unreachable\n");
  assert.deepEqual([died!.name, died!.outcome], ["dies", "not ok"]);
  assert.equal(died!.reason, "it has not come to its end");
});

test("a timeout and an error are failures, whatever stands before them; other lines are none", () => {
  const [late, fault] = parseKtap("ok 1 late # TIMEOUT after 3 s\nok 2 fault # ERROR\nok, fine\nnot ok\n");
  assert.deepEqual([late!.outcome, fault!.outcome], ["not ok", "not ok"]);
  assert.equal(parseKtap("ok, fine\nnot ok\n").length, 0);
});

test("what is written reads the same, and a name cannot make a line of its own", () => {
  const results = parseKtap(kunit);
  const text = results.flatMap((result, i) => formatResult(result, i + 1));
  assert.deepEqual(totals(parseKtap(text.join("\n"))), totals(results));
  const evil = { name: "x\nok 7 y # SKIP", outcome: "not ok", diagnostics: ["a\nok 9 z"], subtests: [] } as const;
  const lines = formatResult(evil, 1);
  assert.deepEqual(lines, ["# a ok 9 z", "not ok 1 x ok 7 y \\# SKIP"]);
  assert.deepEqual(totals(parseKtap(lines.join("\n"))), { passed: 0, failed: 1, skipped: 0 });
});
