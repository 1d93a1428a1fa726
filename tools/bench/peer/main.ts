// npm run bench:peer [-- DEVICE] [--json]: what somebody would do who has no wasm board, a Debian guest in QEMU with the same
// card, beside ours and beside the limit, which is the same links without a driver.

import os from "node:os";
import { Command } from "commander";
import { KpiError } from "../../../host/error.ts";
import { unless } from "../../lab/requirements.ts";
import { setUpTestTools } from "../../setup/test-tools.mjs";
import { contenders } from "../cases/net.ts";
import { Blaster } from "../net/blaster.ts";
import { measureContenders, rowsOf, WAYS } from "../net/figures.ts";
import { columns, HEADER, layOut } from "../table.ts";
import { guest } from "./contender.ts";

/** One of our figures beside one of the guest's, and how many times better it is meant to be. */
interface Comparison {
  readonly name: string;
  readonly own: string;
  /** Default: the same one. */
  readonly guest?: string;
  readonly least?: number;
  readonly lessIsMore?: boolean;
}

/** A user of the guest has its sockets; what its driver does under the kernel's own packet generator, nobody has there. */
const COMPARISONS: readonly Comparison[] = [
  { name: "start to first ping", own: "start to first ping", least: 25, lessIsMore: true },
  ...WAYS.map((way) => ({
    name: `frames of 64 B ${way}, its sockets`,
    own: `frames of 64 B ${way}`,
    guest: `UDP 64 B ${way}`,
    least: 10,
  })),
  ...WAYS.map((way) => ({ name: `frames of 64 B ${way}, its driver alone`, own: `frames of 64 B ${way}` })),
  ...WAYS.flatMap((way) =>
    [`TCP ${way}`, `UDP 64 B ${way}`, `UDP 1448 B ${way}`].map((figure) => ({ name: figure, own: figure })),
  ),
];

async function main(device: string, { json }: { json?: boolean }): Promise<number> {
  await setUpTestTools();
  const why = unless("qemu-system-x86_64");
  if (why !== false) throw new KpiError(why);
  const all = [...(await contenders(["desktop"], device)), guest(device, Blaster.make())];
  const measured = await measureContenders(all, (text) => process.stderr.write(`${text} …\n`));
  const rows = rowsOf(measured).map((row) => ({ case: "net", ...row }));
  const [, own, peer] = measured;
  const against = COMPARISONS.flatMap(({ name, own: figure, guest: other = figure, least, lessIsMore }) => {
    const [mine, theirs] = [own!.figures.get(figure)?.value, peer!.figures.get(other)?.value];
    if (mine === undefined || theirs === undefined) return [];
    return [{ name, least, ratio: lessIsMore ? theirs / mine : mine / theirs }];
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
  for (const { name, ratio, least } of against) {
    const meant = least === undefined ? "" : `, ≥ ${least} × ${ratio >= least ? "met" : "MISSED"}`;
    console.log(`  ${name.padEnd(36)} ${ratio.toFixed(1)} ×${meant}`);
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
