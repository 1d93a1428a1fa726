// npm run fuzz: random cases against everything that takes input, for as long as one likes.

import { Command, InvalidArgumentError } from "commander";
import { HangGuard } from "../../tests/fuzz/hang-guard.ts";
import { FuzzFailure, fuzz, type FuzzResult } from "../../tests/fuzz/run.ts";
import type { Target } from "../../tests/fuzz/target.ts";
import { TARGETS } from "../../tests/fuzz/targets.ts";

interface Options {
  target: Target[];
  cases?: number;
  case?: { first: number; count: number };
  seed: number;
  minutes?: number;
  list?: boolean;
}

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}

function positive(text: string): number {
  const number = /^[\d.]+$/.test(text) ? Number(text) : NaN;
  if (number > 0) return number;
  throw new InvalidArgumentError("It must be a number above 0.");
}

function range(text: string): { first: number; count: number } {
  const [first, last = first] = text.split("-").map(whole);
  if (last >= first) return { first, count: last - first + 1 };
  throw new InvalidArgumentError("The last case comes before the first.");
}

function targetNamed(name: string, all: Target[] = []): Target[] {
  const found = TARGETS.filter((target) => target.name.startsWith(name));
  if (found.length === 0) throw new InvalidArgumentError(`It must be one of ${TARGETS.map((t) => t.name).join(", ")}.`);
  return [...all, ...found];
}

/** "refused 71%, loaded 29%" */
function shares({ cases, outcomes }: FuzzResult): string {
  const sorted = [...outcomes].sort((a, b) => b[1] - a[1]);
  return sorted.map(([outcome, count]) => `${outcome} ${((100 * count) / cases).toFixed(1)}%`).join(", ");
}

/** All targets of a round; false after a failure. */
async function round(options: Options, targets: readonly Target[], seed: number, until: number): Promise<boolean> {
  const live = process.stderr.isTTY;
  const guard = new HangGuard();
  let well = true;
  for (const target of targets) {
    if (performance.now() >= until) break;
    const start = performance.now();
    const cases = options.case?.count ?? options.cases ?? target.cases;
    try {
      const result = await fuzz(target, {
        seed,
        first: options.case?.first ?? 0,
        cases,
        until,
        guard,
        progress: (done) => void (live && process.stderr.write(`\r${target.name}: ${done} of ${cases}\x1b[K`)),
      });
      if (live) process.stderr.write("\r\x1b[K");
      const seconds = (performance.now() - start) / 1000;
      const each = ((1e6 * seconds) / result.cases).toFixed(1);
      const figures = `${String(result.cases).padStart(8)} cases ${seconds.toFixed(1).padStart(7)} s ${each.padStart(8)} µs each`;
      console.log(`${target.name.padEnd(16)}${figures}   ${shares(result)}`);
    } catch (error) {
      if (!(error instanceof FuzzFailure)) throw error;
      console.error(`${live ? "\r\x1b[K" : ""}${error.message}`);
      well = false;
    }
  }
  await guard.stop();
  return well;
}

async function main(options: Options): Promise<boolean> {
  const targets = options.target.length > 0 ? options.target : TARGETS;
  if (options.list) {
    for (const { name, cases, about } of targets)
      console.log(`${name.padEnd(16)}${String(cases).padStart(8)}  ${about}`);
    return true;
  }
  const until = options.minutes === undefined ? Infinity : performance.now() + options.minutes * 60_000;
  console.log(`seed ${options.seed}`);
  let well = await round(options, targets, options.seed, until);
  // With time left, the next round has other cases.
  for (let seed = options.seed + 1; well && options.minutes && performance.now() < until; seed++) {
    console.log(`seed ${seed}`);
    well = await round(options, targets, seed, until);
  }
  return well;
}

const program = new Command("npm run fuzz --")
  .description("Random and hostile input against everything that takes input.")
  .option("--target <name>", "only the targets whose name begins so (repeatable)", targetNamed, [])
  .option("--cases <n>", "cases per target (default: as in npm test)", whole)
  .option("--case <k[-l]>", "only this case, or these", range)
  .option("--seed <n>", "the seed (default: another one each time)", whole, Date.now() % 1e9)
  .option("--minutes <n>", "go on for that long, with one seed after the other", positive)
  .option("--list", "say what there is")
  .action(async (options: Options) => void (process.exitCode = (await main(options)) ? 0 : 1));
await program.parseAsync();
