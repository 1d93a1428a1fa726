// A hundred million operations each of the slab allocator, of locks and of atomics, on two CPUs and on four at once; and a
// million wake-ups and interrupts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bootCpus, build, liveObjects, passes, shutDown, type Cpus } from "../cpus/board.ts";
import { raiseAndChange } from "../cpus/interrupts.ts";
import { figure, progress } from "./soak.ts";

await build("smp_slab", "smp_locks", "smp_wake", "smp_irq");

const OPERATIONS = 100_000_000;
const ROUND = 10_000_000;
const WAKE_UPS = 1_000_000;
const INTERRUPTS = 1_000_000;

/** In rounds, so that it can be seen to go on; ns by the wall's clock for one. */
async function rounds(board: Cpus, cpus: number, module: string, name?: string): Promise<number> {
  const start = performance.now();
  for (let done = 0; done < OPERATIONS; done += ROUND) {
    progress(`${name ?? module} on ${cpus} CPUs: ${done / 1e6} million`);
    await passes(board, module, cpus, ROUND, name);
  }
  return ((performance.now() - start) * 1e6) / OPERATIONS;
}

for (const cpus of [2, 4]) {
  test(`${OPERATIONS / 1e6} million operations on ${cpus} CPUs`, async (context) => {
    const board = await bootCpus(cpus);
    for (let i = 0; i < 10; i++) await passes(board, "smp_slab", cpus, 1000);
    const before = liveObjects(board);
    figure(context, "slab, ns", await rounds(board, cpus, "smp_slab"));
    assert.equal(liveObjects(board), before);
    for (const name of ["spinlock", "rwlock", "atomics"])
      figure(context, `${name}, ns`, await rounds(board, cpus, "smp_locks", name));
    const start = performance.now();
    progress(`wake-ups on ${cpus} CPUs`);
    for (const name of ["completion", "process"]) await passes(board, "smp_wake", cpus, WAKE_UPS / 2, name);
    figure(context, "wake-up, µs", ((performance.now() - start) * 1e3) / WAKE_UPS);
    await shutDown(board);
  });
}

test(`${INTERRUPTS / 1e6} million interrupts while the line changes`, async () => {
  await raiseAndChange("release", INTERRUPTS, (done) => progress(`${done} interrupts`));
});
