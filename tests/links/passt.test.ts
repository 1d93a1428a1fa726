// The network of the machine through passt, and no privilege: a lease, and connections in which either end speaks first. The
// machine is a namespace, so that what is reached is this test's own:
//
//   inside: kpi0 ── board ── passt :machine, out0 ── away :world
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Namespace, begun, type Running } from "../../tools/lab/namespace.ts";
import { unless } from "../../tools/lab/requirements.ts";
import { node26, repoRoot } from "../../tools/setup/paths.mjs";
import { command } from "../cli/process.ts";
import { moduleFile } from "../run/harness.ts";

const skip = unless("tap", "passt", "busybox");
const WORLD = "10.77.0.2";
const MACHINE = "10.77.0.1";
/** One service greets, one sends a file, one takes it back and answers with its checksum. */
const SERVER = `
  import { once } from "node:events";
  import { createServer } from "node:net";
  import { createHash, randomBytes } from "node:crypto";
  const sha = (bytes) => createHash("sha256").update(bytes).digest("hex");
  const file = randomBytes(4 << 20);
  const listen = (port, serve) =>
    new Promise((resolve) => createServer({ allowHalfOpen: true }, serve).listen(port, "${WORLD}", resolve));
  await listen(7001, (socket) => socket.end("welcome"));
  await listen(7002, (socket) => socket.end(file));
  await listen(7003, async (socket) => {
    const parts = [];
    for (let got = 0; got < file.length; got += parts.at(-1).length) parts.push((await once(socket, "data"))[0]);
    socket.end(sha(Buffer.concat(parts)));
  });
  console.log("sum " + sha(file));
  console.log("ready");`;
const CLIENT = `
  import { connect } from "node:net";
  import { createHash } from "node:crypto";
  const open = (port) => connect({ port, host: "${WORLD}", allowHalfOpen: true });
  const all = async (socket) => Buffer.concat(await socket.toArray());
  // No half-open connections: passts of some years have none.
  const up = (file) => {
    const socket = open(7003);
    socket.write(file);
    return all(socket);
  };
  console.log("the server speaks first: " + (await all(open(7001))));
  const file = await all(open(7002));
  console.log("down " + createHash("sha256").update(file).digest("hex"));
  console.log("up " + (await up(file)));
  process.exit();`;

const folder = mkdtempSync(join(tmpdir(), "kpi-passt-test-"));
let inside: Namespace;
let machine: Namespace;
let world: Namespace;

before(async () => {
  if (skip) return;
  [inside, machine, world] = [await Namespace.make(), await Namespace.make(), await Namespace.make()];
  await machine.ip("link", "add", "out0", "type", "veth", "peer", "name", "away");
  await world.adopt(machine, "away");
  await machine.configure("out0", `${MACHINE}/24`);
  await world.configure("away", `${WORLD}/24`);
  await machine.ip("route", "add", "default", "via", WORLD);
  // As systemd has it: everybody may ping.
  await machine.output("sh", ["-c", "echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range"]);
});
after(() => {
  for (const namespace of skip ? [] : [inside, machine, world]) namespace.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A board on the machine, with this folder for its temporary files; `as`: what runs the command. */
function kpi(args: readonly string[], as: readonly string[] = []): Running {
  const [program, ...rest] = [...as, node26, ...command, "run", "--device", "e1000", "--insmod", moduleFile("e1000")];
  return machine.start(program!, [...rest, ...args], { cwd: repoRoot, env: { ...process.env, TMPDIR: folder } });
}

/** What busybox's udhcpc does with its lease, and says of it. */
const LEASE = `#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add $ip/$mask dev $interface && ip route add default via $router && echo "lease of $ip"
`;

test("a lease, and connections in which either end speaks first", { skip }, async () => {
  const run = kpi(["--netdev", `eth0=tap:kpi0,netns=${inside.name}`, "--link", "passt", "--for", "600"]);
  await run.said(/eth0/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("kpi-passt-")),
    [],
    "a run that is killed leaves no folder",
  );
  await inside.ip("link", "set", "kpi0", "up");
  const script = join(folder, "lease");
  writeFileSync(script, LEASE);
  chmodSync(script, 0o755);
  // More often than it would ask by itself: the link is not there at once.
  const asked = await inside.output("busybox", [
    "udhcpc",
    "-i",
    "kpi0",
    "-q",
    "-n",
    "-t",
    "60",
    "-T",
    "1",
    "-s",
    script,
  ]);
  assert.match(asked, new RegExp(`lease of ${MACHINE}`));

  const server = world.start(node26, ["--input-type=module", "-e", SERVER]);
  const [, sum] = await server.said(/sum (\w+)\nready/);
  const said = await inside.output(node26, ["--input-type=module", "-e", CLIENT]);
  assert.deepEqual(said.trim().split("\n"), ["the server speaks first: welcome", `down ${sum}`, `up ${sum}`]);
  server.child.kill();
  run.child.kill("SIGTERM");
  assert.equal((await run.ended).code, 128 + 15);
});

/** Nobody, with the right to read the files of this test's owner. */
const NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all,+dac_read_search";
const READS = "--inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search";

test("without root: the board's own stack reaches the world", { skip }, async () => {
  chmodSync(folder, 0o777);
  const { code, out, err } = await kpi(
    ["--link", "passt", "--exec", "ip route add default via 10.0.2.2", "--ping", WORLD],
    `${NOBODY} ${READS}`.split(" "),
  ).ended;
  assert.match(out, / 5 received/);
  assert.deepEqual([code, err], [0, ""]);
});

test("no passt, one that cannot start: one line", { skip }, async () => {
  const without = join(folder, "bin");
  mkdirSync(without);
  for (const [script, line] of [
    [undefined, "cannot start it: No such file or directory; Debian has it in package passt"],
    ["#!/bin/sh\necho some words >&2; echo No routable interface >&2; exit 1\n", "it has ended: No routable interface"],
  ] as const) {
    if (script !== undefined) writeFileSync(join(without, "passt"), script, { mode: 0o755 });
    const { code, err } = await begun(node26, [...command, "run", "--link", "passt", "--for", "600"], {
      cwd: repoRoot,
      env: { ...process.env, PATH: without, TMPDIR: folder },
    }).ended;
    assert.deepEqual([code, err], [1, `kpi: link passt: ${line}\n`]);
  }
});
