// Modules that go while something still points into them: each kind of callback ends in a report that names it and the
// module that was unloaded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed } from "./harness.ts";

const OOPS = /^Oops: 0000 \[#1\]$/m;
const SOFTIRQ = /^Kernel panic - not syncing: Fatal exception in softirq$/m;
const INTERRUPT = /^Kernel panic - not syncing: Fatal exception in interrupt$/m;
const BRING_UP = "modprobe 8139cp; ip link set eth0 up; ping -c 1 peer";

/** What is left behind: the callback, what makes it be called, and how the call ends. */
const LEFT: [left: string, callback: string, trigger: string, end: RegExp][] = [
  ["timer", "stale_callback", "", SOFTIRQ],
  ["hrtimer", "stale_hrtimer", "", INTERRUPT],
  ["tasklet", "stale_tasklet", "", SOFTIRQ],
  ["irq", "stale_handler", BRING_UP, INTERRUPT],
  ["work", "stale_work", "", OOPS],
  ["notifier", "stale_notifier", "modprobe 8139cp", OOPS],
];

for (const [left, callback, trigger, end] of LEFT) {
  test(`${left}: the report names the callback and the module`, async () => {
    const own = await boot();
    const { system, run, lines } = own;
    own.bugsExpected = left === "irq"; // what request_irq() allocated
    await run(`modprobe stale left=${left}; rmmod stale`).catch(() => {});
    if (trigger) await run(trigger).catch(() => {});
    await system.wait(2).catch(() => {});
    const log = lines.map(untimed).join("\n");
    assert.match(log, new RegExp(`^BUG: .*call of ${callback} in module stale, which was unloaded$`, "m"));
    assert.match(log, end);
    assert.equal(system.machine.oopses, 1);
    await system.powerOff();
  });
}

test("a timer that was stopped, and work that was cancelled, do no harm", async () => {
  const { system, run, lines } = await boot();
  await run("modprobe stale left=nothing; rmmod stale; modprobe stale left=nothing; rmmod stale");
  await system.wait(2);
  assert.doesNotMatch(lines.join("\n"), /BUG|Oops/);
  await system.shutdown();
});
