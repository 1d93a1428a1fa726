// What CPUs do for each other: tasks woken across CPUs, calls into each other's interrupts, work and timers on a CPU of
// one's choice. A wake-up that is lost would let a test hang.

import { test } from "node:test";
import { bootCpus, build, passes, shutDown } from "./board.ts";

await build("smp_wake");

const TESTS = [
  ["completion", 4000],
  ["waitqueue", 4000],
  ["process", 4000],
  ["calls", 4000],
  ["workqueue", 4000],
  ["timers", 4],
] as const;

for (const flavour of ["release", "debug"] as const) {
  for (const cpus of [2, 4]) {
    test(`wake-ups on ${cpus} CPUs, ${flavour}`, async (context) => {
      const board = await bootCpus(cpus, flavour);
      for (const [name, count] of TESTS) {
        await context.test(`${count} × ${name}`, () => passes(board, "smp_wake", cpus, count, name));
      }
      await shutDown(board);
    });
  }
}
