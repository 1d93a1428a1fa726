// What else CPUs share, on several at once: the page allocator, per-CPU memory, identifiers, RCU, timers, the log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bootCpus, build, passes, shutDown } from "./board.ts";

await build("smp_core");

const TESTS = [
  ["pages", 100_000],
  ["areas", 4000],
  ["ids", 20_000],
  ["rcu", 40_000],
  ["timer_sync", 40],
] as const;

const LINES = 400;

for (const flavour of ["release", "debug"] as const) {
  for (const cpus of [2, 4]) {
    test(`what ${cpus} CPUs share, ${flavour}`, async (context) => {
      const board = await bootCpus(cpus, flavour);
      for (const [name, count] of TESTS) {
        await context.test(`${count} × ${name}`, () => passes(board, "smp_core", cpus, count, name));
      }
      await context.test(`${LINES} lines of the log, each whole`, async () => {
        const from = board.lines.length;
        await passes(board, "smp_core", cpus, LINES, "log_lines");
        const lines = board.lines.slice(from).map((line) => /\] line (\d+) of (\d+) < *\.>$/.exec(line));
        for (let cpu = 0; cpu < cpus; cpu++) {
          const own = lines.flatMap((match) => (match && Number(match[2]) === cpu ? [Number(match[1])] : []));
          assert.deepEqual(own, [...Array(LINES / cpus).keys()], `CPU ${cpu}`);
        }
      });
      await shutDown(board);
    });
  }
}
