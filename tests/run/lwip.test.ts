// lwip.ko above a driver: what is at the other end of the cable finds a host there.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Ping } from "../../host/net/ping.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { type Datagram, LanHost } from "../net/lan-host.ts";
import { Random } from "../random.ts";
import { assertMemoryIs, boot, memoryOf, modulesFolder, type Run, untimed } from "./harness.ts";
import { pass } from "./traffic.ts";

await buildModules({ sources: [join(repoRoot, "modules/lwip")], out: modulesFolder });

const BOARD = "10.0.2.20";
const ECHO = 7;
const SECOND = 1e9;

/** Puts a host at the other end of the first card's cable. */
function lanHost(own: Run, leases: string[] = []): LanHost {
  const { b } = own.board.cables[0]!.wire;
  const host = new LanHost(own.system.machine.clock, (frame) => b.send(frame), leases);
  b.onReceive = (frame) => host.receive(frame);
  return host;
}

/** How many of some pings are answered. */
async function ping(own: Run, host: LanHost, count: number, size = 56): Promise<number> {
  const { done } = new Ping(host.stack, BOARD, { count, size, interval: 1 });
  return (await own.system.machine.whileRunning(done)).received;
}

/** What comes back to the host of some frames. */
async function answers(own: Run, host: LanHost, frames: readonly Uint8Array[]): Promise<Datagram[]> {
  const got: Datagram[] = [];
  host.onDatagram = (datagram) => void got.push(datagram);
  for (const frame of frames) {
    host.send(frame);
    await pass(own, 100_000);
  }
  await pass(own, 1_000_000);
  return got;
}

const said = (own: Run): string => own.lines.map(untimed).join("\n");

async function down(own: Run): Promise<void> {
  await own.system.shutdown();
  assert.equal(own.system.machine.oopses, 0);
  assert.doesNotMatch(said(own), /WARNING|BUG|Oops|iommu/);
}

for (const [card, driver] of [
  ["e1000", "e1000"],
  ["rtl8139", "8139cp"],
  ["rtl8139,revision=0x10", "8139too"],
] as const) {
  test(`above ${driver}, with an address of its own: ping, and UDP echo of every size`, async () => {
    const own = await boot([card]);
    const host = lanHost(own);
    await own.run(`modprobe ${driver}; modprobe lwip ip=${BOARD}/24 gateway=10.0.2.2`);
    await pass(own, 5 * SECOND);
    assert.match(said(own), /eth0: lwip: address 10\.0\.2\.20\/24, gateway 10\.0\.2\.2$/m);
    assert.equal(await ping(own, host, 100), 100);
    assert.equal(await ping(own, host, 10, 1472), 10);
    const random = new Random(1);
    const sent = [0, 1, 2, 3, 17, 18, 19, 100, 1471, 1472].map((length) =>
      Uint8Array.from({ length }, () => random.below(256)),
    );
    const got = await answers(
      own,
      host,
      sent.map((data, i) => host.datagram(BOARD, ECHO, 1000 + i, data)),
    );
    assert.deepEqual(
      got,
      sent.map((data, i) => ({ from: BOARD, port: ECHO, to: 1000 + i, data: Buffer.from(data) })),
    );
    await down(own);
  });
}

test("what is not for it, damaged, or would never end is not answered", async () => {
  const own = await boot(["e1000"]);
  const host = lanHost(own);
  await own.run(`modprobe e1000; modprobe lwip ip=${BOARD}/24`);
  await pass(own, 5 * SECOND);
  assert.equal(await ping(own, host, 1), 1);
  const data = Buffer.from("echo");
  const damaged = host.datagram(BOARD, ECHO, 1000, data);
  damaged[damaged.length - 1]! ^= 1;
  const header = host.datagram(BOARD, ECHO, 1000, data);
  header[22]! ^= 1;
  const frames = [
    damaged,
    header,
    host.datagram("10.0.2.21", ECHO, 1000, data),
    host.datagram("255.255.255.255", ECHO, 1000, data),
    host.datagram("10.0.2.255", ECHO, 1000, data),
    host.datagram(BOARD, ECHO, ECHO, data),
  ];
  assert.deepEqual(await answers(own, host, frames), []);
  assert.equal((await answers(own, host, [host.datagram(BOARD, ECHO, 1000, data)])).length, 1);
  await down(own);
});

