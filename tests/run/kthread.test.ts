// Kernel threads, in a module that says what each call returned.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tasks } from "../../host/inspect/tasks.ts";
import { assertMemoryIs, boot, memoryOf, untimed } from "./harness.ts";

/** How many unloaded modules keep their memory. */
const QUARANTINE = 8;

test("kthreads run, park, stop and end by themselves; kthread workers run, flush and cancel", async () => {
  const own = await boot();
  const { system, run } = own;
  for (let i = 0; i < QUARANTINE; i++) await run("modprobe kthreads; rmmod kthreads");
  const before = memoryOf(own);
  const said = (await run("modprobe kthreads")).map(untimed).filter((line) => line.startsWith("kthreads: "));
  assert.deepEqual(
    said.map((line) => line.slice("kthreads: ".length)),
    [
      "comm kthreads/3, state 0, PF_KTHREAD 1",
      "data 7, func 1",
      "rounds 1, woken 1",
      "rounds 2",
      "parks",
      "park: 0",
      "rounds 2, state 40",
      "goes on",
      "rounds 3",
      "stopped, data 7, signal 1",
      "stop: 42",
      "never woken: -4",
      "park before it ran: 0, rounds 0",
      "stopped, data 8, signal 1",
      "stop while parked: 42",
      "a wait that ends with kthread_stop: -512",
      "ignored: 1",
      "signal: 1",
      "flushed: 0",
      "woken early: 1",
      "ended by itself: -7",
      "bound: bound/0, cpus 1, affinity 1",
      "fifo: 1 50 49",
      "normal: 0 nice -5 prio 115",
      "worker: worker/x",
      "queued 1 1 0",
      "item one",
      "one has run",
      "item two",
      "all have run",
      "cancel idle: 0",
      "item one",
      "cancel queued: 1",
      "again: 0",
      "cancel running: 0",
      "delayed 1 0",
      "mod: 1",
      "cancel delayed: 1",
      "mod idle: 0",
      "item late",
      "item two",
      "destroyed",
    ],
  );
  await run("rmmod kthreads");
  assertMemoryIs(own, before);
  assert.equal(tasks(system.machine).length, 1);
  await system.shutdown();
});

test("ps: a kthread's whole name, how urgent it is, and what it sleeps in", async () => {
  const { system, run } = await boot();
  await run("modprobe kthreads linger=1");
  await system.wait(0.5);
  assert.deepEqual(await run("ps"), [
    "    PID STAT CLS RTPRIO NI WCHAN                  TIME CMD",
    "      2 S    FF      1   -  loop             00:00:00 [lingers-with-a-very-long-name/5]",
  ]);
  await run("rmmod kthreads");
  assert.equal((await run("ps")).length, 1);
  await system.shutdown();
});
