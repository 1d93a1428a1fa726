// The negative control: what these tests look for is found. The same steps, with the lock or the tag, end well.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bootCpus, build, shutDown, verdict } from "./board.ts";

await build("smp_control");

for (const name of ["counter", "stack"]) {
  test(`a ${name} without ${name === "counter" ? "a lock" : "a tag"} fails, and one with it does not`, async () => {
    const board = await bootCpus(2);
    const run = (guarded: number): Promise<string> => verdict(board, "smp_control", 2, 20, name, `guarded=${guarded}`);
    assert.match(await run(0), new RegExp(`smp_control: ${name}: 2 CPUs, 20 operations, [1-9]\\d* wrong$`));
    assert.match(await run(1), new RegExp(`smp_control: ${name}: 2 CPUs, 20 operations, 0 wrong$`));
    await shutDown(board);
  });
}
