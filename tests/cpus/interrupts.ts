// Interrupts that a thread raises while their line changes: what irq.test.ts and the soak have in common.

import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import * as map from "../../assembly/arch/wasm/memory.ts";
import type { Flavour } from "../../host/flavour.ts";
import { bootCpus, shutDown, type Cpus } from "./board.ts";

const VECTOR = 60;
/** Nobody's: raising it ends CPU 0's idle wait. */
const NOBODYS = 255;
/** Edges of one thread. */
const ROUND = 10_000;

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

/** Raises `count` edges while the line changes all the time; asserts that all went well. */
export async function raiseAndChange(
  flavour: Flavour,
  count: number,
  progress?: (done: number) => void,
): Promise<void> {
  const board = await bootCpus(2, flavour);
  await board.run(`insmod smp_irq irq=${VECTOR}`);
  for (let done = 0; done < count; done += ROUND) {
    progress?.(done);
    await raise(board, Math.min(ROUND, count - done));
  }
  await board.run("rmmod smp_irq");
  const well = `smp_irq: irq: ${count} handled, 1 disabled, 1 freed, both CPUs: 1, 0 wrong`;
  assert.ok(
    board.lines.some((line) => line.endsWith(well)),
    board.lines.join("\n"),
  );
  await shutDown(board);
}
