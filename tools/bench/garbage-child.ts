// Run by cases/garbage.ts in a process whose young generation is large enough for nothing to be collected: prints what a
// million of each kind leaves behind, as JSON.

import { Bed, DOORBELL, DOORBELL_VECTOR } from "./bed.ts";
import { garbageOf, leave16Bytes } from "./garbage.ts";
import { bringUp, receiver, transmitter } from "./traffic.ts";

const COUNT = 1_000_000;
const WARM_UP = 200_000;

const bed = new Bed();
const found: { name: string; bytes: number; exact: boolean }[] = [];

async function count(name: string, work: (count: number) => Promise<void>): Promise<void> {
  await work(WARM_UP);
  found.push({ name, ...(await garbageOf(work, COUNT, 1)) });
}

for (const virtualClock of [true, false]) {
  const clock = virtualClock ? "virtual clock" : "real clock";
  for (const [way, make] of [
    ["tx", transmitter],
    ["rx", receiver],
  ] as const) {
    const booted = await bringUp(await bed.boot({ virtualClock }));
    await count(`${way} 64 B, ${clock}`, make(booted, 64));
    await booted.system.shutdown();
  }
}
const control = await bringUp(await bed.boot());
await count("control: tx 64 B and 16 bytes", transmitter(control, 64, leave16Bytes));
await control.system.shutdown();

const booted = await bed.boot({ doorbell: true });
await booted.shell(`modprobe bench_core vector=${DOORBELL_VECTOR} doorbell=${DOORBELL}`);
await count("interrupt", bed.task(booted, "bench_interrupt"));
await booted.system.shutdown();

console.log(JSON.stringify(found));
