// Threaded NAPI: the polls of an interface run in kthreads of their own, and in softirq again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../random.ts";
import { boot, type Run } from "./harness.ts";
import { OWN_MAC, PEER_MAC, atHost, fromWire, makeFrame, pass } from "./traffic.ts";

async function threads(own: Run): Promise<string[]> {
  return (await own.run("ps")).filter((line) => line.includes("napi/"));
}

async function receives(own: Run): Promise<void> {
  const random = new Random(1);
  const frames = Array.from({ length: 50 }, () => makeFrame(random, 60 + random.below(1400), OWN_MAC, PEER_MAC));
  const got = atHost(own);
  assert.equal(await fromWire(own, frames), frames.length);
  assert.deepEqual(got, frames);
}

test("echo 1 > threaded: a kthread polls; echo 0: the softirq does; the thread goes with the interface", async () => {
  const own = await boot(["e1000"]);
  await own.run("modprobe e1000; ip link set eth0 up");
  await pass(own, 3e9);
  await receives(own);
  assert.deepEqual(await threads(own), []);
  assert.deepEqual(await own.run("cat /sys/class/net/eth0/threaded"), ["0"]);

  await own.run("echo 1 > /sys/class/net/eth0/threaded");
  assert.deepEqual(await own.run("cat /sys/class/net/eth0/threaded"), ["1"]);
  assert.match((await threads(own)).join("\n"), /napi\/eth0-\d+/);
  await receives(own);
  assert.doesNotMatch((await threads(own)).join("\n"), / R /);
  await own.run("ip link set eth0 down; ip link set eth0 up");
  await pass(own, 3e9);
  await receives(own);

  await own.run("echo 0 > /sys/class/net/eth0/threaded");
  await receives(own);
  await own.run("echo 1 > /sys/class/net/eth0/threaded; rmmod e1000");
  assert.deepEqual(await threads(own), []);
  await own.system.shutdown();
  assert.equal(own.system.machine.oopses, 0);
  assert.doesNotMatch(own.lines.join("\n"), /WARNING|BUG|Oops|iommu/);
});
