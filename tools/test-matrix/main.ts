// npm run test-matrix [-- FILTER…]: runs every check on every path of the matrix (tests/matrix) and prints the table of
// what passed, what failed, what does not apply and why. Rows that take long are there with --long, or when they are named.

import { Command } from "commander";
import { CHECKS } from "../../tests/matrix/checks.ts";
import { BOUNDED, LONG, runPath, type Result } from "../../tests/matrix/run.ts";
import { nameOf, paths } from "../../tests/matrix/table.ts";

const CELLS: Readonly<Record<Result["outcome"], string>> = {
  pass: "pass",
  fail: "FAIL",
  "not run": "-",
  "not applicable": "n/a",
  skipped: "skip",
};

interface Line {
  readonly name: string;
  readonly results: readonly Result[];
  /** Why there is nothing to run on this path. */
  readonly why?: string;
}

interface Options {
  long?: boolean;
  json?: boolean;
}

function print(lines: readonly Line[]): void {
  const width = Math.max(...lines.map(({ name }) => name.length));
  const heads = CHECKS.map(({ name }) => name);
  console.log(`${"".padEnd(width)}  ${heads.join("  ")}`);
  for (const { name, results, why } of lines) {
    const cells = heads.map((head) => {
      const result = results.find(({ check }) => check === head);
      return (result ? CELLS[result.outcome] : "n/a").padEnd(head.length);
    });
    console.log(`${name.padEnd(width)}  ${why === undefined ? cells.join("  ").trimEnd() : `n/a: ${why}`}`);
  }
  const notes = lines.flatMap(({ name, results }) =>
    results.flatMap(({ check, outcome, why }) =>
      outcome === "pass" || outcome === "not run" ? [] : [{ text: `${CELLS[outcome]}: ${check}: ${why}`, name }],
    ),
  );
  console.log();
  for (const text of new Set(notes.map((note) => note.text))) {
    const where = notes.filter((note) => note.text === text).map(({ name }) => name);
    // What the nodes of a path lack is said with their names already.
    console.log(text.startsWith("n/a") ? text : `${text} (${where.join("; ")})`);
  }
  const count = (wanted: Result["outcome"]): number =>
    lines.flatMap(({ results }) => results).filter(({ outcome }) => outcome === wanted).length;
  console.log(
    `\n${count("pass")} passed, ${count("fail")} failed, ${count("not run")} not run, ${count("skipped")} skipped, ` +
      `${count("not applicable")} not applicable`,
  );
}

async function main(filters: string[], { long, json }: Options): Promise<number> {
  const lines: Line[] = [];
  for (const { path, verdict, long: needsTime } of paths()) {
    const name = nameOf(path);
    if (filters.length > 0 ? !filters.some((filter) => name.includes(filter)) : needsTime && !long) continue;
    if (!verdict.runs) {
      lines.push({ name, results: [], why: verdict.why });
      continue;
    }
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name} …`);
    const results: Result[] = [];
    for await (const result of runPath(path, long ? LONG : BOUNDED)) {
      results.push(result);
      if (result.outcome === "fail") console.error(`${name}: ${result.check}:`, result.error);
    }
    lines.push({ name, results });
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (lines.length === 0) {
    console.error(`no path has ${filters.join(" or ")} in its name; there are:`);
    for (const { path } of paths()) console.error(`  ${nameOf(path)}`);
    return 2;
  }
  if (json) console.log(JSON.stringify(lines));
  else print(lines);
  return lines.some(({ results }) => results.some(({ outcome }) => outcome === "fail")) ? 1 : 0;
}

await new Command("npm run test-matrix --")
  .description("Runs the test matrix, board × device × driver × link, and prints it.")
  .argument("[filter...]", "only paths with this in their name")
  .option("--long", "with the amounts of a soak")
  .option("--json", "print it as JSON")
  .action(async (filters: string[], options: Options) => void (process.exitCode = await main(filters, options)))
  .parseAsync();
