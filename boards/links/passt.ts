// passt at the other end: a DHCP server, a gateway and a name server that turn what the board sends into sockets of an
// ordinary process. No root, no interface on the host.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { KpiError } from "../../host/error.ts";
import { systemErrorText } from "../../host/errno.ts";
import { type SocketAddress, formatAddress } from "./address.ts";
import type { Link, LinkServices } from "./link.ts";
import { StreamLink } from "./stream.ts";
import { Unpadded } from "./unpadded.ts";

const SAID_BYTES = 4096;
/** What Debian's passt says about each of its lines where there is no log daemon. */
const NOISE = /^(Failed to send \d+ bytes to syslog)?$/;

/** Connects to a passt that runs already. */
export async function joinPasst(address: SocketAddress): Promise<Link> {
  return new Unpadded(await StreamLink.connect(address, `passt:${formatAddress(address)}`));
}

/** Starts passt with a connection to it; `mtu` is what it offers. It ends with the link, also when this process is killed:
 *  when the connection does. */
export async function startPasst(mtu = 1500): Promise<Link> {
  const args = ["--foreground", "--fd", "3", "--mtu", String(mtu), "--no-map-gw"];
  const child = spawn("passt", args, { stdio: ["ignore", "ignore", "pipe", "pipe"] });
  const ended = ending(child);
  try {
    await once(child, "spawn");
  } catch (error) {
    throw new KpiError(`link passt: cannot start it: ${systemErrorText(error)}; Debian has it in package passt`);
  }
  return new OwnPasst(
    StreamLink.over(child.stdio[3] as Socket, "passt", () => child.kill()),
    ended,
  );
}

/** What it said last, when it has ended. */
function ending(child: ChildProcess): Promise<string> {
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-SAID_BYTES)));
  return new Promise((resolve) => {
    child.once("close", () => resolve(said.split("\n").findLast((line) => !NOISE.test(line)) ?? ""));
  });
}

class OwnPasst extends Unpadded {
  readonly #ended: Promise<string>;

  constructor(inner: Link, ended: Promise<string>) {
    super(inner);
    this.#ended = ended;
  }

  /** An end of the connection is one of passt, which has said why. */
  override start(services: LinkServices): void {
    const fail = async (): Promise<void> =>
      services.fail(new KpiError(`link passt: it has ended: ${await this.#ended}`, 1, "EPIPE"));
    super.start({ ...services, fail: () => void fail() });
  }
}
