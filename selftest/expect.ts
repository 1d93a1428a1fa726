// What the self-test finds, as KTAP in the kernel's log: a suite for each part of the core, in it a line for each case,
// above a case that fails the lines that say why.

import { pr_info } from "linuxkpi/driver";

let suiteNumber: u32 = 0;
let suiteName: usize = 0;
let suiteFailures: u32 = 0;
let caseNumber: u32 = 0;
let caseFailures: u32 = 0;

/** Begins a suite of that many cases. */
export function begin(name: usize, cases: u32): void {
  suiteName = name;
  suiteFailures = caseNumber = 0;
  pr_info("    KTAP version 1\n");
  pr_info("    # Subtest: %s\n", name);
  pr_info("    1..%u\n", cases);
}

export function end(): void {
  if (suiteFailures) pr_info("not ok %u %s\n", ++suiteNumber, suiteName);
  else pr_info("ok %u %s\n", ++suiteNumber, suiteName);
}

function run(name: usize, body: u32): void {
  caseFailures = 0;
  call_indirect<void>(body);
  if (caseFailures) pr_info("    not ok %u %s\n", ++caseNumber, name);
  else pr_info("    ok %u %s\n", ++caseNumber, name);
  if (caseFailures) suiteFailures++;
}

/** Runs a case. */
@inline
export function test(name: usize, body: () => void): void {
  run(name, body.index);
}

/** A fault in a loop is said once. */
const MOST_LINES: u32 = 4;

/** Something must be so; `what` is what is wrong if it is not. */
export function expect(truth: bool, what: usize): void {
  if (truth) return;
  if (caseFailures++ < MOST_LINES) pr_info("    # %s\n", what);
}

/** A number must be that. */
export function expectEqual(actual: u32, wanted: u32, what: usize): void {
  if (actual == wanted) return;
  if (caseFailures++ < MOST_LINES) pr_info("    # %s: %d, and should be %d\n", what, actual, wanted);
}
