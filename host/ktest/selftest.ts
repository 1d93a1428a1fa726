// The tests of the kernel that do not speak KTAP: lib/test_*.c and their like say in words of their own how it went, in
// lines such as "test_printf: all 420 tests passed" (kselftest_module.h), "IDA: 75 of 75 tests passed".

import type { TestResult } from "./ktap.ts";

interface Dialect {
  readonly pattern: RegExp;
  /** How many checks passed, of how many; a line without numbers stands for one. */
  readonly count: (groups: readonly string[]) => readonly [passed: number, of: number];
}

const first = ([passed]: readonly string[]): readonly [number, number] => [Number(passed), Number(passed)];

const DIALECTS: readonly Dialect[] = [
  { pattern: /\b(\d+) of (\d+) tests passed\b/i, count: ([passed, of]) => [Number(passed), Number(of)] },
  { pattern: /\bfailed (\d+) out of (\d+)\b/i, count: ([failed, of]) => [Number(of) - Number(failed), Number(of)] },
  { pattern: /\bfailures?: (\d+) out of (\d+)\b/i, count: ([failed, of]) => [Number(of) - Number(failed), Number(of)] },
  {
    pattern: /\b(\d+) (?:self[- ]?)?tests? passed, (\d+) failed\b/i,
    count: ([passed, failed]) => [Number(passed), Number(passed) + Number(failed)],
  },
  { pattern: /\b(\d+) threads, (\d+) failed\b/i, count: ([of, failed]) => [Number(of) - Number(failed), Number(of)] },
  {
    pattern: /\bpassed: (\d+) failed: (\d+)\b/i,
    count: ([passed, failed]) => [Number(passed), Number(passed) + Number(failed)],
  },
  { pattern: /\b(?:all|remaining) (\d+) tests? (?:in \S+ )?passed\b/i, count: first },
  { pattern: /\b(\d+) (?:self[- ]?)?tests? passed\b/i, count: first },
  { pattern: /\b(?:self[- ]?)?tests?:? (?:pass|passed|succeeded|completed)\b/i, count: () => [1, 1] },
  { pattern: /\bcompleted\b.*\btest\b|\btest done\b|: passed\b|\bcheck successful\b/i, count: () => [1, 1] },
];

/** What a test says when something is wrong, and no other line does. */
const COMPLAINT =
  /\bfail(?:ed|s|ure)?\b|\bBUG\b|\bmismatch|\bdiffer\b|\bexpected\b|\bunexpected\b|\bincorrect|\berror\b|\bwrong\b|\bbad\b/i;

/** Between lines like these a test provokes what it is about to see reported. */
const IGNORE = /^vvv Ignore\b/;
const IGNORED = /^\^\^\^ .*\bover\b/;

/** Whether the test is provoking something, as far as these lines go. */
export function provoking(lines: readonly SaidLine[]): boolean {
  const last = lines.findLast(({ text }) => IGNORE.test(text) || IGNORED.test(text));
  return last !== undefined && IGNORE.test(last.text);
}

/** KERN_INFO: what is said at a higher number is for debugging. */
const KERN_INFO = 6;

export interface SaidLine {
  readonly level: number;
  readonly text: string;
}

/** The results in what a test has printed: one for each verdict, one for each complaint. */
export function readVerdicts(lines: readonly SaidLine[]): TestResult[] {
  const results: TestResult[] = [];
  let diagnostics: string[] = [];
  const add = (name: string, outcome: "ok" | "not ok", checks: number, reason?: string): void => {
    results.push({
      name,
      outcome,
      ...(checks > 1 && { checks }),
      ...(reason && { reason }),
      diagnostics,
      subtests: [],
    });
    diagnostics = [];
  };
  let ignoring = false;
  for (const { level, text } of lines) {
    if (IGNORE.test(text)) ignoring = true;
    if (ignoring || level > KERN_INFO) {
      diagnostics.push(text);
      if (IGNORED.test(text)) ignoring = false;
      continue;
    }
    const dialect = DIALECTS.find(({ pattern }) => pattern.test(text));
    if (dialect) {
      const [passed, of] = dialect.count(dialect.pattern.exec(text)!.slice(1));
      const well = passed === of;
      add(text, well ? "ok" : "not ok", well ? passed : 1, well ? undefined : `${of - passed} of ${of} failed`);
    } else if (COMPLAINT.test(text)) add(text, "not ok", 1);
    else diagnostics.push(text);
  }
  return results;
}
