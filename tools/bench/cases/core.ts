// Calls of the core out of a module, in loops of modules/bench_core.c.

import type { Bed } from "../bed.ts";
import { DOORBELL, DOORBELL_VECTOR } from "../bed.ts";
import type { Case, Subject, Unit } from "../bench.ts";

/** Names of rows, and of the functions that make them. */
type Loops = readonly (readonly [row: string, loop: string])[];

async function subjects(bed: Bed, loops: Loops, atOnce: number): Promise<Subject[]> {
  const booted = await bed.boot({ doorbell: true });
  await booted.shell(`modprobe bench_core vector=${DOORBELL_VECTOR} doorbell=${DOORBELL}`);
  return loops.map(([name, loop], i) => {
    const task = bed.task(booted, loop);
    return {
      name,
      run: async (count): Promise<number> => {
        await Promise.all(Array.from({ length: atOnce }, () => task(count)));
        return count * atOnce;
      },
      ...(i === loops.length - 1 && { close: () => booted.system.shutdown() }),
    };
  });
}

function loopCase(name: string, unit: Unit, loops: Loops, atOnce = 1): Case {
  return { name, unit, prepare: (bed) => subjects(bed, loops, atOnce) };
}

export const spinLock = loopCase("spin lock", "ns", [
  ["spin_lock + spin_unlock", "bench_spin_lock"],
  ["spin_lock_irqsave + …restore", "bench_spin_lock_irqsave"],
]);

export const mmio = loopCase("mmio", "ns", [["readw of ISR, RTL8139 model", "bench_mmio_read"]]);

export const interrupt = loopCase("irq", "ns", [
  ["register write", "bench_mmio_write"],
  ["register write to handler's end", "bench_interrupt"],
]);

export const taskSwitch = loopCase("task switch", "ns", [["schedule() to another task", "bench_switch"]], 2);

export const timer = loopCase("timer", "ns", [["mod_timer to timer function", "bench_timer"]]);

export const work = loopCase("work", "ns", [["schedule_work to work done, and back", "bench_work"]]);
