// npm run compare-models: each driver through one script on our model of its card and on QEMU's, and what differs.

import { Command } from "commander";
import { compareModels, differenceLines, type Comparison } from "../../tests/compare/compare.ts";
import { SUBJECTS } from "../../tests/compare/subjects.ts";

/** As much of a difference as fits on a line or two. */
const SHOWN = 160;

function total(comparison: Comparison, of: "accesses" | "wire" | "host"): string {
  const count = ({ phases }: Comparison["ours"]): number => phases.reduce((sum, phase) => sum + phase[of].length, 0);
  return `${count(comparison.ours)} and ${count(comparison.theirs)}`;
}

function show(comparison: Comparison, all: boolean): void {
  const { subject, unexplained, explained } = comparison;
  console.log(`${subject.driver}: ours (${subject.own ?? subject.device}) and QEMU's (${subject.device})`);
  console.log(`  register accesses ${total(comparison, "accesses")}, frames on the wire ${total(comparison, "wire")},`);
  console.log(`  frames to the host ${total(comparison, "host")}`);
  for (const { right, why, differences } of explained) {
    console.log(`  ${differences.length === 0 ? "never" : `${differences.length}×`} [${right}] ${why}`);
    for (const one of all ? differences : differences.slice(0, 1)) {
      for (const line of differenceLines(one)) console.log(`       ${line.slice(0, SHOWN)}`);
    }
  }
  console.log(unexplained.length === 0 ? "  no other difference\n" : `  ${unexplained.length} not explained:`);
  for (const one of unexplained) for (const line of differenceLines(one)) console.log(`    ${line}`);
}

const program = new Command("npm run compare-models --")
  .description("Compares our device models with QEMU's: register reads and frames of one driver under one script.")
  .argument("[drivers...]", `of ${SUBJECTS.map(({ driver }) => driver).join(", ")}; default: each`)
  .option("--all", "every difference that an explanation covers, not only the first")
  .action(async (drivers: string[], { all = false }: { all?: boolean }) => {
    const unknown = drivers.find((name) => !SUBJECTS.some(({ driver }) => driver === name));
    if (unknown !== undefined) program.error(`error: no driver ${unknown} is compared`, { exitCode: 2 });
    for (const subject of SUBJECTS) {
      if (drivers.length > 0 && !drivers.includes(subject.driver)) continue;
      const comparison = await compareModels(subject);
      show(comparison, all);
      if (comparison.unexplained.length > 0) process.exitCode = 1;
    }
  });
await program.parseAsync();
