// passt at the other end: a DHCP server, a gateway and a name server that turn what the board sends into sockets of an
// ordinary process. No root, no interface on the host.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { systemErrorText } from "../../host/errno.ts";
import { StreamLink } from "./stream.ts";

/** How long passt may take until it listens, ms; it takes some tens. */
const START_MS = 10_000;
const LOOK_MS = 10;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts passt and connects to it; `mtu` is what it offers. It ends with the link. */
export async function startPasst(mtu = 1500): Promise<StreamLink> {
  const folder = mkdtempSync(join(tmpdir(), "kpi-passt-"));
  // Started as root, passt becomes nobody before it makes its socket.
  if (process.getuid?.() === 0) chmodSync(folder, 0o777);
  const socket = join(folder, "socket");
  // One client: passt ends when its connection does, also when this process is killed.
  const args = ["--foreground", "--one-off", "--socket", socket, "--mtu", String(mtu), "--no-map-gw"];
  const child = spawn("passt", args, { stdio: ["ignore", "ignore", "pipe"] });
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    return await connect(child, socket, () => {
      child.kill();
      remove();
    });
  } catch (error) {
    child.kill();
    remove();
    throw error;
  }
}

async function connect(child: ChildProcess, socket: string, release: () => void): Promise<StreamLink> {
  let said = "";
  let ended: string | undefined;
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4096)));
  child.once("error", (error) => {
    ended = `cannot start it: ${systemErrorText(error)}; Debian has it in package passt`;
  });
  child.once("exit", () => {
    ended ??= `it has ended: ${said.trim().split("\n").at(-1) ?? ""}`;
  });
  for (let waited = 0; waited < START_MS && ended === undefined; waited += LOOK_MS) {
    const link = await StreamLink.connect({ path: socket }, "passt", release).catch(() => undefined);
    if (link !== undefined) return link;
    await sleep(LOOK_MS);
  }
  throw new KpiError(`link passt: ${ended ?? `it does not listen after ${START_MS / 1000} s`}`);
}
