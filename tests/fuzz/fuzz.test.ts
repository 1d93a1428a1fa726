// Every target with the cases that npm test has time for. The seed is always the same, so that a failure is the fault
// of what was changed; KPI_SEED sets another.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { HangGuard } from "./hang-guard.ts";
import { fuzz } from "./run.ts";
import { TARGETS } from "./targets.ts";

const SEED = Number(process.env.KPI_SEED ?? 20261122);

const guard = new HangGuard();
after(() => guard.stop());

for (const target of TARGETS) {
  test(`${target.name}: ${target.cases} cases`, async () => {
    const { cases, outcomes } = await fuzz(target, { seed: SEED, cases: target.cases, guard });
    assert.equal(cases, target.cases);
    for (const [outcome, share] of Object.entries(target.expects ?? {})) {
      const count = outcomes.get(outcome) ?? 0;
      assert.ok(count >= share * cases, `${outcome}: ${count} of ${cases} cases, expected ${share * cases}`);
    }
  });
}
