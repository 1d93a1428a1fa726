// The reader of KTAP against logs that nobody's test would print: it neither throws nor hangs, never calls a run well
// that says "not ok", and what it has read, it writes so that it reads the same again.

import assert from "node:assert/strict";
import { formatResult, parseKtap, totals, type TestResult } from "../../../host/ktest/ktap.ts";
import { readVerdicts } from "../../../host/ktest/selftest.ts";
import { NAMES, type Random } from "../../random.ts";
import type { Target } from "../target.ts";

const WORDS = ["SKIP", "TODO", "XFAIL", "TIMEOUT", "ERROR", "# SKIP none", "- x", "ok 1", "not ok 2 y", "1..3", "\\#"];

function line(random: Random, well: boolean): string {
  const indent = " ".repeat(random.once(20) ? random.below(200) : 4 * random.below(4));
  const number = random.once(8) ? random.number() : 1 + random.below(5);
  const name = random.pick([random.pick(NAMES).slice(0, 400), random.pick(WORDS), "case"]);
  const tail = random.once(4) ? ` # ${random.pick(WORDS)} ${random.pick(NAMES).slice(0, 40)}` : "";
  switch (random.below(9)) {
    case 0:
      return `${indent}KTAP version 1`;
    case 1:
      return `${indent}1..${number}`;
    case 2:
      return `${indent}# Subtest: ${name}`;
    case 3:
      return `${indent}# ${name}`;
    case 4:
      return `${indent}${name}: ${random.pick(["all 3 tests passed", "failed 1 out of 3 tests", "BUG", "3 of 2 tests passed"])}`;
    case 5:
    case 6:
      return `${indent}${well ? "" : "not "}ok ${number} ${name}${tail}`;
    default:
      return `${indent}ok ${number} ${name}${tail}`;
  }
}

/** What the text form keeps of results. */
function kept(tests: readonly TestResult[]): unknown {
  return tests.map(({ outcome, subtests }) => ({ outcome, subtests: kept(subtests) }));
}

export const ktap: Target<string> = {
  name: "ktap",
  about: "the reader of KTAP and of the other words that tests use, fed lines at random",
  cases: 300,
  expects: { failed: 0.3, passed: 0.03 },
  open: () => ({
    make(random) {
      const well = random.once(2);
      return random.list(0, well ? 12 : 40, () => line(random, well));
    },
    run(lines) {
      const text = lines.join("\n");
      const tests = parseKtap(text);
      const sum = totals(tests);
      readVerdicts(lines.map((text, i) => ({ level: i & 7, text })));
      const bad = lines.some(
        (text) => /^ *not ok \d{1,9}( |$)/.test(text) && text.length - text.trimStart().length < 64,
      );
      if (bad) assert.ok(sum.failed > 0, "a failure was lost");
      const again = parseKtap(tests.flatMap((test, i) => formatResult(test, i + 1)).join("\n"));
      assert.deepEqual(kept(again), kept(tests));
      return sum.failed > 0 ? "failed" : sum.passed > 0 ? "passed" : "nothing";
    },
  }),
};
