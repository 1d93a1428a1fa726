// No garbage on packet and interrupt paths: over thousands of packets the JavaScript heap grows by less than one object a
// packet. The smallest object there is, a boxed number, has 16 bytes; the control leaves one behind, and is seen.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Bed, DOORBELL, DOORBELL_VECTOR, type Booted } from "../../tools/bench/bed.ts";
import { garbageOf, leave16Bytes } from "../../tools/bench/garbage.ts";
import { bringUp, receiver, transmitter, type Stream } from "../../tools/bench/traffic.ts";

/** Until the engine has compiled what is hot, its unoptimised code boxes numbers. */
const WARM_UP = 100_000;
const PART = 20_000;
/** On a machine with more to do the engine's compiler may come late: what leaves nothing behind shows it in one of these. */
const PARTS = 100;
/** Half of the smallest object: what the turns of the event loop leave, shared out, is less. */
const LIMIT = 8;

const bed = new Bed();
await bed.build();

async function bytes(booted: Booted, work: Stream): Promise<number> {
  await work(WARM_UP);
  const found = await garbageOf(work, PART, PARTS, LIMIT);
  await booted.system.shutdown();
  assert.ok(found.exact, "in each part something was collected");
  return found.bytes;
}

for (const [way, make] of [
  ["sent", transmitter],
  ["received", receiver],
] as const) {
  test(`a packet that is ${way} leaves nothing behind`, async () => {
    const booted = await bringUp(await bed.boot());
    const found = await bytes(booted, make(booted, 64, "by a task"));
    assert.ok(found < LIMIT, `${found} bytes`);
  });
}

test("the control leaves 16 bytes behind for each packet, and is seen", async () => {
  const booted = await bringUp(await bed.boot());
  const found = await bytes(booted, receiver(booted, 64, "by a task", leave16Bytes));
  assert.ok(found >= LIMIT && found < 16 + LIMIT, `${found} bytes`);
});

test("an interrupt leaves nothing behind", async () => {
  const booted = await bed.boot({ doorbell: true });
  await booted.shell(`modprobe bench_core vector=${DOORBELL_VECTOR} doorbell=${DOORBELL}`);
  const found = await bytes(booted, bed.task(booted, "bench_interrupt"));
  assert.ok(found < LIMIT, `${found} bytes`);
});
