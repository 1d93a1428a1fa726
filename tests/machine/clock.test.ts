// The virtual clock and its alarms: time moves only by what is charged, and alarms fire in order, at their time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { IDLE_UNTIL } from "../../assembly/arch/wasm/memory.ts";
import { RealClock, VirtualClock } from "../../host/machine/clock.ts";
import { SharedWords } from "../../host/machine/words.ts";

test("alarms fire in order of time, ties in order of creation", () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  clock.after(30, () => fired.push("c"));
  clock.after(10, () => fired.push("a1"));
  clock.after(10, () => fired.push("a2"));
  clock.after(20, () => fired.push("b"));
  clock.charge(15);
  assert.deepEqual(fired, ["a1", "a2"]);
  clock.delay(100);
  assert.deepEqual(fired, ["a1", "a2", "b", "c"]);
  assert.equal(clock.now(), 115);
});

test("a delay passes through the time of each alarm", () => {
  const clock = new VirtualClock();
  const times: number[] = [];
  const again = (): void => {
    times.push(clock.now());
    if (times.length < 3) clock.after(100, again);
  };
  clock.after(100, again);
  clock.delay(1000);
  assert.deepEqual(times, [100, 200, 300]);
});

test("a cancelled alarm neither fires nor wakes an idle CPU", () => {
  const clock = new VirtualClock();
  let fired = false;
  const alarm = clock.after(10, () => (fired = true));
  alarm.cancel();
  clock.run();
  assert.equal(clock.nextAlarm(), Infinity);
  clock.charge(20);
  assert.equal(fired, false);
});

test("an alarm that throws is a bug of the board", () => {
  const clock = new VirtualClock();
  clock.after(1, () => {
    throw new TypeError("undefined register");
  });
  assert.throws(() => clock.charge(2), /bug of the board: undefined register/);
});

test("a thousand alarms in random order fire sorted", () => {
  const clock = new VirtualClock();
  let state = 12345;
  const fired: number[] = [];
  for (let i = 0; i < 1000; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const due = state % 5000;
    clock.after(due, () => fired.push(due));
  }
  for (let i = 0; i < 10; i++) clock.charge(500);
  assert.equal(fired.length, 1000);
  assert.deepEqual(
    fired,
    [...fired].sort((a, b) => a - b),
  );
});

test("a real clock that leaps: an idle CPU need not wait either, where nobody else does", () => {
  const words = new SharedWords(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));
  const hour = 3600e9;
  for (const leaps of [true, false]) {
    const clock = new RealClock(leaps);
    words.setU64(IDLE_UNTIL, clock.now() + hour);
    assert.equal(clock.maySkip(words, false), false);
    assert.equal(clock.maySkip(words, true), leaps);
    if (leaps) clock.skip(words, true);
    assert.equal(clock.idleEnds(words), leaps);
    for (const half of [IDLE_UNTIL, IDLE_UNTIL + 4]) words.setU32(half, 0xffffffff);
    assert.equal(clock.maySkip(words, true), false);
  }
});

test("a real clock that leaps: a busy wait takes no time, and alarms of it fire at theirs", () => {
  const clock = new RealClock(true);
  const hour = 3600e9;
  const times: number[] = [];
  clock.after(hour / 2, () => times.push(clock.now()));
  const before = clock.now();
  const start = performance.now();
  clock.delay(hour);
  assert.ok(performance.now() - start < hour / 1e6 / 2);
  assert.ok(clock.now() >= before + hour);
  assert.equal(times.length, 1);
  assert.ok(times[0]! >= before + hour / 2 && times[0]! < before + hour);
});
