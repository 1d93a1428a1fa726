// A path of the matrix put together: a board with the device and its driver in this process, debug flavour, and the link.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Board, type BoardOptions, type Netdev, type NetdevStats } from "../../host/index.ts";
import { coreNames } from "../../tools/build/core-names.ts";
import { buildDrivers } from "../../tools/kbuild/drivers/build.ts";
import { moduleNamed } from "../../tools/kbuild/drivers/index.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import type { Namespace } from "../../tools/lab/namespace.ts";
import { DRIVERS, type Path } from "./table.ts";

export const MAC = "52:54:00:6b:70:69";

/** How much of everything: a little in `npm test`, much in a soak. */
export interface Amounts {
  readonly reloads: number;
  /** How long a flow lasts. */
  readonly seconds: number;
  /** How often a file goes each way. */
  readonly files: number;
}

/** The driver's interface, with something at both ends of it. */
export interface Rig {
  readonly path: Path;
  readonly board: Board;
  readonly eth0: Netdev;
  readonly amounts: Amounts;
  /** Sends echo requests through the driver, `size` bytes of data in each; how many were answered. */
  ping(count: number, size?: number): Promise<number>;
  /** Sends frames of `length` bytes to a MAC address from the far end. */
  sendTo(mac: string, count: number, length: number): Promise<void>;
  /** Traffic both ways until stopped. */
  startTraffic(): Promise<() => Promise<void>>;
  /** Where real programs run, on links that have them: the interface is one of the first's, the wire ends in the second. */
  readonly namespaces?: { readonly inside: Namespace; readonly outside: Namespace };
  close(): Promise<void>;
}

/** The world may be slow, s. */
const WAIT_S = 120;

let modules: Promise<string> | undefined;

/** All drivers of the table, built once, in a folder that goes with the process. */
function builtDrivers(): Promise<string> {
  modules ??= (async () => {
    const out = mkdtempSync(join(tmpdir(), "kpi-matrix-"));
    process.on("exit", () => rmSync(out, { recursive: true, force: true }));
    const env = await prepareTree();
    const names = DRIVERS.flatMap(({ name, behind }) => [name, behind ?? []].flat());
    const places = names.map((name) => moduleNamed(env, name)!);
    await buildDrivers(places, { env, core: await coreNames(), out });
    return out;
  })();
  return modules;
}

/** Waits for the link, and until frames get through: a card may negotiate once more, and what an interface's state says
 *  may still be of the time before it was taken down. */
export async function linkUp(rig: Rig): Promise<void> {
  await rig.eth0.waitForLink(true, WAIT_S);
  await rig.eth0.whenRunning(WAIT_S);
  for (const end = rig.board.now + WAIT_S; (await rig.ping(1)) === 0;) {
    assert.ok(rig.board.now < end, `no ping is answered after ${WAIT_S} s`);
  }
}

/** Waits, bounded in minutes, until the interface's counters say so; `prompt` is done before each look. */
export async function untilStats(
  { board, eth0 }: Pick<Rig, "board" | "eth0">,
  condition: (stats: NetdevStats) => boolean,
  prompt: () => Promise<void> = async () => {},
): Promise<NetdevStats> {
  for (const end = board.now + WAIT_S; ;) {
    await prompt();
    const stats = await eth0.stats();
    if (condition(stats)) return stats;
    assert.ok(board.now < end, `after ${WAIT_S} s: ${JSON.stringify(stats)}`);
    await board.sleep(0.02);
  }
}

/** Loads the driver and waits until it has a link. */
export async function loadDriver(rig: Rig): Promise<void> {
  const { behind, name } = rig.path.driver;
  if (behind !== undefined) await rig.board.modprobe(behind);
  await rig.board.modprobe(name);
  await rig.eth0.up();
  await linkUp(rig);
}

/** Powers the board of a path on; `options`: its links. */
export async function bootBoard({ board, device }: Path, options: BoardOptions = {}): Promise<Board> {
  const devices = [`${device.spec},mac=${MAC}`];
  return Board.boot({ board: board.kind, devices, modules: await builtDrivers(), flavour: "debug", ...options });
}

/** The kernel has complained about nothing since the last time, but for what is known of the driver. */
export function assertQuiet({ board, path }: Rig): void {
  const { complaint } = path.driver;
  const reports = board.takeReports().filter(({ lines }) => !lines.some((line) => complaint?.test(line)));
  assert.deepEqual(
    reports.flatMap(({ lines }) => lines),
    [],
  );
}
