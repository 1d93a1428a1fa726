// Workqueues, in a module that says in which order things happen, and what the debug flavour says of their misuse.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed, type Run } from "./harness.ts";

/** What the module said, and the core of it. */
function said(lines: string[], pattern = /^workqueues: (?!loading)|^workqueue\b/): string[] {
  return lines
    .map(untimed)
    .filter((line) => pattern.test(line))
    .map((line) => line.replace(/^workqueues: /, ""));
}

async function load(what: string): Promise<Run & { said: string[] }> {
  const own = await boot();
  own.bugsExpected = MISUSE.some(([name]) => name === what);
  return Object.assign(own, { said: said(await own.run(`modprobe workqueues what=${what}`)) });
}

const begins = (...items: number[]): string[] => items.map((item) => `${item} begins`);
const ends = (...items: number[]): string[] => items.map((item) => `${item} ends`);

test("an item that sleeps lets the next ones run, up to max_active; ordered ones run one after the other", async () => {
  const own = await load("order");
  assert.deepEqual(own.said, [
    ...[...begins(0, 1, 2, 3), ...ends(3, 2, 1, 0)],
    "at most 4 at a time",
    "congested: 0",
    ...[...begins(0, 1), ...ends(1), ...begins(2), ...ends(0), ...begins(3), ...ends(3, 2)],
    "at most 2 at a time",
    ...[0, 1, 2, 3].flatMap((item) => [...begins(item), ...ends(item)]),
    "at most 1 at a time",
  ]);
  await own.run("rmmod workqueues");
  assert.equal((await own.run("ps")).length, 1);
  await own.system.shutdown();
});

test("a workqueue is drained of items that queue themselves, and destroyed with what waits", async () => {
  const own = await load("drain");
  assert.deepEqual(own.said, [
    "workqueue drained: drain_workqueue() isn't complete after 10 tries",
    "drained, 0 left",
    ...[...begins(0), ...ends(0)],
    "destroyed",
  ]);
  await own.system.shutdown();
});

test("without memory for a task, what frees memory runs all the same: the rescuer, time and again", async () => {
  const own = await load("rescue");
  assert.deepEqual(own.said, [
    "reclaim runs",
    "without memory: rescued 1, usual 0",
    "reclaim runs",
    "without memory: rescued 1, usual 0",
    "with memory: usual 1",
  ]);
  await own.run("rmmod workqueues");
  assert.equal((await own.run("ps")).length, 1);
  await own.system.shutdown();
});

test("sysrq t shows what the workqueues have to do, /proc/timer_list what waits for its time, with functions", async () => {
  const { system, run } = await load("busy");
  const report = said(await run("sysrq t"), /^Showing busy|^workqueue |^  pwq|^    [a-z-]+:|^pool/);
  assert.deepEqual(
    report.map((line) => line.replace(/ \d+:/, " PID:")),
    [
      "Showing busy workqueues and worker pools:",
      "workqueue one: flags=0x0",
      "  pwq PID: cpus=0 node=0 flags=0x0 nice=0 active=1/1",
      "    in-flight: PID:sleeper_fn [workqueues]",
      "    inactive: waiter_fn [workqueues]",
      "pool PID: cpus=0 node=0 flags=0x0 nice=0 workers=1",
    ],
  );
  const clocks = (await run("cat /proc/timer_list")).filter((line) => line.includes(".get_time:"));
  assert.deepEqual(
    clocks.slice(0, 4).map((line) => line.trim().split(/ +/)[1]),
    ["ktime_get", "ktime_get_real", "ktime_get_boottime", "ktime_get_clocktai"],
  );
  const timers = (await run("cat /proc/timer_list")).filter((line) => line.includes("delayed_work_timer_fn"));
  assert.equal(timers.length, 1);
  assert.match(
    timers[0]!,
    /^ #\d+: <[0-9a-f]{8}>, delayed_work_timer_fn, work: waiter_fn \[workqueues\], expires at \d+ \[in \d+ jiffies\]$/,
  );
  await run("rmmod workqueues");
  assert.deepEqual(said(await run("sysrq t"), /^workqueue |^pool/), []);
  await system.shutdown();
});

/** What is done, and how it is reported. */
const MISUSE: [what: string, report: string][] = [
  ["free-timer", "ODEBUG: free active (active state 0) object type: timer_list hint: timer_fn [workqueues]"],
  ["free-hrtimer", "ODEBUG: free active (active state 0) object type: hrtimer hint: hrtimer_fn [workqueues]"],
  ["free-work", "ODEBUG: free active (active state 0) object type: work_struct hint: waiter_fn [workqueues]"],
  ["free-delayed", "ODEBUG: free active (active state 0) object type: delayed_work hint: waiter_fn [workqueues]"],
  ["init-active", "ODEBUG: init active (active state 0) object type: timer_list hint: timer_fn [workqueues]"],
  ["raw-timer", "ODEBUG: activate not available (active state 0) object type: timer_list hint: 0x0"],
  ["raw-work", "ODEBUG: activate not available (active state 0) object type: work_struct hint: 0x0"],
  [
    "dependency",
    "workqueue: WQ_MEM_RECLAIM reclaim:flush_other_fn [workqueues] is flushing !WQ_MEM_RECLAIM usual:sleeper_fn [workqueues]",
  ],
  ["ordered", "workqueue_set_max_active of an ordered workqueue"],
  ["draining", "work was queued on a workqueue that is being drained"],
];

for (const [what, report] of MISUSE) {
  test(`${what} is reported once, and does no harm`, async () => {
    const { system, run, lines } = await load(what);
    await run("rmmod workqueues");
    await system.wait(2);
    const log = lines.map(untimed);
    const warnings = log.flatMap((line, i) => (line.startsWith("WARNING: ") ? [log[i + 1]] : []));
    assert.deepEqual(warnings, [report]);
    assert.equal(system.machine.bugs, 1);
    assert.equal(system.machine.oopses, 0);
    await system.powerOff();
  });
}
