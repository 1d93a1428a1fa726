// The interrupt table, with everything at once: a line raised from outside, disabled and enabled, requested and freed, moved
// from CPU to CPU. Each edge is handled once, by one CPU at a time, and never when nobody wants it.

import { test } from "node:test";
import { build } from "./board.ts";
import { raiseAndChange } from "./interrupts.ts";

await build("smp_irq");

for (const [flavour, count] of [
  ["release", 10_000],
  ["debug", 5000],
] as const) {
  test(`${count} interrupts while the line changes, ${flavour}`, () => raiseAndChange(flavour, count));
}
