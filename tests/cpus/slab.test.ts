// The slab allocator on several CPUs at once: no object lost, none given out twice, however often they go from CPU to CPU.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bootCpus, build, liveObjects, passes, shutDown } from "./board.ts";

await build("smp_slab");

for (const [cpus, flavour, count] of [
  [2, "release", 1_000_000],
  [4, "release", 1_000_000],
  [2, "debug", 100_000],
  [4, "debug", 100_000],
] as const) {
  test(`${count} allocations and frees on ${cpus} CPUs, ${flavour}`, async () => {
    const board = await bootCpus(cpus, flavour);
    // What loading a module leaves behind is the same each time once some were loaded.
    for (let i = 0; i < 10; i++) await passes(board, "smp_slab", cpus, 1000);
    const before = liveObjects(board);
    await passes(board, "smp_slab", cpus, count);
    assert.equal(liveObjects(board), before);
    await shutDown(board);
  });
}
