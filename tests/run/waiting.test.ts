// Tasks that wait for each other, for time and for interrupts, in a module that says what happens.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed } from "./harness.ts";

/** What the module said. */
function said(lines: string[]): string[] {
  const own = lines.map(untimed).filter((line) => line.startsWith("waiting: ") && !line.includes("taints kernel"));
  return own.map((line) => line.slice("waiting: ".length));
}

test("locks, wait queues, work, timeouts and threaded interrupts with real task switches", async () => {
  const { system, run, lines } = await boot();
  const loading = run("modprobe waiting");
  while (!lines.some((line) => line.endsWith("the device interrupts now"))) await system.wait(0.01);
  system.machine.lines.edge(51);
  assert.deepEqual(said(await loading), [
    "mutex released",
    "mutex 0",
    "mutex 1",
    "mutex 2",
    "mutex free: 1",
    "writer, readers out: 0",
    "readers at a time after the writer: 2, count 0",
    "down: 0",
    "down again: 1",
    "trylock: 0",
    "woken 0: 0",
    "woken 1: 0",
    "woken 2: 0",
    "timeout: 0",
    "in time: 1",
    "items at a time: 4",
    "flushed: 1",
    "ordered: 1, pending 0 1",
    "cancelled: 1",
    "cancelled while running: 0",
    "run 1",
    "cancelled while running: 1",
    "busy: 0",
    "usleep_range: 1",
    "schedule_timeout: 0",
    "completion timed out: 0",
    "completed by a timer: 1",
    "timer idle: 0",
    "delayed work",
    "delayed work",
    "flushed early: 1",
    "delayed cancelled: 1",
    "the device interrupts now",
    "probed: 51 of 1",
    "request_threaded_irq: 0",
  ]);
  lines.length = 0;
  system.machine.lines.edge(50);
  await system.wait(0.02);
  assert.deepEqual(said(lines), ["thread of 50, in_task 1"]);
  system.machine.lines.edge(50);
  await run("rmmod waiting");
  assert.deepEqual(said(lines).slice(1), ["thread of 50, in_task 1", "free_irq: waiting"]);
  const interrupts = await run("cat /proc/interrupts");
  assert.match(interrupts.join("\n"), /^ {11}CPU0 {7}$/m);
  assert.match(interrupts.join("\n"), /^ {2}0: +\d+ +KPI +0-edge +timer$/m);
  await system.shutdown();
});
