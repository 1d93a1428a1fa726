// Networks: real programs between two namespaces, through each driver on each board, beside the limit, which is the same links
// without a driver. `npm run bench:peer` has a guest in QEMU beside them.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { KpiError } from "../../../host/error.ts";
import { buildModules } from "../../kbuild/build.ts";
import { unless } from "../../lab/requirements.ts";
import { repoRoot } from "../../setup/paths.mjs";
import type { FactCase } from "../bench.ts";
import { driver, limit } from "../net/between.ts";
import { Blaster } from "../net/blaster.ts";
import type { Contender } from "../net/contender.ts";
import { measureContenders, rowsOf } from "../net/figures.ts";

/** Devices with their drivers, and what those are built from. */
const DRIVERS = [
  { device: "e1000", module: "e1000", sources: ["drivers/net/ethernet/intel/e1000"] },
  { device: "rtl8139", module: "8139cp", sources: ["drivers/net/mii.c", "drivers/net/ethernet/realtek/8139cp.c"] },
  {
    device: "rtl8139,revision=0x10",
    module: "8139too",
    sources: ["drivers/net/mii.c", "drivers/net/ethernet/realtek/8139too.c"],
  },
] as const;

const folder = join(repoRoot, "build/bench");

/** Builds the drivers of some devices, of all that there are if none is named; what is measured through them. */
export async function contenders(boards: readonly string[], device?: string): Promise<Contender[]> {
  const why = unless("tap", "iperf3", "ping");
  if (why !== false) throw new KpiError(why);
  const drivers = DRIVERS.filter((one) => device === undefined || one.device === device);
  if (drivers.length === 0) {
    throw new KpiError(`unknown device ${device}; known: ${DRIVERS.map((one) => one.device).join(" ")}`, 2);
  }
  mkdirSync(folder, { recursive: true });
  await buildModules({ sources: [...new Set(drivers.flatMap(({ sources }) => sources))], out: folder });
  const blaster = Blaster.make();
  const through = boards.flatMap((board) =>
    drivers.map(({ device, module }) =>
      driver({ board, device, module: join(folder, `${module}.ko`), name: `${module}, ${board}` }, blaster),
    ),
  );
  return [limit(blaster), ...through];
}

export const net: FactCase = {
  name: "net",
  async facts() {
    try {
      return rowsOf(await measureContenders(await contenders(["desktop", "qemu"])));
    } catch (error) {
      if (!(error instanceof KpiError)) throw error;
      return [{ name: "between two namespaces", missing: error.message }];
    }
  },
};
