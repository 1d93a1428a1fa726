// TAP links, between network namespaces of the test's own: the host's own programs on both sides of a driver.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Namespace, begun, type Running } from "../../tools/lab/namespace.ts";
import { unless } from "../../tools/lab/requirements.ts";
import { command } from "../cli/process.ts";
import { node26, repoRoot } from "../../tools/setup/paths.mjs";
import { moduleFile } from "../run/harness.ts";

const skip = unless("tap", "ping");
let a: Namespace;
let b: Namespace;

before(async () => {
  if (skip) return;
  [a, b] = [await Namespace.make(), await Namespace.make()];
});
after(() => {
  if (skip) return;
  a.close();
  b.close();
});

function kpi(...args: string[]): Running {
  return begun(node26, [...command, "run", ...args], { cwd: repoRoot });
}

/** A board whose eth0 is kpi0 in `a`, and whose cable leads to wire0 in `b`. */
async function between(device: string, driver: string, ...more: string[]): Promise<Running> {
  const run = kpi(
    ...["--device", device, "--insmod", moduleFile(driver), "--for", "600"],
    ...["--netdev", `eth0=tap:kpi0,netns=${a.name}`, "--link", `tap:wire0,netns=${b.name}`],
    ...more,
  );
  await run.said(/eth0/);
  await a.configure("kpi0", "10.9.0.1/24");
  await b.configure("wire0", "10.9.0.2/24");
  await withIpv6(a, "kpi0", "fd09::1/64");
  await withIpv6(b, "wire0", "fd09::2/64");
  return run;
}

async function withIpv6(namespace: Namespace, device: string, address: string): Promise<void> {
  await namespace.output("sh", ["-c", `echo 0 >/proc/sys/net/ipv6/conf/${device}/disable_ipv6`]);
  await namespace.ip("address", "add", address, "dev", device, "nodad");
}

async function ended(run: Running): Promise<number | null> {
  run.child.kill("SIGINT");
  return (await run.ended).code;
}

async function reached(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { code } = await a.run("ping", ["-c", "1", "-W", "1", "10.9.0.2"]);
    if (code === 0) return;
  }
  assert.fail("no answer");
}

const SERVER = `
  import { createServer } from "node:http";
  import { createHash, randomBytes } from "node:crypto";
  const bytes = randomBytes(100 << 20);
  console.log("sum " + createHash("sha256").update(bytes).digest("hex"));
  createServer((_request, response) => response.end(bytes)).listen(8080, "::", () => console.log("ready"));`;
const CLIENT = `
  import { createHash } from "node:crypto";
  const response = await fetch(process.argv[1]);
  console.log(createHash("sha256").update(Buffer.from(await response.arrayBuffer())).digest("hex"));`;

for (const cpus of ["1", "2"]) {
  test(
    `two namespaces, a driver and ${cpus} CPU: ping, 100 MiB with their checksum, down and up`,
    { skip },
    async () => {
      const run = await between("e1000", "e1000", "--cpus", cpus);
      await reached();
      assert.match(await a.output("ping", ["-c", "20", "-i", "0.02", "10.9.0.2"]), / 20 received/);
      // The interface has the card's address.
      assert.match(await a.ip("link", "show", "kpi0"), /52:54:00:12:34:56/);
      const server = b.start(node26, ["--input-type=module", "-e", SERVER]);
      const [, sum] = await server.said(/sum (\w+)\nready/);
      for (const host of ["10.9.0.2", "[fd09::2]"]) {
        const got = await a.output(node26, ["--input-type=module", "-e", CLIENT, `http://${host}:8080/`]);
        assert.equal(got.trim(), sum, host);
      }
      server.child.kill();
      // The driver's interface takes its MTU from kpi0: a packet of 4000 bytes goes through whole.
      await a.ip("link", "set", "kpi0", "mtu", "4000");
      await b.ip("link", "set", "wire0", "mtu", "4000");
      const whole = ["-c", "1", "-W", "1", "-M", "do", "-s", "3972", "10.9.0.2"];
      for (let tries = 0; tries < 100 && (await a.run("ping", whole)).code !== 0; tries++);
      assert.match(await a.output("ping", whole), / 1 received/);
      await a.ip("link", "set", "kpi0", "down");
      await a.ip("link", "set", "kpi0", "up");
      await reached();
      assert.equal(await ended(run), 128 + 2);
      assert.equal((await a.run("ip", ["link", "show", "kpi0"])).code, 1, "the TAP goes with the board");
    },
  );
}

test("what is not there, is taken, or goes away: one line and exit code 1", { skip }, async () => {
  const said = async (run: Running): Promise<[number | null, string]> => {
    const { code, err } = await run.ended;
    return [code, err];
  };
  const where = `,netns=${a.name}`;
  const device = ["--device", "e1000", "--insmod", moduleFile("e1000"), "--for", "600"];
  assert.deepEqual(await said(kpi("--link", "tap:lo" + where)), [
    1,
    "kpi: link tap:lo: there is an interface lo already, and it is no TAP\n",
  ]);
  assert.deepEqual(await said(kpi("--link", "tap:x,netns=nowhere")), [
    1,
    "kpi: netns=nowhere: No such file or directory; ip netns list shows those that there are\n",
  ]);
  assert.deepEqual(await said(kpi("--link", "tap:much-too-long-for-one")), [
    2,
    "kpi: tap:much-too-long-for-one: an interface's name has 1 to 15 characters, no space, slash or colon\n",
  ]);
  const first = kpi(...device, "--link", "tap:one" + where);
  await first.said(/eth0/);
  assert.deepEqual(await said(kpi("--link", "tap:one" + where)), [
    1,
    "kpi: link tap:one: another program has it open\n",
  ]);
  await a.ip("link", "delete", "one");
  assert.deepEqual(await said(first), [1, "kpi: link tap:one: it is gone: somebody has deleted it\n"]);
});

test("a process that just ends while a TAP is watched ends", { skip }, async () => {
  const script = `
    const { TapLink } = await import("${new URL("../../boards/links/tap.ts", import.meta.url)}");
    const link = new TapLink("bare", "${a.name}");
    link.start({ clock: { timer: () => ({}) }, report() {}, fail() {} });
    setTimeout(() => process.exit(7), 100);`;
  const run = begun(node26, ["--import", "tsx", "--input-type=module", "-e", script], { cwd: repoRoot });
  assert.equal((await run.ended).code, 7);
});
