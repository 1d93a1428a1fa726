// The command as a process: what it loads before it does anything must not be what only a build needs (asc and binaryen
// take more than a gigabyte).

import assert from "node:assert/strict";
import { test } from "node:test";
import { Bed } from "../../tools/bench/bed.ts";
import { kpiRun } from "../../tools/bench/cases/process.ts";

const LIMIT_KIB = 300 << 10;

test("kpi run takes less than 300 MiB", async () => {
  const bed = new Bed();
  await bed.build();
  // Builds the core, where it is stale.
  const { system } = await bed.boot();
  await system.shutdown();
  const { maxRssKiB } = await kpiRun(bed);
  assert.ok(maxRssKiB > 0 && maxRssKiB < LIMIT_KIB, `${maxRssKiB} KiB`);
});
