// When a CPU counts as stuck: after so much processor time, not after so much time on the wall.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StuckTime } from "../../host/machine/stuck-time.mjs";

const TURN_MS = 250;

/** Turns until it is stuck for ten seconds, when each turn of the process's got so much processor time. */
function turnsUntilStuck(usedMs: number): number {
  const time = new StuckTime(TURN_MS);
  let turns = 0;
  while (time.turn(false, ++turns * usedMs) < 10_000);
  return turns;
}

test("a loop that has a processor to itself is stuck after ten seconds, also one of several threads", () => {
  assert.equal(turnsUntilStuck(TURN_MS), 40);
  assert.equal(turnsUntilStuck(4 * TURN_MS), 40);
});

test("a loop that gets a fourth of a processor is given four times as long, one that is blocked eight times", () => {
  assert.equal(turnsUntilStuck(TURN_MS / 4), 160);
  assert.equal(turnsUntilStuck(0), 320);
});

test("a sign of life, and it begins anew", () => {
  const time = new StuckTime(TURN_MS);
  assert.equal(time.turn(false, TURN_MS), TURN_MS);
  assert.equal(time.turn(true, 2 * TURN_MS), 0);
  assert.equal(time.turn(false, 3 * TURN_MS), TURN_MS);
});
