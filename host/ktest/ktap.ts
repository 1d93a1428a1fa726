// KTAP, the format in which the kernel's tests say what they found (Documentation/dev-tools/ktap.rst), read and written.
// What is read is a kernel log: lines of other matters stand between, and whatever a module prints must do no harm.

export type Outcome = "ok" | "not ok" | "skip";

export interface TestResult {
  readonly name: string;
  readonly outcome: Outcome;
  /** What stands behind `# SKIP`, or why it is not ok. */
  readonly reason?: string;
  /** How many checks the test itself says it made, where it gives a sum and not a line for each. */
  readonly checks?: number;
  /** What was printed while it ran, but for results. */
  readonly diagnostics: readonly string[];
  readonly subtests: readonly TestResult[];
}

/** A level of indentation that is open: its results, and what was printed since the last of them. */
interface Level {
  readonly indent: number;
  readonly results: TestResult[];
  diagnostics: string[];
  /** The number of results that its plan promises. */
  plan?: number;
  /** From a line "# Subtest: name". */
  name?: string;
}

const VERSION = /^K?TAP version \d+\s*$/;
const PLAN = /^1\.\.(\d{1,9})\b/;
const SUBTEST = /^# Subtest: (.*)$/s;
const RESULT = /^(not )?ok (\d{1,9})(?:\s+(?:- )?(.*))?$/s;
/** A directive begins at the first " # WORD" in capitals; TODO counts as skipped, XFAIL as well, ERROR and TIMEOUT not. */
const DIRECTIVE = /(?:^|\s)# ?(SKIP|TODO|XFAIL|TIMEOUT|ERROR)\b:?\s*(.*)$/s;

/** Columns: more levels than any test nests. */
const DEEPEST = 64;

function result(match: RegExpExecArray, children: Level | undefined, diagnostics: string[]): TestResult {
  const rest = (match[3] ?? "").trim();
  const directive = DIRECTIVE.exec(rest);
  const name = (directive ? rest.slice(0, directive.index) : rest).trim() || children?.name || `test ${match[2]}`;
  const [, kind = "", reason = ""] = directive ?? [];
  const missing = children ? incomplete(children) : undefined;
  const failed = Boolean(match[1]) || kind === "ERROR" || kind === "TIMEOUT" || missing !== undefined;
  const why = missing ?? (kind === "" ? "" : kind === "SKIP" ? reason : `${kind} ${reason}`.trim());
  return {
    name,
    outcome: failed ? "not ok" : kind === "" ? "ok" : "skip",
    ...(why && { reason: why }),
    diagnostics: [...(children?.diagnostics ?? []), ...diagnostics],
    subtests: children?.results ?? [],
  };
}

/** What a level lacks that its plan promised. */
function incomplete({ plan, results }: Level): string | undefined {
  if (plan === undefined || plan === results.length) return undefined;
  return `${results.length} of ${plan} results`;
}

export class KtapReader {
  /** Indented deeper and deeper; the first is the outermost. */
  readonly #levels: Level[] = [{ indent: 0, results: [], diagnostics: [] }];

  /** Takes a line; false: it is not KTAP (it becomes a diagnostic all the same). */
  read(line: string): boolean {
    const text = line.trimStart();
    const indent = Math.min(line.length - text.length, DEEPEST);
    const match = RESULT.exec(text);
    if (match) {
      const [children, level] = this.#level(indent);
      level.results.push(result(match, children, level.diagnostics));
      level.diagnostics = [];
      return true;
    }
    const plan = PLAN.exec(text);
    const subtest = SUBTEST.exec(text);
    if (plan) this.#open(indent).plan = Number(plan[1]);
    else if (subtest) this.#open(indent).name = subtest[1]!.trim();
    else if (VERSION.test(text)) this.#open(indent);
    else {
      this.#levels.at(-1)!.diagnostics.push(line.trim());
      return text.startsWith("# ");
    }
    return true;
  }

  /** What lies below a result at that indentation, which the result closes, and the level that it is in. */
  #level(indent: number): [Level | undefined, Level] {
    let children: Level | undefined;
    while (this.#levels.length > 1 && this.#levels.at(-1)!.indent > indent) {
      const inner = this.#levels.pop()!;
      // Several levels that one result closes belong to that one test.
      for (const test of children?.results ?? []) inner.results.push(test);
      for (const said of children?.diagnostics ?? []) inner.diagnostics.push(said);
      children = inner;
    }
    return [children, this.#open(indent)];
  }

  /** The level at that indentation, made if there is none as deep. */
  #open(indent: number): Level {
    const last = this.#levels.at(-1)!;
    if (last.indent >= indent) return this.#levels.findLast((level) => level.indent <= indent)!;
    const level: Level = { indent, results: [], diagnostics: [] };
    this.#levels.push(level);
    return level;
  }

  /** What has been said so far. A test that has begun and not ended is not ok. */
  end(): TestResult[] {
    const [outer, ...open] = this.#levels.splice(0);
    this.#levels.push({ indent: 0, results: [], diagnostics: [] });
    if (open.length === 0) return outer!.results;
    const [first] = open as [Level];
    const unfinished: TestResult = {
      name: first.name ?? "unnamed test",
      outcome: "not ok",
      reason: "it has not come to its end",
      diagnostics: open.flatMap(({ diagnostics }) => diagnostics),
      subtests: open.flatMap(({ results }) => results),
    };
    return [...outer!.results, unfinished];
  }
}

/** Reads a text as a whole. */
export function parseKtap(text: string): TestResult[] {
  const reader = new KtapReader();
  for (const line of text.split(/\r?\n/)) reader.read(line);
  return reader.end();
}

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts cases: tests without subtests, or as many as such a test says it stands for. */
export function totals(tests: readonly TestResult[]): Totals {
  const sum: Totals = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome, checks = 1, subtests } of tests) {
    const below = totals(subtests);
    sum.passed += below.passed;
    sum.failed += below.failed;
    sum.skipped += below.skipped;
    // A test whose cases are all well may fail by itself.
    if (outcome === "not ok" && below.failed === 0) sum.failed += 1;
    else if (subtests.length === 0 && outcome === "ok") sum.passed += checks;
    else if (subtests.length === 0 && outcome === "skip") sum.skipped += 1;
  }
  return sum;
}

const INDENT = "    ";

/** No line of a module's may look like a result of the run. */
function oneLine(text: string): string {
  return text.replaceAll(/[\x00-\x1f\x7f]+/g, " ").trim();
}

/** The lines of one result, its subtests before it; of what is well nothing but that. */
export function formatResult(test: TestResult, number: number, indent = ""): string[] {
  const name = oneLine(test.name).replaceAll("#", "\\#");
  const inner = indent + INDENT;
  const nested =
    test.subtests.length > 0
      ? [
          `${inner}KTAP version 1`,
          `${inner}# Subtest: ${name}`,
          `${inner}1..${test.subtests.length}`,
          ...test.subtests.flatMap((subtest, i) => formatResult(subtest, i + 1, inner)),
        ]
      : [];
  const said = test.outcome === "not ok" ? test.diagnostics.map((line) => `${indent}# ${oneLine(line)}`) : [];
  const reason = test.reason === undefined ? "" : oneLine(test.reason);
  const tail =
    test.outcome === "skip" ? ` # SKIP ${reason}` : reason && test.outcome === "not ok" ? ` # ${reason}` : "";
  return [
    ...nested,
    ...said,
    `${indent}${test.outcome === "not ok" ? "not ok" : "ok"} ${number} ${name}${tail}`.trimEnd(),
  ];
}
