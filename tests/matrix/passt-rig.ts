// The host's network through passt: what runs inside sees it as its own, what runs outside sees the machine's address, where
// passt forwards the ports of the checks.
//
//   namespace inside: kpi0 ── board ── passt :machine, out0 ── wire0 :outside

import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Namespace } from "../../tools/lab/namespace.ts";
import type { Amounts, Rig } from "./rig.ts";
import type { Path } from "./table.ts";
import { INSIDE, OUTSIDE, flood, makeTap, pings, rigBetween } from "./tap-rig.ts";

/** iperf3's and the web server's. */
const PORTS = "5201,8080";

/** passt on the machine, which has a way out; where it listens. */
async function startPasst(machine: Namespace, folder: string): Promise<string> {
  await machine.ip("route", "add", "default", "via", OUTSIDE);
  await machine.output("sh", ["-c", "echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range"]);
  // Started as root, it becomes nobody before it makes its socket.
  chmodSync(folder, 0o777);
  const socket = join(folder, "passt");
  const args = ["--foreground", "--socket", socket, "--mtu", "1500", "--no-map-gw", "-t", PORTS, "-u", PORTS];
  const { child, ended } = machine.start("passt", args);
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`passt: ${(await ended).err}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return socket;
}

export async function passtRig(path: Path, amounts: Amounts): Promise<Rig> {
  const [inside, machine, outside] = [await Namespace.make(), await Namespace.make(), await Namespace.make()];
  const folder = mkdtempSync(join(tmpdir(), "kpi-passt-"));
  const closeWorld = (): void => {
    for (const namespace of [inside, machine, outside]) namespace.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await machine.ip("link", "add", "out0", "type", "veth", "peer", "name", "wire0");
    await outside.adopt(machine, "wire0");
    await machine.configure("out0", `${INSIDE}/24`);
    await outside.configure("wire0", `${OUTSIDE}/24`);
    await makeTap(inside, "kpi0", INSIDE);
    const link = `passt,socket=${await startPasst(machine, folder)}`;
    const far: Pick<Rig, "ping" | "sendTo" | "startTraffic"> = {
      ping: (count, size = 56) => pings(inside, OUTSIDE, count, size),
      async sendTo() {
        throw new Error("nobody sends frames through passt");
      },
      startTraffic: async () => flood(inside, OUTSIDE),
    };
    return await rigBetween(path, amounts, { inside, outside }, link, far, closeWorld);
  } catch (error) {
    closeWorld();
    throw error;
  }
}
