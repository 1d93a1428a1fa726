// The cable is pulled and put in again: the driver's own link change, carrier and operational state, and traffic after.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed } from "./harness.ts";

const FLAGS = { up: "<BROADCAST,MULTICAST,UP,LOWER_UP>", unplugged: "<NO-CARRIER,BROADCAST,MULTICAST,UP>" };

for (const [driver, device] of [
  ["8139cp", "rtl8139"],
  ["8139too", "rtl8139,revision=0x10"],
]) {
  test(`${driver}: link down, link up`, async () => {
    const { system, run, board, lines } = await boot([device]);
    const { wire } = board.cables[0];
    const link = async (): Promise<string> =>
      (await run("ip link")).filter((line) => line.includes("eth0:")).join("\n");
    const said = (what: RegExp): number => lines.filter((line) => what.test(untimed(line))).length;
    await run(`modprobe ${driver}`);
    assert.match(await link(), /<BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN/);
    await run("ip link set eth0 up; ping -c 1 peer");
    for (let round = 1; round <= 5; round++) {
      wire.plug(false);
      await system.wait(2);
      assert.equal(said(/eth0: link down$/), round);
      assert.ok((await link()).includes(`${FLAGS.unplugged} mtu 1500 qdisc pfifo state DOWN`), lines.at(-1));
      await assert.rejects(run("ping -c 1 peer"), /0 of 1 answers/);
      wire.plug(true);
      await system.wait(2);
      assert.equal(said(/eth0: link up, 100Mbps, full-duplex, lpa 0x45E1$/), round + 1);
      assert.ok((await link()).includes(`${FLAGS.up} mtu 1500 qdisc pfifo state UP`), lines.at(-1));
      await run("ping -c 1 peer");
    }
    await run("ip link set eth0 down");
    assert.match(await link(), /<BROADCAST,MULTICAST> mtu 1500 .* state DOWN/);
    await system.shutdown();
  });
}

test("a cable that is not in when the interface comes up", async () => {
  const { system, run, board } = await boot();
  board.cables[0].wire.plug(false);
  await run("modprobe 8139cp; ip link set eth0 up");
  await system.wait(1);
  assert.match((await run("ip link")).join("\n"), /<NO-CARRIER,BROADCAST,MULTICAST,UP> .* state DOWN/);
  board.cables[0].wire.plug(true);
  await system.wait(1);
  await run("ping -c 2 peer");
  await system.shutdown();
});

test("the cable shakes while frames are on their way", async () => {
  const { system, run, board, lines } = await boot();
  const { wire, peer } = board.cables[0];
  await run("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
  const ping = peer.ping("10.0.2.15", { count: 2000, interval: 1 });
  for (let i = 0; i < 40; i++) {
    wire.plug(i % 2 === 1);
    await system.wait(0.007 * (i % 9));
  }
  wire.plug(true);
  assert.equal((await system.machine.whileRunning(ping.done)).corrupted, 0);
  await run("ping -c 3 peer");
  assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|iommu/);
  await system.shutdown();
});
