// Interfaces without hardware, by the kernel's own modules: ip link add, delete, and what goes through them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, type Run } from "./harness.ts";
import { Random } from "../random.ts";
import { OWN_MAC, PEER_MAC, atHost, atWire, fromHost, fromWire, makeFrame, pass } from "./traffic.ts";

async function down({ system, lines }: Run): Promise<void> {
  await system.shutdown();
  assert.equal(system.machine.oopses, 0);
  assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|Oops|iommu/);
}

function names(own: Run): string[] {
  return own.system.interfaces.names();
}

test("dummy: counts what it is sent, and is removed with its module", async () => {
  const own = await boot([]);
  await own.run(
    "modprobe dummy numdummies=0; ip link add d0 mtu 1400 address 02:00:00:00:00:07 type dummy; ip link add type dummy",
  );
  await own.run("ip link");
  assert.deepEqual(names(own), ["d0", "dummy0"]);
  await own.run("ip link set d0 up");
  const [line, mac] = await own.run("ip link show d0");
  assert.match(line!, /d0: <BROADCAST,NOARP,UP,LOWER_UP> mtu 1400 qdisc noqueue state UNKNOWN/);
  assert.match(mac!, /02:00:00:00:00:07/);
  const frames = [100, 60, 1400].map((bytes) => makeFrame(new Random(bytes), bytes, PEER_MAC, OWN_MAC));
  assert.equal(await fromHost(own, frames, "d0"), 3);
  assert.deepEqual(await own.run("cat /sys/class/net/d0/statistics/tx_packets"), ["3"]);
  assert.deepEqual(await own.run("cat /sys/class/net/d0/statistics/tx_bytes"), ["1560"]);
  await own.run("echo 0 > /sys/class/net/d0/carrier");
  assert.deepEqual(await own.run("cat /sys/class/net/d0/carrier"), ["0"]);
  await own.run("ip link del dummy0; ip link");
  assert.deepEqual(names(own), ["d0"]);
  await own.run("rmmod dummy; ip link");
  assert.deepEqual(names(own), []);
  await down(own);
});

test("veth: what goes in at one end comes out at the other, and the ends ping each other", async () => {
  const own = await boot([]);
  await own.run("ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; ip link");
  assert.deepEqual(names(own).sort(), ["v0", "v1"]);
  assert.match((await own.run("ip -br link show v0")).join("\n"), /^v0@v1 +UP /);
  await own.run(
    "ip addr flush dev v0; ip addr flush dev v1; ip addr add 10.9.0.1/24 dev v0; ip addr add 10.9.0.2/24 dev v1",
  );
  const pinged = await own.run("ping -c 3 -I v0 10.9.0.2");
  assert.match(pinged.join("\n"), /3 packets transmitted, 3 received, 0% packet loss/);
  const random = new Random(2);
  const frames = Array.from({ length: 40 }, () => makeFrame(random, 60 + random.below(1400), PEER_MAC, OWN_MAC));
  const got = atHost(own, "v1");
  assert.equal(await fromHost(own, frames, "v0"), frames.length);
  assert.deepEqual(got, frames);
  await own.run("ip link del v1; ip link");
  assert.deepEqual(names(own), []);
  await down(own);
});

for (const [card, driver] of [
  ["e1000", "e1000"],
  ["rtl8139", "8139cp"],
  ["rtl8139,revision=0x10", "8139too"],
] as const) {
  test(`the kernel's 8021q above ${driver}: tags go out and come in, the filter lets the number through`, async () => {
    const own = await boot([card]);
    await own.run(`modprobe ${driver}; ip link set eth0 up`);
    await pass(own, 3e9);
    await own.run("ip link add link eth0 name eth0.5 type vlan id 5; ip link set eth0.5 up; ip link");
    assert.deepEqual(names(own), ["eth0", "eth0.5"]);
    const details = (await own.run("ip -d link show eth0.5")).join("\n");
    assert.match(details, /^\d+: eth0\.5@eth0: <[^]*^ {4}vlan protocol 802\.1Q id 5 <REORDER_HDR> $/m);
    assert.match((await own.run("cat /proc/net/vlan/config")).join("\n"), /eth0\.5 +\| 5 +\| eth0/);
    assert.match((await own.run("cat /proc/net/vlan/eth0.5")).join("\n"), /Device: eth0/);
    const random = new Random(3);
    const plain = Array.from({ length: 20 }, () => makeFrame(random, 64 + random.below(1400), PEER_MAC, OWN_MAC));
    const wire = atWire(own);
    assert.equal(await fromHost(own, plain, "eth0.5"), plain.length);
    assert.deepEqual(
      wire,
      plain.map((frame) => tagged(frame, 5)),
    );
    const got = atHost(own, "eth0.5");
    const below = atHost(own, "eth0");
    for (const frame of plain) turn(frame);
    await fromWire(
      own,
      plain.flatMap((frame) => [tagged(frame, 5), tagged(frame, 6)]),
    );
    assert.deepEqual(got, plain);
    assert.deepEqual(
      below.filter((frame) => frame[15] === 5),
      plain.map((frame) => tagged(frame, 5)),
    );
    await own.run("ip link set eth0 down");
    assert.match((await own.run("ip link show eth0.5"))[0]!, /M-DOWN|LOWERLAYERDOWN|DOWN/);
    await own.run(`rmmod ${driver}; ip link`);
    assert.deepEqual(names(own), []);
    await down(own);
  });
}

/** The frame with a tag behind its addresses. */
function tagged(frame: Uint8Array, vid: number): Uint8Array {
  return Uint8Array.of(...frame.subarray(0, 12), 0x81, 0, 0, vid, ...frame.subarray(12));
}

/** Makes a frame that was sent one that is received. */
function turn(frame: Uint8Array): void {
  frame.set(OWN_MAC);
  frame.set(PEER_MAC, 6);
}

test("ip link add says what is wrong", async () => {
  const own = await boot([]);
  const refused: [string, RegExp][] = [
    ["d0 type dummy", /^RTNETLINK answers: File exists$/],
    ["x0 type nothing", /^Error: Unknown device type\.$/],
    ["x0 numtxqueues 5000 type dummy", /^Error: Invalid number of transmit queues\.$/],
    ["x0 mtu 70000 type veth", /^RTNETLINK answers: Invalid argument$/],
    ["x0 address 01:00:00:00:00:01 type dummy", /^RTNETLINK answers: Cannot assign requested address$/],
    ["x0", /"type" argument is required/],
    ["x0 type dummy id 5", /unknown command "id"/],
  ];
  await own.run("modprobe dummy numdummies=0; ip link add d0 type dummy");
  for (const [what, message] of refused) await assert.rejects(own.run(`ip link add ${what}`), { message });
  await own.run("ip link");
  assert.deepEqual(names(own), ["d0"]);
  await down(own);
});
