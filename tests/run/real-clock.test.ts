// The real clock, on a board whose devices know no other time: the sleeps of a driver that is being loaded need not last.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot } from "./harness.ts";

test("an init that sleeps for a hundred seconds is through long before", async () => {
  const { system, run } = await boot(["rtl8139"], "debug", {}, false);
  const { clock } = system.machine;
  const [before, start] = [clock.now(), performance.now()];
  await run("modprobe slow_init ms=100000");
  assert.ok(clock.now() - before >= 100e9);
  assert.ok(performance.now() - start < 100e3);
  await system.shutdown();
});

test("it lasts while somebody else waits for the board, who would be told that the time is over", async () => {
  const { system, run } = await boot(["rtl8139"], "debug", {}, false);
  const start = performance.now();
  const waited = system.wait(2);
  await run("modprobe slow_init ms=300");
  assert.ok(performance.now() - start >= 300);
  await waited;
  assert.ok(performance.now() - start >= 2000);
  await system.shutdown();
});