test("DHCP: an address is asked for, given back when the interface goes down, and asked for again", async () => {
  const own = await boot(["e1000"]);
  const host = lanHost(own, [BOARD]);
  await own.run("modprobe e1000; modprobe lwip");
  await pass(own, 15 * SECOND);
  assert.deepEqual(host.heard, ["DISCOVER", "REQUEST"]);
  assert.match(said(own), /eth0: lwip: address 10\.0\.2\.20\/24, gateway 10\.0\.2\.2, by DHCP$/m);
  assert.equal(await ping(own, host, 10), 10);
  await own.run("ip link set eth0 down");
  assert.deepEqual(host.heard, ["DISCOVER", "REQUEST", "RELEASE"]);
  await own.run("ip link set eth0 up");
  await pass(own, 15 * SECOND);
  assert.deepEqual(host.heard.slice(3), ["DISCOVER", "REQUEST"]);
  assert.equal(await ping(own, host, 10), 10);
  await pass(own, 1900 * SECOND);
  assert.deepEqual(host.heard.slice(5), ["REQUEST"], "half way, a lease is renewed");
  await down(own);
});

test("a server that comes late, and a cable that is out for a while", async () => {
  const own = await boot(["e1000"]);
  const host = lanHost(own);
  await own.run("modprobe e1000; modprobe lwip");
  await pass(own, 30 * SECOND);
  assert.ok(host.heard.length > 1);
  host.leases.push(BOARD);
  await pass(own, 90 * SECOND);
  assert.equal(await ping(own, host, 3), 3);
  host.heard.length = 0;
  own.board.cables[0]!.wire.plug(false);
  await pass(own, 5 * SECOND);
  own.board.cables[0]!.wire.plug(true);
  await pass(own, 30 * SECOND);
  assert.deepEqual(host.heard, ["REQUEST"]);
  assert.equal(await ping(own, host, 3), 3);
  await down(own);
});

test("interfaces come and go, first and second, and lwip with them: nothing is left", async () => {
  const own = await boot(["e1000", "rtl8139"]);
  const host = lanHost(own);
  const round = async (): Promise<void> => {
    await own.run(`modprobe lwip interface=eth1,eth0 ip=10.0.3.1/24,${BOARD}/24; modprobe e1000; modprobe 8139cp`);
    await pass(own, 5 * SECOND);
    assert.equal(await ping(own, host, 2), 2);
    await own.run("rmmod e1000");
    await pass(own, 2 * SECOND);
    await own.run("modprobe e1000");
    await pass(own, 5 * SECOND);
    assert.equal(await ping(own, host, 2), 2);
    await own.run("rmmod lwip; ip link set eth0 down; rmmod e1000; rmmod 8139cp; rmmod mii");
    await pass(own, 2 * SECOND);
  };
  for (let i = 0; i < 5; i++) await round();
  assert.match(said(own), /eth1: lwip: address 10\.0\.3\.1\/24$/m);
  const before = memoryOf(own);
  for (let i = 0; i < 5; i++) await round();
  assertMemoryIs(own, before);
  await down(own);
});

test("frames of a hostile neighbour: it lives on, and nothing of them is left", async () => {
  const own = await boot(["e1000"]);
  const host = lanHost(own);
  await own.run(`modprobe e1000; modprobe lwip ip=${BOARD}/24`);
  await pass(own, 5 * SECOND);
  assert.equal(await ping(own, host, 1), 1);
  const random = new Random(7);
  const good = host.datagram(BOARD, ECHO, 1000, new Uint8Array(300));
  for (let i = 0; i < 2000; i++) {
    const frame = good.slice(0, 60 + random.below(good.length - 59));
    frame[13] = random.below(2) * 6;
    // Also fragments, of which many belong together and few ever become a packet.
    for (let k = random.below(6); k > 0; k--) frame[14 + random.below(40)] = random.below(256);
    if (random.below(2) === 0) frame.set([random.below(64), random.below(8)], 20);
    repairHeader(frame);
    host.send(frame);
    await pass(own, 50_000);
  }
  assert.equal(await ping(own, host, 10), 10);
  await own.run("rmmod lwip; rmmod e1000");
  await down(own);
});

/** Makes the sum of an IPv4 header right, so that what is behind it is looked at. */
function repairHeader(frame: Uint8Array): void {
  frame[24] = frame[25] = 0;
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += (frame[at]! << 8) | frame[at + 1]!;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  frame[24] = (~sum >> 8) & 255;
  frame[25] = ~sum & 255;
}

test("parameters that make no sense refuse the module and say why", async () => {
  const own = await boot([]);
  for (const wrong of [
    "ip=10.0.2.20",
    "ip=10.0.2/24",
    "ip=10.0.2.20/33",
    "ip=0.0.0.0/8",
    "ip=10.0.2.20/24 gateway=x",
  ]) {
    await assert.rejects(own.run(`modprobe lwip ${wrong}`), /Invalid argument/, wrong);
    assert.match(own.lines.slice(-2).join("\n"), /lwip: (ip|gateway)=\S+: (neither dhcp nor|not an address)/);
  }
  await own.system.shutdown();
});
