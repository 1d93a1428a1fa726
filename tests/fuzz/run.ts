// Runs cases of a target until one fails, makes the failing one as short as it can be, and says how to repeat it.

import { Random } from "../random.ts";
import type { Bench, Target } from "./target.ts";
import type { HangGuard } from "./hang-guard.ts";

/** Cases between two of a bench's checks. */
const CHECK_EVERY = 512;
/** Runs that finding a shorter case may take. */
const SHORTEN_RUNS = 500;

export interface FuzzOptions {
  seed: number;
  /** First case, and how many. */
  first?: number;
  cases: number;
  /** Stops at this time (performance.now), if cases are left. */
  until?: number;
  guard?: HangGuard;
  progress?: (done: number) => void;
}

export interface FuzzResult {
  cases: number;
  /** How often each outcome came. */
  outcomes: Map<string, number>;
}

/** A case failed; the message has all that one needs. */
export class FuzzFailure extends Error {
  constructor(what: string, steps: string[], command: string, cause: unknown) {
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    const list = steps.map((step) => `    ${step}`).join("\n");
    super([`${what}: ${why}`, `  steps:\n${list}`, `  repeat: ${command}`].join("\n"), { cause });
    this.name = "FuzzFailure";
  }
}

function commandFor(target: string, seed: number, cases: string): string {
  return `npm run fuzz -- --target ${target} --seed ${seed} ${cases}`;
}

export async function fuzz(target: Target, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, cases, first = 0, until = Infinity, guard } = options;
  const outcomes = new Map<string, number>();
  const bench = await target.open();
  guard?.begin(target.name, seed);
  let checked = first;
  let at = first;
  const check = async (): Promise<void> => {
    try {
      await bench.check?.();
    } catch (error) {
      if (!bench.remembers) await findCase(target, seed, checked, at);
      const command = commandFor(target.name, seed, bench.remembers ? `--cases ${at}` : `--case ${checked}-${at - 1}`);
      throw new FuzzFailure(`${target.name}, after cases ${checked} to ${at - 1}`, [], command, error);
    }
    checked = at;
  };
  try {
    while (at < first + cases && performance.now() < until) {
      guard?.at(at);
      const steps = bench.make(new Random(seed, at), at);
      try {
        const running = bench.run(steps);
        const outcome = typeof running === "string" ? running : await running;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      } catch (error) {
        throw await failure(target, bench, steps, seed, at, error);
      }
      at++;
      if (at % CHECK_EVERY !== 0) continue;
      await check();
      options.progress?.(at - first);
    }
    await check();
  } finally {
    guard?.end();
    await bench.close?.();
  }
  return { cases: at - first, outcomes };
}

/** Throws the failure of the first case from `first` up to `end` that by itself makes a check fail. */
async function findCase(target: Target, seed: number, first: number, end: number): Promise<void> {
  for (let at = first; at < end; at++) {
    const bench = await target.open();
    const whole: Bench<unknown> = {
      ...bench,
      async run(steps) {
        const outcome = await bench.run(steps);
        await bench.check?.();
        return outcome;
      },
    };
    const steps = bench.make(new Random(seed, at), at);
    try {
      await whole.run(steps);
    } catch (error) {
      // What the check found stays broken: another bench for each try.
      throw await failure(target, { ...whole, remembers: true }, steps, seed, at, error, `--case ${at}`);
    } finally {
      await bench.close?.();
    }
  }
}

async function failure(
  target: Target,
  bench: Bench<unknown>,
  steps: unknown[],
  seed: number,
  at: number,
  error: unknown,
  again = bench.remembers ? `--cases ${at + 1}` : `--case ${at}`,
): Promise<FuzzFailure> {
  const least = bench.remembers ? steps : await shorten(bench, steps);
  const show = (step: unknown): string => bench.show?.(step) ?? JSON.stringify(step);
  return new FuzzFailure(`${target.name}, case ${at}`, least.map(show), commandFor(target.name, seed, again), error);
}

/** Leaves steps out, half of them first, as long as it still fails. */
async function shorten(bench: Bench<unknown>, steps: unknown[]): Promise<unknown[]> {
  const fails = async (some: unknown[]): Promise<boolean> => {
    try {
      await bench.run(some);
      return false;
    } catch {
      return true;
    }
  };
  let left = steps;
  let runs = 0;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < left.length && runs++ < SHORTEN_RUNS;) {
      const fewer = [...left.slice(0, at), ...left.slice(at + size)];
      if (fewer.length > 0 && (await fails(fewer))) left = fewer;
      else at += size;
    }
  }
  return left;
}
