// What the benchmarks make of their samples, and what a comparison calls a regression.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row } from "../../tools/bench/bench.ts";
import { change, deviation, median } from "../../tools/bench/statistics.ts";
import { columns, comparison } from "../../tools/bench/table.ts";

test("one wild sample moves neither median nor deviation", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([10, 11, 12, 13, 5000]), 12);
  assert.equal(deviation([10, 11, 12, 13, 5000]), 1);
  assert.equal(deviation([7, 7, 7]), 0);
});

test("a change counts beyond three deviations of both and 5 %", () => {
  const figure = (value: number, noise: number) => ({ value, noise });
  assert.deepEqual(change(figure(104, 0), figure(100, 0)), { ratio: 1.04, significant: false });
  assert.deepEqual(change(figure(110, 0), figure(100, 0)), { ratio: 1.1, significant: true });
  assert.equal(change(figure(110, 2), figure(100, 2)).significant, false);
  assert.equal(change(figure(80, 2), figure(100, 2)).significant, true);
});

const time = (cpu: number): Row => ({ case: "irq", name: "write", unit: "ns", cpu, cpuNoise: 0, wall: 2 * cpu });
const rate = (cpu: number): Row => ({ case: "packets", name: "tx", unit: "/s", cpu, cpuNoise: 0, wall: cpu / 2 });

test("more time is a regression, more packets are not", () => {
  assert.equal(comparison(time(120), time(100)).at(-1), "REGRESSION");
  assert.equal(comparison(time(80), time(100)).at(-1), "better");
  assert.equal(comparison(time(101), time(100)).at(-1), "within noise");
  assert.equal(comparison(rate(120e3), rate(100e3)).at(-1), "better");
  assert.equal(comparison(rate(80e3), rate(100e3)).at(-1), "REGRESSION");
  assert.equal(comparison(time(100), undefined)[2], "new");
});

test("a row says whether its target is met, and why it has no figure", () => {
  const alloc = (cpu: number): Row => ({ ...time(cpu), case: "kmalloc+kfree fixed", name: "kmalloc + kfree" });
  assert.equal(columns(alloc(11)).at(-1), "≤ 12.0 ns met");
  assert.equal(columns(alloc(13)).at(-1), "≤ 12.0 ns MISSED");
  const missing: Row = {
    case: "kmalloc+kfree fixed",
    name: "dlmalloc of wasi-libc",
    missing: "there is no apt-get here",
  };
  assert.deepEqual(columns(missing), ["kmalloc+kfree fixed", "dlmalloc of wasi-libc", "– there is no apt-get here"]);
});
