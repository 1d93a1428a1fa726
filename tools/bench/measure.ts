// Measures a case: finds how much work makes a sample long enough, warms up, then takes samples of its subjects in turn.

import type { Case, FactCase, Missing, Row, Subject, Unit } from "./bench.ts";
import type { Bed } from "./bed.ts";
import { deviation, median } from "./statistics.ts";

/** A sample is at least this long, ms of CPU time, which is counted in microseconds. */
const SAMPLE_MS = 40;
/** Each subject runs this long before it counts, ms, and longer while the engine's compilers still make it faster. */
const WARM_UP_MS = 300;
const WARM_UP_MOST_MS = 3000;
const STEADY = 0.1;
const SAMPLES = 15;

interface Sample {
  /** Nanoseconds for one unit of work. */
  wall: number;
  cpu: number;
}

/** `ms`: how long the sample took, CPU time. */
async function sample(subject: Subject, count: number): Promise<Sample & { ms: number }> {
  await subject.before?.();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const done = (await subject.run(count)) ?? count;
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  await subject.after?.();
  const ms = (user + system) / 1e3;
  return { wall: (wall * 1e6) / done, cpu: (ms * 1e6) / done, ms };
}

/** Warms `subject` up, until it gets no faster; returns how much work makes a sample. */
async function calibrate(subject: Subject): Promise<number> {
  if (subject.count !== undefined) {
    await sample(subject, subject.count);
    return subject.count;
  }
  let count = 1024;
  let before = Infinity;
  for (let spent = 0; ;) {
    const { cpu, ms } = await sample(subject, count);
    const steady = cpu > before * (1 - STEADY);
    before = cpu;
    spent += ms;
    if (ms < SAMPLE_MS) count *= ms < SAMPLE_MS / 8 ? 4 : 2;
    else if (spent >= WARM_UP_MS && (steady || spent >= WARM_UP_MOST_MS)) return count;
  }
}

const PER_UNIT: Partial<Record<Unit, number>> = { ns: 1, µs: 1e3, ms: 1e6 };

/** Nanoseconds for a unit of work as the case shows them. */
function shown(unit: Unit, ns: number): number {
  return unit === "/s" ? 1e9 / ns : ns / PER_UNIT[unit]!;
}

function isSubject(subject: Subject | Missing): subject is Subject {
  return "run" in subject;
}

/** The rows of a case. */
export async function measure(one: Case | FactCase, bed: Bed): Promise<Row[]> {
  if ("facts" in one) return (await one.facts(bed)).map((fact) => ({ case: one.name, ...fact }));
  return time(one, bed);
}

async function time(one: Case, bed: Bed): Promise<Row[]> {
  const all = await one.prepare(bed);
  const subjects = all.filter(isSubject);
  const counts: number[] = [];
  for (const subject of subjects) counts.push(await calibrate(subject));
  const samples: Sample[][] = subjects.map(() => []);
  for (let round = 0; round < (one.samples ?? SAMPLES); round++) {
    for (const [i, subject] of subjects.entries()) samples[i]!.push(await sample(subject, counts[i]!));
  }
  for (const subject of subjects) await subject.close?.();
  return all.map((subject): Row => {
    const { name } = subject;
    if (!isSubject(subject)) return { case: one.name, name, unit: one.unit, missing: subject.missing };
    const own = samples[subjects.indexOf(subject)]!;
    const wall = own.map((s) => shown(one.unit, s.wall));
    const cpu = own.map((s) => shown(one.unit, s.cpu));
    const ratio = median(own.map((s, i) => s.cpu / samples[0]![i]!.cpu));
    return {
      case: one.name,
      name,
      unit: one.unit,
      wall: median(wall),
      cpu: median(cpu),
      wallNoise: deviation(wall),
      cpuNoise: deviation(cpu),
      ...(subjects.length > 1 && { ratio }),
    };
  });
}
