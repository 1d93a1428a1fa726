// Run by cases/garbage.ts as a process of its own, and prints what it finds as JSON. "bytes", with a young generation that
// is large enough for nothing to be collected: what one packet of a million leaves behind. "collections": how often a
// million packets made the collector run.

import { Bed, DOORBELL, DOORBELL_VECTOR } from "./bed.ts";
import { collectionsOf, garbageOf, leave16Bytes } from "./garbage.ts";
import { bringUp, receiver, transmitter, type MakeStream, type Stream, type Waiting } from "./traffic.ts";

const COUNT = 1_000_000;
const WARM_UP = 200_000;

const WAYS: readonly (readonly [string, MakeStream])[] = [
  ["tx", transmitter],
  ["rx", receiver],
];

const bed = new Bed();
const found: { name: string; value: number; exact: boolean }[] = [];

async function bytes(name: string, work: Stream): Promise<void> {
  await work(WARM_UP);
  const { bytes: value, exact } = await garbageOf(work, COUNT, 1);
  found.push({ name, value, exact });
}

async function collections(name: string, work: Stream): Promise<void> {
  await work(WARM_UP);
  found.push({ name, value: await collectionsOf(() => work(COUNT)), exact: true });
}

async function streams(count: typeof bytes, waiting: Waiting, clocks: readonly boolean[]): Promise<void> {
  for (const virtualClock of clocks) {
    for (const [way, make] of WAYS) {
      const booted = await bringUp(await bed.boot({ virtualClock }));
      const clock = virtualClock ? "virtual clock" : "real clock";
      await count(`${way} 64 B, ${clock}, awaited ${waiting}`, make(booted, 64, waiting));
      await booted.system.shutdown();
    }
  }
}

async function control(): Promise<void> {
  for (const [way, make] of WAYS) {
    const booted = await bringUp(await bed.boot());
    await bytes(`control: ${way} 64 B and a boxed number of 16 B`, make(booted, 64, "by a task", leave16Bytes));
    await booted.system.shutdown();
  }
}

async function interrupts(): Promise<void> {
  const booted = await bed.boot({ doorbell: true });
  await booted.shell(`modprobe bench_core vector=${DOORBELL_VECTOR} doorbell=${DOORBELL}`);
  await bytes("interrupt", bed.task(booted, "bench_interrupt"));
  await booted.system.shutdown();
}

if (process.argv[2] === "bytes") {
  await streams(bytes, "by a task", [true, false]);
  await control();
  await streams(bytes, "by the host", [true]);
  await interrupts();
} else {
  await streams(collections, "by a task", [true]);
  await streams(collections, "by the host", [true]);
}
console.log(JSON.stringify(found));
