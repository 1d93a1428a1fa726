// A path of the matrix put together: a board with the device and its driver in this process, debug flavour, and the link.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Board, buildModules, type Netdev, type NetdevStats } from "../../host/index.ts";
import { DRIVERS, type Path } from "./table.ts";

export const MAC = "52:54:00:6b:70:69";

/** How much of everything: a little in `npm test`, much in a soak. */
export interface Amounts {
  readonly reloads: number;
  readonly seconds: number;
  readonly mebibytes: number;
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
    await buildModules([...new Set(DRIVERS.flatMap(({ sources }) => sources))], { out });
    return out;
  })();
  return modules;
}

/** Waits for the link. What the interface's state says may still be of the time before it was taken down. */
export async function linkUp({ eth0 }: Pick<Rig, "eth0">): Promise<void> {
  await eth0.waitForLink();
  await eth0.whenRunning();
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
export async function loadDriver({ path, board, eth0 }: Pick<Rig, "path" | "board" | "eth0">): Promise<void> {
  await board.modprobe(path.driver.name);
  await eth0.up();
  await linkUp({ eth0 });
}

async function peerRig(path: Path, amounts: Amounts): Promise<Rig> {
  const devices = [`${path.device.spec},mac=${MAC}`];
  const board = await Board.boot({
    board: path.board.kind,
    devices,
    modules: await builtDrivers(),
    flavour: "debug",
  });
  const eth0 = board.netdev("eth0");
  const frameTo = (mac: string, length: number): Uint8Array => {
    const frame = new Uint8Array(length);
    frame.set(mac.split(":").map((byte) => parseInt(byte, 16)));
    frame.set(
      board.peer.mac.split(":").map((byte) => parseInt(byte, 16)),
      6,
    );
    frame.set([ETH_P_802_EX1 >> 8, ETH_P_802_EX1 & 255], 12);
    return frame;
  };
  return {
    path,
    board,
    eth0,
    amounts,
    async ping(count, size = 56) {
      // One by one: each answer is waited for as long as it takes on a slow machine.
      let answered = 0;
      for (let i = 0; i < count; i++) answered += (await eth0.ping("peer", { count: 1, size })).received;
      return answered;
    },
    async sendTo(mac, count, length) {
      for (let i = 0; i < count; i++) board.peer.send(frameTo(mac, length));
    },
    async startTraffic() {
      const pings = board.peer.ping("10.0.2.15", { count: 200, interval: 0.0005 });
      return async () => void (await pings);
    },
    close: () => board.powerOff(),
  };
}

/** Local experimental, IEEE 802: no stack cares for it. */
const ETH_P_802_EX1 = 0x88b5;

const MAKERS = { peer: peerRig };

export async function makeRig(path: Path, amounts: Amounts): Promise<Rig> {
  return MAKERS[path.link.kind](path, amounts);
}

/** The kernel has complained about nothing since the last time. */
export function assertQuiet({ board }: Rig): void {
  assert.deepEqual(
    board.takeReports().flatMap(({ lines }) => lines),
    [],
  );
}
