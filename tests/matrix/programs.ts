// Real programs at both ends of a path: iperf3, and a web server with a file whose checksum is known.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Namespace } from "../../tools/lab/namespace.ts";
import type { Rig } from "./rig.ts";
import { INSIDE, OUTSIDE } from "./tap-rig.ts";

/** "in": from the wire to the host's stack. */
export type Way = "in" | "out";

const PORT = "8080";
const MEBIBYTE = 1 << 20;

interface Sum {
  readonly bytes: number;
  readonly packets: number;
  readonly lost_packets: number;
}

interface Sums {
  readonly sum: Sum;
  readonly sum_sent: Sum;
  readonly sum_received: Sum;
}

interface Report {
  /** "test_start" is there once the flow has begun. */
  readonly start: { readonly test_start?: unknown };
  readonly end: Sums;
  /** Why there are no sums: with -J iperf3 ends with 0 all the same. */
  readonly error?: string;
}

function ends(rig: Rig): { inside: Namespace; outside: Namespace } {
  assert.ok(rig.namespaces);
  return rig.namespaces;
}

/** How often a flow is tried that does not come to its beginning. */
const ATTEMPTS = 10;

/** What became of a flow, and what its server said of what went wrong. */
interface Flow extends Report {
  readonly server: string;
}

async function flow(rig: Rig, words: readonly string[]): Promise<Flow> {
  const { inside, outside } = ends(rig);
  const server = inside.start("iperf3", ["-s", "-1", "--forceflush"]);
  await server.said(/listening/);
  const report = JSON.parse(await outside.output("iperf3", words)) as Report;
  // It ends by itself after a flow, but one that nobody has reached waits on.
  if (report.error !== undefined) server.child.kill("SIGKILL");
  const { err } = await server.ended;
  return { ...report, server: err.trim() };
}

/** A flow of iperf3's between the two namespaces; what its report sums up. Before the first byte of UDP iperf3 sends one
 *  datagram each way, once, and gives up when its wait for it is interrupted, as it is when its process was stopped for a
 *  moment: then nothing has been measured, and the flow is begun again. */
export async function iperf(rig: Rig, way: Way, args: readonly string[]): Promise<Sums> {
  const reverse = way === "out" ? ["-R"] : [];
  const words = ["-c", INSIDE, "-J", "-t", String(rig.amounts.seconds), ...reverse, ...args];
  for (let attempt = 1; ; attempt++) {
    const { start, end, error, server } = await flow(rig, words);
    if (error === undefined) return end;
    if (start.test_start === undefined && attempt < ATTEMPTS) continue;
    throw new Error(`iperf3 ${words.join(" ")}, attempt ${attempt}: ${error}; its server: ${server || "nothing"}`);
  }
}

/** A file of random bytes, and their SHA-256. */
function makeFile(file: string, mebibytes: number): string {
  const hash = createHash("sha256");
  const fd = openSync(file, "w");
  for (let i = 0; i < mebibytes; i++) {
    const bytes = randomBytes(MEBIBYTE);
    hash.update(bytes);
    writeSync(fd, bytes);
  }
  closeSync(fd);
  return hash.digest("hex");
}

/** Waits until something listens at PORT. */
async function listening(namespace: Namespace): Promise<void> {
  while (!(await namespace.output("busybox", ["netstat", "-ltn"])).includes(`:${PORT} `)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Downloads a file from the other side and compares its checksum. */
export async function download(rig: Rig, way: Way): Promise<void> {
  const { inside, outside } = ends(rig);
  const [server, client, address] = way === "in" ? [outside, inside, OUTSIDE] : [inside, outside, INSIDE];
  const folder = mkdtempSync(join(tmpdir(), "kpi-http-"));
  try {
    const { board, driver, link } = rig.path;
    const sha = makeFile(join(folder, "file"), Math.min(board.mebibytes, driver.mebibytes, link.mebibytes ?? Infinity));
    const httpd = server.start("busybox", ["httpd", "-f", "-p", PORT, "-h", folder]);
    await listening(server);
    const fetch = `busybox wget -q -O - http://${address}:${PORT}/file | busybox sha256sum`;
    const out = await client.output("sh", ["-c", fetch]);
    httpd.child.kill("SIGKILL");
    await httpd.ended;
    assert.equal(out.split(" ")[0], sha);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
