// Two network stacks of the host's: the interface is one of the first's, by a TAP, and the wire, whatever link it is, ends in
// the second.
//
//   namespace inside: kpi0 ── board: eth0, driver, device ── wire0 :namespace outside

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Namespace } from "../../tools/lab/namespace.ts";
import { bootBoard, MAC, type Amounts, type Rig } from "./rig.ts";
import type { Path } from "./table.ts";
import { WIRES, type Wire } from "./wires.ts";

export const INSIDE = "10.9.0.2";
export const OUTSIDE = "10.9.0.1";
/** Nobody's: who sends there chooses the MAC address. */
const ELSEWHERE = "10.9.0.77";
/** Ethernet, IPv4 and ICMP headers. */
const HEADERS = 42;

export async function makeTap(namespace: Namespace, name: string, address: string): Promise<void> {
  await namespace.ip("tuntap", "add", "mode", "tap", "name", name);
  await namespace.configure(name, `${address}/24`);
}

/** So many go one by one. After the last of many, ping(8) waits only for about as long as the others took, which on a machine
 *  with more to do is not enough to go by if they are few. */
const FEW = 10;

async function pingsAtOnce(from: Namespace, to: string, count: number, size: number): Promise<number> {
  const args = ["-n", "-q", "-i", "0.005", "-W", "10", "-c", String(count), "-s", String(size), "-M", "do"];
  const { out, err } = await from.run("ping", [...args, to]);
  const received = / (\d+) received/.exec(out)?.[1];
  if (received === undefined) throw new Error(`ping: ${err}${out}`);
  return Number(received);
}

/** A second without an answer, and something else is sent. */
const NEXT_FRAME_MS = 1000;

/** A driver that acknowledges an interrupt just when a frame comes in finds that frame with the next: so there is a next one. */
async function pingAlone(from: Namespace, to: string, size: number): Promise<number> {
  let answered: number | undefined;
  const ping = pingsAtOnce(from, to, 1, size).then((count) => (answered = count));
  for (;;) {
    await Promise.race([ping, setTimeout(NEXT_FRAME_MS, undefined, { ref: false })]);
    if (answered !== undefined) return answered;
    await from.run("ping", ["-q", "-W", "1", "-c", "1", to]);
  }
}

/** How many of `count` echo requests were answered. */
export async function pings(from: Namespace, to: string, count: number, size: number): Promise<number> {
  if (count > FEW) return pingsAtOnce(from, to, count, size);
  let answered = 0;
  for (let i = 0; i < count; i++) answered += await pingAlone(from, to, size);
  return answered;
}

/** Echo requests of `size` bytes until stopped. */
export function flood(from: Namespace, to: string, size = 1000): () => Promise<void> {
  const { child, ended } = from.start("ping", ["-q", "-f", "-s", String(size), to]);
  return async () => {
    child.kill("SIGINT");
    await ended;
  };
}

/** No connection of a namespace has more than so many bytes under way: eleven frames. */
const SMALL_WINDOW = "4096 16384 16384";

async function keepWindowsSmall(namespace: Namespace): Promise<void> {
  const files = ["tcp_rmem", "tcp_wmem"].map((name) => `/proc/sys/net/ipv4/${name}`);
  await namespace.output("sh", ["-c", files.map((file) => `echo ${SMALL_WINDOW} >${file}`).join("; ")]);
}

/** A rig whose interface is the TAP kpi0 of `inside`, over `link`; `far`: what its far end does. `closeWorld` ends what was made
 *  for it. */
export async function rigBetween(
  path: Path,
  amounts: Amounts,
  namespaces: NonNullable<Rig["namespaces"]>,
  link: string,
  far: Pick<Rig, "ping" | "sendTo" | "startTraffic">,
  closeWorld: () => void,
): Promise<Rig> {
  const board = await bootBoard(path, {
    links: [link],
    netdevs: { eth0: `tap:kpi0,netns=${namespaces.inside.name}` },
  });
  return {
    path,
    board,
    eth0: board.netdev("eth0"),
    amounts,
    namespaces,
    ...far,
    async close() {
      await board.powerOff();
      closeWorld();
    },
  };
}

export async function tapRig(path: Path, amounts: Amounts): Promise<Rig> {
  const [inside, outside] = [await Namespace.make(), await Namespace.make()];
  const folder = mkdtempSync(join(tmpdir(), "kpi-wire-"));
  let wire: Wire | undefined;
  const closeWorld = (): void => {
    wire?.close();
    inside.close();
    outside.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await makeTap(inside, "kpi0", INSIDE);
    await makeTap(outside, "wire0", OUTSIDE);
    const stalls = path.board.stalls.includes(path.driver.name);
    if (stalls) {
      await keepWindowsSmall(inside);
      await keepWindowsSmall(outside);
    }
    wire = await WIRES[path.link.kind as keyof typeof WIRES](outside, folder);
    const far: Pick<Rig, "ping" | "sendTo" | "startTraffic"> = {
      ping: (count, size = 56) => pings(outside, INSIDE, count, size),
      async sendTo(mac, count, length) {
        const neighbour = async (namespace: Namespace, device: string, address: string, to: string): Promise<void> =>
          void (await namespace.ip("neighbour", "replace", address, "lladdr", to, "dev", device, "nud", "permanent"));
        const wire0 = /ether (\S+)/.exec(await outside.ip("link", "show", "wire0"))![1]!;
        // What ARP asks now and then would be counted too.
        await neighbour(inside, "kpi0", OUTSIDE, wire0);
        await neighbour(outside, "wire0", INSIDE, MAC);
        await neighbour(outside, "wire0", ELSEWHERE, mac);
        const size = String(length - HEADERS);
        // Nobody answers.
        await outside.run("ping", ["-q", "-i", "0.002", "-W", "0.01", "-c", String(count), "-s", size, ELSEWHERE]);
      },
      startTraffic: async () => flood(outside, INSIDE, stalls ? 56 : 1000),
    };
    return await rigBetween(path, amounts, { inside, outside }, wire.spec, far, closeWorld);
  } catch (error) {
    closeWorld();
    throw error;
  }
}
