// kmalloc and kfree beside other allocators.

import { otherAllocators, type Loops } from "../allocators.ts";
import type { Bed } from "../bed.ts";
import type { Case, Missing, Subject } from "../bench.ts";

const SIZE = 64;
const SEED = 0x2545f491;

/** What each loop is called with besides the count. */
const SECOND: Record<keyof Loops, number> = { bench_alloc_fixed: SIZE, bench_alloc_mixed: SEED };

async function subjects(bed: Bed, loop: keyof Loops): Promise<(Subject | Missing)[]> {
  const booted = await bed.boot();
  await booted.shell("modprobe bench_alloc");
  const task = bed.task(booted, loop);
  const second = SECOND[loop];
  const others = await otherAllocators(bed.module("bench_alloc"));
  return [
    { name: "kmalloc + kfree", run: (count) => task(count, second), close: () => booted.system.shutdown() },
    ...others.map(({ name, missing, loops }): Subject | Missing => {
      return loops ? { name, run: (count) => void loops[loop](count, second) } : { name, missing: missing! };
    }),
  ];
}

export const allocFixed: Case = {
  name: "kmalloc+kfree fixed",
  unit: "ns",
  prepare: (bed) => subjects(bed, "bench_alloc_fixed"),
};

export const allocMixed: Case = {
  name: "kmalloc+kfree mixed",
  unit: "ns",
  prepare: (bed) => subjects(bed, "bench_alloc_mixed"),
};
