// Interfaces without hardware, by the kernel's own modules: ip link add, delete, and what goes through them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, type Run } from "./harness.ts";
import { Random } from "../random.ts";
import { OWN_MAC, PEER_MAC, atHost, fromHost, makeFrame, pass } from "./traffic.ts";

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
