// Every fuzz target with seeds that nobody has tried.

import { test } from "node:test";
import { HangGuard } from "../fuzz/hang-guard.ts";
import { fuzz } from "../fuzz/run.ts";
import { TARGETS } from "../fuzz/targets.ts";
import { MINUTES, deadline, figure, progress } from "./soak.ts";

test("fuzz targets with new seeds", async (context) => {
  const guard = new HangGuard();
  const end = deadline();
  const seed = Date.now() % 1e9;
  let cases = 0;
  // What is left of the time is shared by the targets that are left.
  for (const [i, target] of TARGETS.entries()) {
    const until = performance.now() + (end - performance.now()) / (TARGETS.length - i);
    const result = await fuzz(target, { seed, cases: 1e9, until, guard });
    cases += result.cases;
    progress(`${target.name}: ${result.cases}`);
  }
  await guard.stop();
  figure(context, "seed", String(seed));
  figure(context, "cases", cases);
  figure(context, "targets", TARGETS.length);
  figure(context, "minutes", MINUTES);
});
