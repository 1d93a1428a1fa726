// npm run bench:peer [-- DEVICE] [--json]: what somebody would do who has no wasm board, a Debian guest in QEMU with the same
// card, beside ours and beside the limit, which is the same links without a driver.

import { mkdirSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { KpiError } from "../../../host/error.ts";
import { unless } from "../../lab/requirements.ts";
import { repoRoot } from "../../setup/paths.mjs";
import { setUpTestTools } from "../../setup/test-tools.mjs";
import { buildModules } from "../../kbuild/build.ts";
import { driver, limit } from "../net/between.ts";
import { Blaster } from "../net/blaster.ts";
import { measureContenders, rowsOf } from "../net/figures.ts";
import { columns, HEADER, layOut } from "../table.ts";
import { guest } from "./contender.ts";

/** The driver for each card that both of us have, and what it is built from. */
const DRIVERS: Readonly<Record<string, { readonly module: string; readonly sources: readonly string[] }>> = {
  e1000: { module: "e1000", sources: ["drivers/net/ethernet/intel/e1000"] },
  rtl8139: { module: "8139cp", sources: ["drivers/net/mii.c", "drivers/net/ethernet/realtek/8139cp.c"] },
};

/** Ratios that are meant to be, against limit and guest: figure, and at least or at most how much. */
const AGAINST_GUEST: readonly (readonly [figure: string, least: number, lessIsMore: boolean])[] = [
  ["start to first ping", 25, true],
  ["frames of 64 B in", 10, false],
  ["frames of 64 B out", 10, false],
  ["UDP 64 B in", 10, false],
  ["UDP 64 B out", 10, false],
];

async function main(device: string, { json }: { json?: boolean }): Promise<number> {
  const ours = DRIVERS[device];
  if (ours === undefined) {
    throw new KpiError(`unknown device ${device}; known: ${Object.keys(DRIVERS).join(", ")}`, 2);
  }
  await setUpTestTools();
  const why = unless("tap", "qemu-system-x86_64", "iperf3", "ping");
  if (why !== false) throw new KpiError(why);
  const folder = join(repoRoot, "build/bench");
  mkdirSync(folder, { recursive: true });
  await buildModules({ sources: ours.sources, out: folder });
  const blaster = Blaster.make();
  const module = join(folder, `${ours.module}.ko`);
  const contenders = [
    limit(blaster),
    driver({ board: "desktop", device, module, name: `${device}, desktop` }, blaster),
    guest(device, blaster),
  ];
  const measured = await measureContenders(contenders, (text) => process.stderr.write(`${text} …\n`));
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
  .argument("[device]", `the card: ${Object.keys(DRIVERS).join(", ")}`, "e1000")
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
