// The comparison of one driver, as a test.

import assert from "node:assert/strict";
import { test } from "node:test";
import { unless } from "../../tools/lab/requirements.ts";
import { compareModels, differenceLines } from "./compare.ts";
import { SUBJECTS } from "./subjects.ts";

export function compareTest(driver: string): void {
  const subject = SUBJECTS.find((one) => one.driver === driver)!;
  const about = `${driver}: the same register reads and the same frames on our model and on QEMU's`;
  test(about, { skip: unless("qemu-system-x86_64") }, async () => {
    const { ours, theirs, unexplained, explained } = await compareModels(subject);
    assert.deepEqual(unexplained.flatMap(differenceLines), []);
    const idle = explained.filter(({ differences }) => differences.length === 0);
    assert.deepEqual(
      idle.map(({ what, why }) => `${what.source}: ${why}`),
      [],
      "explanations of nothing",
    );
    // Much has happened: a comparison of nothing would find no difference.
    for (const { phases } of [ours, theirs]) {
      assert.ok(phases.reduce((sum, { accesses }) => sum + accesses.length, 0) > 1500);
      assert.ok(phases.reduce((sum, { wire }) => sum + wire.length, 0) >= 19);
      assert.ok(phases.reduce((sum, { host }) => sum + host.length, 0) >= 40);
    }
  });
}
