// Modules that go while something still points into them: each kind of callback ends in a report that names it and the
// module that was unloaded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tasks } from "../../host/inspect/tasks.ts";
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

/** What is left in the middle of the module's code, asleep or runnable: the task and the function. */
const INSIDE: [left: string, task: RegExp, callback: string][] = [
  ["kthread", /^stale\/1\/\d+$/, "stale_kthread"],
  ["woken-kthread", /^stale\/1\/\d+$/, "stale_kthread"],
  ["new-kthread", /^stale\/1\/\d+$/, "stale_kthread"],
  ["sleeping-work", /^kworker\/0:0\/\d+$/, "stale_sleeper"],
];

for (const [left, task, callback] of INSIDE) {
  test(`${left}: the report names the task and the function; the task never runs again`, async () => {
    const own = await boot();
    const { system, run, lines } = own;
    own.bugsExpected = true;
    await run(`modprobe stale left=${left}; rmmod stale`);
    const report = lines.map(untimed).find((line) => line.startsWith("BUG: "));
    const [, who, where] = /^BUG: task (.*) is still in (.*) of module stale, which was unloaded$/.exec(report ?? "")!;
    assert.match(who!, task);
    assert.equal(where, callback);
    assert.equal(system.machine.bugs, 1);
    assert.deepEqual(
      tasks(system.machine).map(({ state }) => state),
      ["R", "X"],
    );
    await system.wait(2);
    assert.equal(system.machine.oopses, 0);
    await run("modprobe stale left=nothing; rmmod stale");
    assert.equal(system.machine.bugs, 1);
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
