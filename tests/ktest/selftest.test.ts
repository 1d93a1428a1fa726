// The words in which tests without KTAP say how it went.
import assert from "node:assert/strict";
import { test } from "node:test";
import { totals } from "../../host/ktest/ktap.ts";
import { readVerdicts } from "../../host/ktest/selftest.ts";

const read = (...lines: string[]) => readVerdicts(lines.map((text) => ({ level: 6, text })));

const PASS: [line: string, checks: number][] = [
  ["test_printf: all 420 tests passed", 420],
  ["test_x: remaining 3 tests passed", 3],
  ["IDA: 75 of 75 tests passed", 75],
  ["crc32_combine: 8373 self tests passed", 8373],
  ["glob: 64 self-tests passed, 0 failed", 64],
  ["test_meminit: all 10 tests in test_rcu_persistent passed", 10],
  ["Summary: fix_size_alloc_test passed: 1 failed: 0 repeat: 1 loops: 1000 avg: 0 usec", 1],
  ["Started 10 threads, 0 failed, rhltable test returns 0", 10],
  ["String selftests succeeded", 1],
  ["test_siphash: self-tests: pass", 1],
  ["min_heap_test: test passed", 1],
  ["percpu test done", 1],
  ["atomic64_test: passed", 1],
];

const FAIL = [
  "test_printf: failed 1 out of 420 tests",
  "IDA: 74 of 75 tests passed",
  "glob: 63 self-tests passed, 1 failed",
  "Started 10 threads, 2 failed, rhltable test returns 0",
  "test_meminit: failures: 71 out of 131",
  'test_bitmap: [lib/test_bitmap.c:48] bitmaps contents differ: expected "0", got "1"',
  "TC failed at selftest:33",
  "BUG at ida_check_leaf:44",
];

for (const [line, checks] of PASS) {
  test(line, () => assert.deepEqual(totals(read(line)), { passed: checks, failed: 0, skipped: 0 }));
}

for (const line of FAIL) {
  test(line, () => assert.equal(totals(read(line)).failed, 1));
}

test("what a test provokes and says so is no failure; news are neither", () => {
  const lines = ["vvv Ignore warnings", "x is bad", "^^^ warnings over", "Running tests..."];
  assert.deepEqual(read(...lines), []);
  assert.equal(read("x is bad").length, 1);
});
