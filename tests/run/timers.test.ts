// Timers, hrtimers and delayed work, in a module that says what each call returned.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed } from "./harness.ts";

test("timers set themselves again, are stopped while they go on, reduced, shut down; hrtimers and sleeps in time", async () => {
  const { system, run } = await boot();
  const said = (await run("modprobe timers")).map(untimed).filter((line) => /^timers: (?!loading)/.test(line));
  assert.deepEqual(
    said.map((line) => line.slice("timers: ".length)),
    [
      "set: 0",
      "fired again and again: 1, pending 1",
      "stopped: 1",
      "fired since: 0, try: 0",
      "reduce later: 1",
      "reduce: 1",
      "fired: 1",
      "shutdown: 1",
      "set after: 0, pending 0",
      "deferrable, on a whole second: 1",
      "overruns 1",
      "overruns 1",
      "overruns 1",
      "fired: 3, active 0, cancel 0",
      "many: 1, cancel 1",
      "fired since: 0",
      "usleep_range: 1",
      "schedule_hrtimeout: 0, in time 1",
      "self-requeueing: 1",
      "runs since: 0, busy 0",
      "flush: 1",
      "ran: 1",
      "rcu queued: 1 0",
      "rcu_work",
      "rcu flushed: 1",
      "work_on_cpu: 40",
      "stopped while set: 1",
      "shutdown wins: 0",
      "still: 0",
    ],
  );
  await run("rmmod timers");
  await system.shutdown();
});
