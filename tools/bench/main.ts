// npm run bench [-- FILTER…] [--json] [--compare OLD.json]: how fast the core and the board are, on the release flavour.

import { readFileSync } from "node:fs";
import os from "node:os";
import { Command } from "commander";
import { KpiError } from "../../host/error.ts";
import { Bed } from "./bed.ts";
import type { Case, FactCase, Row } from "./bench.ts";
import { board } from "./cases/board.ts";
import { boardSelftest } from "./cases/board-selftest.ts";
import { allocFixed, allocMixed } from "./cases/alloc.ts";
import { insmod, start } from "./cases/boot.ts";
import { cpusFixed, cpusMixed } from "./cases/cpus.ts";
import { interrupt, mmio, spinLock, taskSwitch, timer, work } from "./cases/core.ts";
import { collections, garbage } from "./cases/garbage.ts";
import { net } from "./cases/net.ts";
import { packetsE1000, packetsReal, packetsVirtual } from "./cases/packets.ts";
import { processRun } from "./cases/process.ts";
import { size } from "./cases/size.ts";
import { measure } from "./measure.ts";
import { HEADER, columns, comparison, keyOf, layOut } from "./table.ts";

const CASES: readonly (Case | FactCase)[] = [
  allocFixed,
  allocMixed,
  cpusFixed,
  cpusMixed,
  spinLock,
  mmio,
  interrupt,
  taskSwitch,
  timer,
  work,
  insmod,
  start,
  processRun,
  packetsVirtual,
  packetsE1000,
  packetsReal,
  garbage,
  collections,
  net,
  board,
  boardSelftest,
  size,
];

/** A run, as --json prints it and --compare reads it. */
interface Report {
  readonly node: string;
  readonly cpu: string;
  readonly date: string;
  readonly rows: readonly Row[];
}

interface Options {
  json?: boolean;
  compare?: string;
}

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch (error) {
    throw new KpiError(`${file}: ${(error as Error).message}; it should hold what --json printed`, 2);
  }
}

async function bench(filters: string[], { json, compare }: Options): Promise<number> {
  const old = compare === undefined ? undefined : readReport(compare);
  const wanted = CASES.filter(({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)));
  if (wanted.length === 0) {
    throw new KpiError(
      `no benchmark has ${filters.join(" or ")} in its name; there are: ${CASES.map((c) => c.name).join("; ")}`,
      2,
    );
  }
  const bed = new Bed();
  await bed.build();
  const rows: Row[] = [];
  for (const one of wanted) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${one.name} …`);
    rows.push(...(await measure(one, bed)));
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const cpu = `${os.cpus()[0]?.model ?? "unknown CPU"} × ${os.cpus().length}`;
  const report: Report = { node: process.version, cpu, date: new Date().toISOString(), rows };
  if (json) {
    console.log(JSON.stringify(report, null, 1));
    return 0;
  }
  console.log(
    `Node ${report.node}, ${cpu}, load ${os.loadavg()[0]!.toFixed(1)}; medians, times of the CPU beside the wall's\n`,
  );
  console.log(layOut([HEADER, ...rows.map(columns)]).join("\n"));
  if (!old) return 0;
  const before = new Map(old.rows.map((row) => [keyOf(row), row]));
  const lines = rows.map((row) => comparison(row, before.get(keyOf(row))));
  console.log(`\nbeside ${compare}, ${old.date}:\n`);
  console.log(layOut([["case", "row", "then", "now", "ratio", ""], ...lines]).join("\n"));
  return lines.some((line) => line.at(-1) === "REGRESSION") ? 1 : 0;
}

const program = new Command("bench")
  .description("Measures the core and the board, on the release flavour.")
  .argument("[filter...]", "only cases with this in their name")
  .option("--json", "print the figures as JSON")
  .option("--compare <file>", "show what changed since a run that --json printed; exit 1 on a regression beyond noise")
  .action(async (filters: string[], options: Options) => {
    process.exitCode = await bench(filters, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof KpiError)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = error.exitCode;
}
