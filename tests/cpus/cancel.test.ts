// Timers, delayed work and kthread work that one CPU stops while they run on another, where they set themselves again.

import { test } from "node:test";
import { bootCpus, build, passes, shutDown } from "./board.ts";

await build("smp_cancel");

const TESTS = [
  ["timer", 100],
  ["delayed", 400],
  ["kthread", 400],
] as const;

for (const flavour of ["release", "debug"] as const) {
  test(`what was stopped does not run on another CPU, ${flavour}`, async (context) => {
    const board = await bootCpus(2, flavour);
    for (const [name, count] of TESTS) {
      await context.test(`${count} × ${name}`, () => passes(board, "smp_cancel", 2, count, name));
    }
    await shutDown(board);
  });
}
