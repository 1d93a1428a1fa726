// A driver that comes and goes for a long time leaves nothing behind: no memory, no table slots, no open ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertMemoryIs, boot, memoryOf } from "./harness.ts";

test("50 times modprobe, ping, rmmod: memory and table are what they were", async () => {
  const own = await boot();
  const { system, run, lines } = own;
  const round = async (): Promise<void> => {
    await run("modprobe 8139cp debug=1; ip link set eth0 up; ping -c 2 -i 0.01 peer; ip link set eth0 down");
    await run("rmmod 8139cp; rmmod mii");
  };
  // The first rounds fill caches, and the loader keeps some unloaded modules out of use.
  for (let i = 0; i < 10; i++) await round();
  await system.wait(1);
  const before = memoryOf(own);
  const slots = system.machine.core.table.length;
  for (let i = 0; i < 50; i++) await round();
  await system.wait(1);
  assertMemoryIs(own, before);
  assert.equal(system.machine.core.table.length, slots);
  assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|iommu/);
  await system.shutdown();
});

test("200 times up and down: nothing is left, and it still works", async () => {
  const own = await boot();
  const { system, run } = own;
  await run("modprobe 8139cp");
  const round = (): Promise<unknown> => run("ip link set eth0 up; ping -c 1 peer; ip link set eth0 down");
  for (let i = 0; i < 5; i++) await round();
  await system.wait(2);
  const before = memoryOf(own);
  for (let i = 0; i < 200; i++) await round();
  await system.wait(2);
  assertMemoryIs(own, before);
  await system.shutdown();
});
