// Locks and atomic operations on several CPUs at once: exact sums, nobody inside who should not be.

import { test } from "node:test";
import { bootCpus, build, passes, shutDown } from "./board.ts";

await build("smp_locks");

/** Each test, and how often each CPU pair goes through it; sleeping takes longer than spinning. */
const TESTS = [
  ["spinlock", 1_000_000],
  ["rwlock", 1_000_000],
  ["atomics", 1_000_000],
  ["mutex", 20_000],
  ["rwsem", 20_000],
  ["semaphore", 20_000],
] as const;

for (const flavour of ["release", "debug"] as const) {
  for (const cpus of [2, 4]) {
    test(`locks on ${cpus} CPUs, ${flavour}`, async (context) => {
      const board = await bootCpus(cpus, flavour);
      for (const [name, count] of TESTS) {
        const some = flavour === "release" ? count : count / 10;
        await context.test(`${some} × ${name}`, () => passes(board, "smp_locks", cpus, some, name));
      }
      await shutDown(board);
    });
  }
}
