// Runs one test module on a board of its own, and says what it found: KUnit's results as they are, those of other tests
// from their words. Whatever else the kernel complains about while it runs (an oops, a leak, a warning) is a failure too.

import { Board } from "../api/board.ts";
import type { LogLine } from "../api/events.ts";
import type { ModuleParams } from "../api/options.ts";
import type { Report } from "../api/reports.ts";
import { KpiError } from "../error.ts";
import type { Flavour } from "../flavour.ts";
import { moduleName } from "../loader/modinfo.ts";
import { KtapReader, type TestResult } from "./ktap.ts";
import { readModule } from "../loader/read-module.ts";
import type { WasmObject } from "../loader/object.ts";
import { moduleFile } from "../built-modules.ts";
import { ENDS, LEFT_OUT, MEMORY, PARAMS } from "./known.ts";
import { provoking, readVerdicts } from "./selftest.ts";

export interface TestOptions {
  /** The folder where modules are that it depends on; default: where `kpi build` puts them. */
  readonly modules?: string;
  /** Default "debug": what its checks report is a failure as well. */
  readonly flavour?: Flavour;
  /** MiB; default 64, or more for a test that needs it. */
  readonly memory?: number;
  /** How long it may take, seconds of board time; default 600: KUnit itself gives a case 300. */
  readonly timeout?: number;
  /** Default: none, or what makes seconds of the minutes that one of the kernel's own takes. */
  readonly params?: ModuleParams;
  /** Each line of the log, as it is printed. */
  readonly onLog?: (line: LogLine) => void;
}

const MEMORY_MIB = 64;
const TIMEOUT_S = 600;
/** A loop that passes no interrupt window: a test may well count for a while. */
const WATCHDOG_S = 120;

/** Lines of the core about the run, no matter of the test. */
const OTHERS = /^\w+: loading (out-of-tree|test) module taints kernel\.$|^reboot: Power down$/;

/** How much of a failed module's log is shown. */
const SAID_LINES = 64;

class Timeout extends Error {}

/** Fails with Timeout when the work takes more board time than that. */
async function within(board: Board, seconds: number, work: Promise<void>): Promise<void> {
  let done = false;
  const late = async (): Promise<void> => {
    await board.sleep(seconds);
    if (!done) throw new Timeout(`it has not come to its end after ${seconds} s`);
  };
  const timer = late();
  timer.catch(() => {});
  try {
    await Promise.race([work, timer]);
  } finally {
    done = true;
  }
}

function ofReport({ kind, title, lines }: Report): TestResult {
  return { name: `${kind}: ${title}`, outcome: "not ok", diagnostics: lines, subtests: [] };
}

/** Why the module could not be loaded, or nothing if it is meant to end that way. */
function refusal(name: string, error: unknown): string | undefined {
  const { code, message } = error as KpiError;
  if (code === "EAGAIN" || (code !== undefined && code === ENDS[name])) return undefined;
  return message;
}

/** Whether a module has KUnit suites: then KUnit runs them when the module comes. */
export function hasSuites(object: WasmObject): boolean {
  return object.segments.some(({ name }) => name === ".kunit_test_suites");
}

/** Runs a test module: a .ko file, or the name of a built one. It never throws for what the module does. */
export async function runTestModule(given: string, options: TestOptions = {}): Promise<TestResult> {
  const file = moduleFile(given);
  const name = moduleName(file);
  const suites = hasSuites(readModule(file));
  const memory = Math.max(options.memory ?? MEMORY_MIB, MEMORY[name] ?? 0);
  const { modules, flavour, timeout = TIMEOUT_S, params = PARAMS[name] ?? {}, onLog } = options;
  const lines: LogLine[] = [];
  const reports: Report[] = [];
  const board = await Board.boot({
    devices: [],
    memory,
    watchdog: WATCHDOG_S,
    ...(flavour && { flavour }),
    ...(modules && { modules }),
  });
  board.on("log", (line) => {
    lines.push(line);
    onLog?.(line);
  });
  // The line that is read may be one after the report.
  board.on("report", (report) => void (provoking(lines.slice(0, -1)) || reports.push(report)));
  let failure: string | undefined;
  try {
    if (suites) await board.modprobe("kunit");
    await within(board, timeout, board.modprobe(file, params));
    await board.shutdown();
  } catch (error) {
    failure = error instanceof Timeout ? error.message : refusal(name, error);
    await board.powerOff();
  }
  board.takeReports();
  return judge({ name, suites, lines, reports, failure });
}

export interface Run {
  name: string;
  suites: boolean;
  lines: readonly LogLine[];
  reports: readonly Report[];
  failure: string | undefined;
}

/** A case that is left out on purpose does not fail its suite. */
function leaveOut(test: TestResult, above: string): TestResult {
  const path = above + test.name;
  const why = test.outcome === "not ok" ? LEFT_OUT[path] : undefined;
  if (why) return { ...test, outcome: "skip", reason: why, diagnostics: [] };
  const subtests = test.subtests.map((subtest) => leaveOut(subtest, `${path}/`));
  const pardoned = subtests.some(({ outcome }, i) => outcome !== test.subtests[i]!.outcome);
  const well = pardoned && subtests.every(({ outcome }) => outcome !== "not ok");
  return { ...test, ...(well && { outcome: "ok" as const, diagnostics: [] }), subtests };
}

/** What a run's log comes to. */
export function judge({ name, suites, lines, reports, failure: said }: Run): TestResult {
  const ktap = new KtapReader();
  const reported = new Set(reports.flatMap((report) => report.lines));
  const rest = lines.filter(({ text }) => !ktap.read(text) && !OTHERS.test(text) && !reported.has(text));
  const cases = ktap.end();
  const failure = said ?? (suites && cases.length === 0 ? "its KUnit suites have not run" : undefined);
  const verdicts = cases.length > 0 ? [] : readVerdicts(rest);
  const all = [...cases, ...verdicts, ...reports.map(ofReport)];
  const found = all.map((test) => leaveOut(test, `${name}/`));
  const failed = failure ?? (found.some(({ outcome }) => outcome === "not ok") ? "" : undefined);
  return {
    name,
    outcome: failed !== undefined ? "not ok" : found.length > 0 && found.every(isSkipped) ? "skip" : "ok",
    ...(failure && { reason: failure }),
    diagnostics: failed === undefined ? [] : lastOf(rest.map(({ text }) => text)),
    subtests: found,
  };
}

/** The end of what was said, where it is more than anybody reads. */
function lastOf(lines: readonly string[]): readonly string[] {
  const more = lines.length - SAID_LINES;
  return more > 0 ? [`(${more} lines more)`, ...lines.slice(more)] : lines;
}

const isSkipped = ({ outcome }: TestResult): boolean => outcome === "skip";
