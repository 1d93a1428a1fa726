// kpi test: the kernel's own tests, and modules of one's own that test, with their results as KTAP.

import { buildEvents } from "./build.ts";
import type { Flavour } from "../flavour.ts";
import { Isolate } from "../ktest/isolate.ts";
import { formatResult, totals, type TestResult } from "../ktest/ktap.ts";
import { LEFT_OUT } from "../ktest/known.ts";
import { allTests, resolveTargets, type Target } from "../ktest/targets.ts";
import { KpiError } from "../error.ts";

export interface TestCommand {
  list?: boolean;
  json?: boolean;
  flavour: Flavour;
  mem: number;
  timeout: number;
}

/** `kpi test NAME… param=value…`: words with a = are parameters of the modules. */
const PARAM = /^(\w+)=(.*)$/s;

async function list(json: boolean): Promise<number> {
  const { tests } = await allTests();
  const rows = tests.map(({ name, folder, suites }) => ({ name, folder, suites, leftOut: LEFT_OUT[name] ?? null }));
  if (json) console.log(JSON.stringify({ tests: rows }));
  else {
    const wide = Math.max(...rows.map(({ name }) => name.length)) + 2;
    for (const { name, folder, suites, leftOut } of rows) {
      const what = leftOut ? `left out: ${leftOut}` : suites.length > 0 ? `KUnit: ${suites.join(", ")}` : "";
      console.log(`${name.padEnd(wide)}${folder.padEnd(18)}${what}`.trimEnd());
    }
  }
  return 0;
}

function skipped({ name }: Target, reason: string): TestResult {
  return { name, outcome: "skip", reason, diagnostics: [], subtests: [] };
}

export async function test(words: string[], options: TestCommand): Promise<number> {
  if (options.list) return list(options.json ?? false);
  if (words.length === 0)
    throw new KpiError("name a module, a suite, a folder or a file; kpi test --list lists them", 2);
  const params = Object.fromEntries(words.flatMap((word) => (PARAM.test(word) ? [PARAM.exec(word)!.slice(1)] : [])));
  const given = Object.keys(params).length > 0 ? { params } : {};
  const targets = await resolveTargets(
    words.filter((word) => !PARAM.test(word)),
    buildEvents,
  );
  const { json = false, flavour, mem: memory, timeout } = options;
  const say = (lines: readonly string[]): void => void (json || lines.forEach((line) => console.log(line)));
  say(["KTAP version 1", `1..${targets.length}`]);
  const results: TestResult[] = [];
  using isolate = new Isolate();
  for (const target of targets) {
    const result =
      "file" in target
        ? await isolate.run(target.file, { flavour, memory, timeout, ...given })
        : skipped(target, target.leftOut);
    results.push(result);
    say(formatResult(result, results.length));
  }
  const sum = totals(results);
  const { passed, failed, skipped: left } = sum;
  say([`# Totals: pass:${passed} fail:${failed} skip:${left} total:${passed + failed + left}`]);
  const well = failed === 0 && passed > 0;
  if (json) console.log(JSON.stringify({ exitCode: well ? 0 : 1, totals: sum, tests: results }));
  if (failed === 0 && passed === 0) console.error("kpi: no case has run");
  return well ? 0 : 1;
}
