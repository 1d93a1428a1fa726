// A worse cable: what it does is what was asked for, and the same each time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults, type FaultOptions } from "../../boards/links/faults.ts";
import { Wire } from "../../boards/links/wire.ts";
import { TestClock } from "../boards/clock.ts";

const NONE: FaultOptions = {
  loss: 0,
  duplicate: 0,
  reorder: 0,
  corrupt: 0,
  delay: 0,
  jitter: 0,
  rate: Infinity,
  seed: 0,
};
const FRAMES = 2000;

interface Heard {
  number: number;
  time: number;
  damaged: boolean;
}

const APART_NS = 10_000;

/** Sends numbered frames through, one each ten microseconds; what came, and how many were lost. */
function through(options: Partial<FaultOptions>): { heard: Heard[]; lost: number } {
  const clock = new TestClock();
  const wire = new Wire(clock, 0);
  const faults = new Faults(wire.a, { ...NONE, ...options });
  faults.start({ clock, report: () => {}, fail: (error) => assert.fail(error) });
  const heard: Heard[] = [];
  wire.b.onReceive = (frame) => {
    const number = frame[0]! | (frame[1]! << 8);
    heard.push({ number, time: clock.now(), damaged: frame.subarray(2).some((byte) => byte !== 0) });
  };
  for (let i = 0; i < FRAMES; i++) {
    const frame = new Uint8Array(60);
    frame[0] = i;
    frame[1] = i >>> 8;
    while (!faults.send(frame)) clock.advance(APART_NS);
    clock.advance(APART_NS);
  }
  clock.advance(1e9);
  return { heard, lost: faults.lost };
}

test("without faults nothing happens", () => {
  const { heard, lost } = through({});
  assert.equal(lost, 0);
  assert.deepEqual(
    heard.map(({ number }) => number),
    Array.from({ length: FRAMES }, (_, i) => i),
  );
});

test("loss, duplicates, corruption and disorder in their shares; the seed decides which", () => {
  const lossy = through({ loss: 0.1, seed: 7 });
  assert.equal(lossy.heard.length + lossy.lost, FRAMES);
  assert.ok(Math.abs(lossy.lost - FRAMES / 10) < 60, `${lossy.lost}`);
  assert.deepEqual(through({ loss: 0.1, seed: 7 }), lossy);
  assert.notDeepEqual(through({ loss: 0.1, seed: 8 }).heard, lossy.heard);
  const doubled = through({ duplicate: 0.2 }).heard.length - FRAMES;
  assert.ok(Math.abs(doubled - FRAMES / 5) < 80, `${doubled}`);
  const damaged = through({ corrupt: 0.5 }).heard.filter(({ damaged }) => damaged).length;
  assert.ok(Math.abs(damaged - FRAMES / 2) < 120, `${damaged}`);
  const { heard } = through({ reorder: 0.1 });
  assert.equal(new Set(heard.map(({ number }) => number)).size, FRAMES);
  const behind = heard.filter(({ number }, i) => i > 0 && number < heard[i - 1]!.number).length;
  assert.ok(behind > 100 && behind < 300, `${behind}`);
});

test("delay, jitter that keeps the order, and a rate that stops the sender", () => {
  const { heard } = through({ delay: 5e6 });
  assert.ok(heard.every(({ number, time }) => time === number * APART_NS + 5e6));
  const jittery = through({ jitter: 1e6 }).heard;
  assert.deepEqual(
    jittery.map(({ number }) => number),
    Array.from({ length: FRAMES }, (_, i) => i),
  );
  // 84 bytes of wire time each, at 10 Mbit/s.
  const slow = through({ rate: 10e6 }).heard;
  assert.equal(slow.length, FRAMES);
  assert.equal(slow.at(-1)!.time - slow[0]!.time, (FRAMES - 1) * 67_200);
});
