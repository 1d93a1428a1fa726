// What the card cannot do, the core does: large TCP and UDP packets cut in software, checksums, tags.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, type Run } from "./harness.ts";
import { checkPacket, sendPacket, type Packet } from "./offload.ts";
import { pass } from "./traffic.ts";

const MANY: Packet[] = [
  { bytes: 1461, mss: 1460 },
  { bytes: 2920, mss: 1460, linear: 0 },
  { bytes: 2921, mss: 1460, linear: 3000 },
  { bytes: 30_000, mss: 536, linear: 3000 },
  { bytes: 60_000, mss: 1448, linear: 0 },
  { bytes: 10_000, mss: 1400, vlan: 0x0007 },
  { bytes: 20_000, mss: 1440, ipv6: true },
  { bytes: 9_999, mss: 1399, ipv6: true, vlan: 0x2fff, linear: 5000 },
  { bytes: 10_000, mss: 1000, udp: true },
  { bytes: 12_345, mss: 1452, udp: true, ipv6: true, linear: 700 },
];

async function cutAll(own: Run, packets = MANY): Promise<void> {
  await own.run("ip link set eth0 up; ip link");
  await pass(own, 3e9);
  const sent = Number((await statistic(own, "tx_dropped"))[0]);
  for (const packet of packets) checkPacket(await sendPacket(own, packet), packet);
  assert.equal(Number((await statistic(own, "tx_dropped"))[0]), sent);
}

async function statistic(own: Run, name: string): Promise<string[]> {
  return own.run(`cat /sys/class/net/eth0/statistics/${name}`);
}

/** Also sees that nothing is left of the packets: what leaks is a bug of the run. */
async function down({ system, lines }: Run): Promise<void> {
  await system.shutdown();
  assert.equal(system.machine.oopses, 0);
  assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|Oops|iommu/);
}

for (const driver of ["8139too", "8139cp"]) {
  test(`${driver}: TCP and UDP cut, over IPv4, IPv6 and in VLANs`, async () => {
    const own = await boot([driver === "8139too" ? "rtl8139,revision=0x10" : "rtl8139"]);
    await own.run(`modprobe ${driver}`);
    await cutAll(own);
    await down(own);
  });
}

for (const off of ["tso off", "tso off sg off", "tx off", "tso off gso off tx off txvlan off"]) {
  test(`e1000 after ethtool -K ${off}`, async () => {
    const own = await boot(["e1000"]);
    await own.run(`modprobe e1000; ethtool -K eth0 ${off}`);
    await cutAll(own);
    await down(own);
  });
}
