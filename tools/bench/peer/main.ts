// npm run bench:peer [-- DEVICE] [--json]: what somebody would do who has no wasm board, a Debian guest in QEMU with the same
// card, beside ours and beside the limit, which is the same links without a driver.

import os from "node:os";
import { Command } from "commander";
import { KpiError } from "../../../host/error.ts";
import { unless } from "../../lab/requirements.ts";
import { setUpTestTools } from "../../setup/test-tools.mjs";
import { contenders } from "../cases/net.ts";
import { Blaster } from "../net/blaster.ts";
import { measureContenders, rowsOf } from "../net/figures.ts";
import { columns, HEADER, layOut } from "../table.ts";
import { guest } from "./contender.ts";

/** Ratios that are meant to be, against limit and guest: figure, and at least or at most how much. */
const AGAINST_GUEST: readonly (readonly [figure: string, least: number, lessIsMore: boolean])[] = [
  ["start to first ping", 25, true],
  ["frames of 64 B in", 10, false],
  ["frames of 64 B out", 10, false],
  ["UDP 64 B in", 10, false],
  ["UDP 64 B out", 10, false],
];

async function main(device: string, { json }: { json?: boolean }): Promise<number> {
  await setUpTestTools();
  const why = unless("qemu-system-x86_64");
  if (why !== false) throw new KpiError(why);
  const all = [...(await contenders(["desktop"], device)), guest(device, Blaster.make())];
  const measured = await measureContenders(all, (text) => process.stderr.write(`${text} …\n`));
  const rows = rowsOf(measured).map((row) => ({ case: "net", ...row }));
  const [, own, peer] = measured;
  const against = AGAINST_GUEST.flatMap(([figure, least, lessIsMore]) => {
    const [mine, theirs] = [own!.figures.get(figure)?.value, peer!.figures.get(figure)?.value];
    if (mine === undefined || theirs === undefined) return [];
    return [{ figure, least, ratio: lessIsMore ? theirs / mine : mine / theirs }];
  });
  const cpu = `${os.cpus()[0]?.model ?? "unknown CPU"} × ${os.cpus().length}`;
  const load = os.loadavg()[0]!;
  if (json) {
    console.log(
      JSON.stringify({ node: process.version, cpu, load, date: new Date().toISOString(), rows, against }, null, 1),
    );
    return 0;
  }
  console.log(`Node ${process.version}, ${cpu}, load ${load.toFixed(1)}; medians of 5\n`);
  console.log(layOut([HEADER, ...rows.map(columns)]).join("\n"));
  console.log("\nours against the guest:");
  for (const { figure, ratio, least } of against) {
    console.log(
      `  ${figure.padEnd(20)} ${ratio.toFixed(1)} × better, ≥ ${least} × ${ratio >= least ? "met" : "MISSED"}`,
    );
  }
  return measured.some(({ missing }) => missing !== undefined) ? 1 : 0;
}

const program = new Command("npm run bench:peer --")
  .description("Measures a Debian guest in QEMU with the same card, beside ours and beside the limit.")
  .argument("[device]", "the card: e1000 or rtl8139", "e1000")
  .option("--json", "print the figures as JSON")
  .action(async (device: string, options: { json?: boolean }) => {
    process.exitCode = await main(device, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof KpiError)) throw error;
  console.error(`bench:peer: ${error.message}`);
  process.exitCode = error.exitCode;
}
