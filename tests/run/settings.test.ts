// What `ip link set` and `ip maddr` change, and what the card then lets through.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot } from "./harness.ts";
import { OWN_MAC, PEER_MAC, atHost, fromWire, makeFrame, pass } from "./traffic.ts";
import { Random } from "../random.ts";

const mac = (text: string): Uint8Array => Uint8Array.from(text.split(":"), (byte) => parseInt(byte, 16));
const OTHER = mac("52:54:00:aa:bb:cc");
const BROADCAST = mac("ff:ff:ff:ff:ff:ff");
const GROUP = mac("01:00:5e:00:00:fb");
const OTHER_GROUP = mac("33:33:00:00:00:01");

for (const [driver, device] of [
  ["8139cp", "rtl8139"],
  ["8139too", "rtl8139,revision=0x10"],
  ["e1000", "e1000"],
]) {
  test(`${driver}: which frames pass`, async () => {
    const own = await boot([device]);
    const { system, run } = own;
    await run(`modprobe ${driver}; ip link set eth0 up; ip link`);
    await pass(own, 3e9);
    const got = atHost(own);
    const random = new Random(6);
    const names = { own: OWN_MAC, other: OTHER, broadcast: BROADCAST, group: GROUP, otherGroup: OTHER_GROUP };
    const passing = async (): Promise<string[]> => {
      got.length = 0;
      await fromWire(
        own,
        Object.values(names).map((to) => makeFrame(random, 100, to, PEER_MAC)),
      );
      const isTo = (to: Uint8Array): boolean => got.some((frame) => to.every((byte, i) => frame[i] === byte));
      return Object.entries(names).flatMap(([name, to]) => (isTo(to) ? [name] : []));
    };
    assert.deepEqual(await passing(), ["own", "broadcast"]);
    await run("ip maddr add 01:00:5e:00:00:fb dev eth0");
    assert.deepEqual(await passing(), ["own", "broadcast", "group"]);
    assert.ok((await run("ip maddr")).includes("\tlink  01:00:5e:00:00:fb static"));
    await run("ip maddr del 01:00:5e:00:00:fb dev eth0; ip link set eth0 allmulticast on");
    assert.deepEqual(await passing(), ["own", "broadcast", "group", "otherGroup"]);
    assert.match((await run("ip link")).join("\n"), /<BROADCAST,MULTICAST,ALLMULTI,UP,LOWER_UP>/);
    await run("ip link set eth0 allmulticast off; ip link set eth0 promisc on");
    assert.deepEqual(await passing(), Object.keys(names));
    await run("ip link set eth0 promisc off; ip link set eth0 address 52:54:00:aa:bb:cc");
    assert.deepEqual(await passing(), ["other", "broadcast"]);
    await run("ip link set eth0 down; ip link set eth0 up");
    await pass(own, 3e9);
    assert.deepEqual(await passing(), ["other", "broadcast"]);
    await system.shutdown();
  });
}

test("what is no multicast address, and one that is not there", async () => {
  const { system, run } = await boot();
  await run("modprobe 8139cp");
  await assert.rejects(run("ip maddr add 52:54:00:00:00:01 dev eth0"), /Invalid argument/);
  await assert.rejects(run("ip maddr del 01:00:5e:00:00:01 dev eth0"), /No such file or directory/);
  await assert.rejects(run("ip maddr add 01:00:5e dev eth0"), /not a MAC address/);
  await system.shutdown();
});

test("the MTU changes while the interface is up, and pings of every size pass", async () => {
  const { system, run } = await boot();
  await run("modprobe 8139cp; ip link set eth0 up");
  for (const mtu of [68, 576, 1500, 4000, 1500]) {
    await run(`ip link set eth0 mtu ${mtu}`);
    for (const size of [0, 1, 17, 18, 19, mtu - 29, mtu - 28]) await run(`ping -c 1 -s ${size} peer`);
    await assert.rejects(run(`ping -c 1 -s ${mtu - 27} peer`), /0 of 1 answers/);
  }
  await assert.rejects(run("ip link set eth0 mtu 59"), /Invalid argument/);
  await assert.rejects(run("ip link set eth0 mtu 5000"), /Invalid argument/);
  await system.shutdown();
});
