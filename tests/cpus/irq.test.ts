// The interrupt table, with everything at once: a line raised from outside, disabled and enabled, requested and freed, moved
// from CPU to CPU. Each edge is handled once, by one CPU at a time, and never when nobody wants it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import * as map from "../../assembly/arch/wasm/memory.ts";
import { bootCpus, build, shutDown, type Cpus } from "./board.ts";

await build("smp_irq");

const VECTOR = 60;
/** Nobody's: raising it ends CPU 0's idle wait. */
const NOBODYS = 255;

async function raise({ system: { machine } }: Cpus, count: number): Promise<void> {
  const raiser = new Worker(new URL("./raiser.mjs", import.meta.url), {
    workerData: {
      memory: machine.memory,
      edge: map.IRQ_EDGE + (VECTOR >>> 5) * 4,
      bit: 1 << (VECTOR & 31),
      target: map.IRQ_TARGET,
      vector: VECTOR,
      raised: map.IRQ_RAISED,
      idle: map.CPU_IDLE,
      stride: map.CPU_AREA_BYTES,
      count,
    },
  });
  raiser.on("message", () => machine.lines.edge(NOBODYS));
  await once(raiser, "exit");
}

for (const [flavour, count] of [
  ["release", 10_000],
  ["debug", 5000],
] as const) {
  test(`${count} interrupts while the line changes, ${flavour}`, async () => {
    const board = await bootCpus(2, flavour);
    await board.run(`insmod smp_irq irq=${VECTOR}`);
    await raise(board, count);
    const said = (await board.run("rmmod smp_irq")).join("\n");
    assert.match(said, new RegExp(`smp_irq: irq: ${count} handled, 1 disabled, 1 freed, both CPUs: 1, 0 wrong(\n|$)`));
    await shutDown(board);
  });
}
