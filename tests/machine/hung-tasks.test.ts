// When tasks are looked at that may hang: every two minutes of the board's time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HungTasks } from "../../host/machine/hung-tasks.ts";

/** How often was looked, at each of these times. */
function looksAt(times: readonly number[], virtual: boolean): number[] {
  let [seconds, looks] = [0, 0];
  const hung = new HungTasks(
    { virtual, now: () => seconds * 1e9 },
    { look: () => looks++, stuck: () => 0, giveUp: () => assert.fail("given up") },
  );
  return times.map((time) => {
    [seconds, looks] = [time, 0];
    hung.check([1]);
    return looks;
  });
}

test("a step of the virtual clock is time in which nobody ran", () => {
  assert.deepEqual(looksAt([1, 120, 121, 600, 601, 720], true), [0, 1, 0, 4, 0, 1]);
});

test("a process that was stopped for long finds that once", () => {
  assert.deepEqual(looksAt([1, 120, 121, 600, 601, 719, 720], false), [0, 1, 0, 1, 0, 0, 1]);
});
