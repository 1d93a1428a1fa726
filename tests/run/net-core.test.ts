// Exact results of the network core, asked by a module (tests/fixtures/netcore.c).

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed } from "./harness.ts";

test("notifiers, tags, flows, buffers of pages and queues are as Linux has them", async () => {
  const own = await boot([]);
  const lines = (await own.run("insmod netcore; rmmod netcore")).map(untimed);
  assert.deepEqual(
    lines.filter((line) => line.startsWith("netcore: failed: ")),
    [],
  );
  assert.ok(lines.includes("netcore: 128 checks, 0 failed"), lines.join("\n"));
  await own.system.shutdown();
});

test("a device whose last user is late: unregister waits, and says for whom", async () => {
  const own = await boot([]);
  const lines = (await own.run("insmod netcore hold=1")).map(untimed);
  const waits = lines.filter((line) => line.includes("waiting for core0 to become free. Usage count = 2"));
  assert.deepEqual(
    new Set(waits),
    new Set(["unregister_netdevice: waiting for core0 to become free. Usage count = 2"]),
  );
  assert.equal(waits.length, 2);
  assert.ok(lines.includes("netcore: 1 checks, 0 failed"), lines.join("\n"));
  await own.system.shutdown();
});
