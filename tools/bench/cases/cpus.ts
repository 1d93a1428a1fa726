// kmalloc and kfree on two CPUs at once, against one. Speed by the wall's clock is what a second CPU is for, and on a machine
// that does other things too it shows those: so short windows are taken in turn, and only those count for it in which the
// threads had the processors all the time, which the CPU time beside the wall's tells. Where there are
// none, CPU time of all windows is left: what two CPUs would do if each had a processor for itself.

import type { Bed } from "../bed.ts";
import type { FactCase, Missing, Row } from "../bench.ts";
import { deviation, median } from "../statistics.ts";

/** Pairs in a window: some 10 ms. */
const COUNT = 1_000_000;
const WARM_UP = 20;
const WINDOWS = 150;
/** So many that count are enough; with fewer than the least there is no figure. */
const ENOUGH = 25;
const LEAST = 5;
/** What part of a window the threads must have run. */
const UNDISTURBED = 0.93;

interface Window {
  /** ns for a pair. */
  readonly wall: number;
  readonly cpu: number;
}

async function take(run: () => Promise<void>): Promise<Window> {
  const before = process.cpuUsage();
  const start = performance.now();
  await run();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { wall: (wall * 1e6) / COUNT, cpu: ((user + system) * 1e3) / COUNT };
}

const undisturbed = ({ wall, cpu }: Window, cpus: number): boolean => cpu >= UNDISTURBED * cpus * wall;

function row(name: string, windows: Window[]): Omit<Row, "case"> {
  const wall = windows.map((window) => window.wall);
  const cpu = windows.map((window) => window.cpu);
  return {
    name,
    unit: "ns",
    wall: median(wall),
    cpu: median(cpu),
    wallNoise: deviation(wall),
    cpuNoise: deviation(cpu),
  };
}

async function compare(run: (cpus: number) => Promise<void>): Promise<(Omit<Row, "case"> | Missing)[]> {
  for (let i = 0; i < WARM_UP; i++) await run(1 + (i % 2));
  const one: Window[] = [];
  const two: Window[] = [];
  const quiet = { one: [] as Window[], two: [] as Window[] };
  for (let i = 0; i < WINDOWS && Math.min(quiet.one.length, quiet.two.length) < ENOUGH; i++) {
    const alone = await take(() => run(1));
    const both = await take(() => run(2));
    one.push(alone);
    two.push(both);
    if (undisturbed(alone, 1)) quiet.one.push(alone);
    if (undisturbed(both, 2)) quiet.two.push(both);
  }
  const undone = "two processors must be free for it, and something else had them";
  const known = Math.min(quiet.one.length, quiet.two.length) >= LEAST;
  const used = known ? quiet : { one, two };
  const byCpu = (2 * median(used.one.map(({ cpu }) => cpu))) / median(used.two.map(({ cpu }) => cpu));
  const byWall = known ? median(quiet.one.map(({ wall }) => wall)) / median(quiet.two.map(({ wall }) => wall)) : NaN;
  return [
    row("on one", used.one),
    row("on two", used.two),
    { name: "two against one, CPU time", unit: "×", value: byCpu },
    known
      ? { name: "two against one, wall", unit: "×", value: byWall }
      : { name: "two against one, wall", missing: undone },
  ];
}

const slabOnCpus = (name: string, mixed: boolean): FactCase => ({
  name: `two CPUs, kmalloc+kfree ${name}`,
  facts: async (bed: Bed) => {
    const booted = await bed.boot({ virtualClock: false, cpus: 2 });
    await booted.shell("modprobe bench_cpus");
    const task = bed.task(booted, "bench_cpus");
    const rows = await compare((cpus) => task(COUNT, cpus, mixed ? 1 : 0));
    await booted.system.shutdown();
    return rows;
  },
});

export const cpusFixed = slabOnCpus("fixed", false);
export const cpusMixed = slabOnCpus("mixed", true);
