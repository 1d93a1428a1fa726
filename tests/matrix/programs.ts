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

function ends(rig: Rig): { inside: Namespace; outside: Namespace } {
  assert.ok(rig.namespaces);
  return rig.namespaces;
}

/** A flow of iperf3's between the two namespaces; what its report sums up. */
export async function iperf(rig: Rig, way: Way, args: readonly string[]): Promise<Sums> {
  const { inside, outside } = ends(rig);
  const server = inside.start("iperf3", ["-s", "-1", "--forceflush"]);
  await server.said(/listening/);
  const { seconds } = rig.amounts;
  const reverse = way === "out" ? ["-R"] : [];
  const out = await outside.output("iperf3", ["-c", INSIDE, "-J", "-t", String(seconds), ...reverse, ...args]);
  await server.ended;
  return (JSON.parse(out) as { end: Sums }).end;
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
