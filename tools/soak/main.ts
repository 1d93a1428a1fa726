// npm run soak: what takes too long for npm test, with its figures as a table.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { Command, InvalidArgumentError } from "commander";
import { repoRoot } from "../setup/paths.mjs";

interface Options {
  minutes: number;
  only?: string;
  json?: boolean;
  list?: boolean;
}

interface Soak {
  name: string;
  passed: boolean;
  seconds: number;
  figures: Record<string, string>;
  error?: string;
}

function positive(text: string): number {
  const number = /^[\d.]+$/.test(text) ? Number(text) : NaN;
  if (number > 0) return number;
  throw new InvalidArgumentError("It must be a number of minutes above 0.");
}

const folder = join(repoRoot, "tests/soak");

/** Files whose name, or tests whose name, has the text in it. */
function chosen(only: string): { files: string[]; names: RegExp[] | undefined } {
  const all = readdirSync(folder).filter((name) => name.endsWith(".soak.ts"));
  const files = all.filter((name) => name.includes(only));
  if (files.length > 0) return { files: files.map((name) => join(folder, name)), names: undefined };
  const escaped = only.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return { files: all.map((name) => join(folder, name)), names: [new RegExp(escaped)] };
}

/** Runs the files one after the other; `show` is told what is going on. */
async function soak(options: Options, show: (text: string) => void): Promise<Soak[]> {
  const { files, names } = chosen(options.only ?? "");
  const env = { ...process.env, KPI_SOAK_MINUTES: String(options.minutes) };
  const stream = run({ files, concurrency: 1, timeout: Infinity, env, ...(names && { testNamePatterns: names }) });
  const done: Soak[] = [];
  let current = "";
  const finish = (passed: boolean, name: string, milliseconds: number, error?: Error): void => {
    const why = error && String((error.cause as Error | undefined)?.stack ?? error.cause ?? error.message);
    done.push({ name, passed, seconds: milliseconds / 1000, figures: {}, ...(why && { error: why }) });
  };
  for await (const { type, data } of stream) {
    // A file without a test that was asked for counts as one itself.
    if ("name" in data && files.includes(data.name)) continue;
    if (type === "test:start" && data.nesting === 0) show((current = data.name));
    else if (type === "test:stdout") show(`${current}: ${data.message.trim().split("\n").at(-1)}`);
    else if (type === "test:stderr") process.stderr.write(data.message);
    else if (type === "test:pass" && data.nesting === 0 && !data.skip)
      finish(true, data.name, data.details.duration_ms);
    else if (type === "test:fail" && data.nesting === 0) {
      finish(false, data.name, data.details.duration_ms, data.details.error);
    } else if (type === "test:diagnostic" && done.length > 0 && data.nesting === 0) {
      const [, name, value] = /^(.+?): (.+)$/.exec(data.message) ?? [];
      if (name && value) done.at(-1)!.figures[name] = value;
    }
  }
  return done;
}

function print(soaks: Soak[]): void {
  const width = Math.max(...soaks.map(({ name }) => name.length));
  for (const { name, passed, seconds, figures, error } of soaks) {
    const text = Object.entries(figures).map(([key, value]) => `${key} ${value}`);
    console.log(
      `${passed ? "ok  " : "FAIL"}  ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(7)} s  ${text.join(", ")}`,
    );
    if (error) console.log(error.replace(/^/gm, "      "));
  }
  const failed = soaks.filter(({ passed }) => !passed).length;
  console.log(`${soaks.length - failed} passed, ${failed} failed`);
}

async function main(options: Options): Promise<number> {
  if (options.list) {
    for (const name of readdirSync(folder)) if (name.endsWith(".soak.ts")) console.log(name.replace(".soak.ts", ""));
    return 0;
  }
  const start = performance.now();
  const live = process.stderr.isTTY;
  let text = "";
  const line = (): void => {
    const seconds = Math.round((performance.now() - start) / 1000);
    process.stderr.write(`\r${seconds} s  ${text}`.slice(0, process.stderr.columns ?? 120) + "\x1b[K");
  };
  const timer = live ? setInterval(line, 1000) : undefined;
  const soaks = await soak(options, (now) => {
    // Where nobody watches, only what begins is worth a line.
    if (live) text = now;
    else if (!now.includes(": ")) process.stderr.write(`${now}\n`);
  });
  clearInterval(timer);
  if (live) process.stderr.write("\r\x1b[K");
  const failed = soaks.some(({ passed }) => !passed);
  if (options.json) console.log(JSON.stringify({ minutes: options.minutes, soaks }));
  else if (soaks.length > 0) print(soaks);
  if (soaks.length === 0) console.error(`no soak is called ${options.only}; see: npm run soak -- --list`);
  return failed || soaks.length === 0 ? 1 : 0;
}

await new Command("npm run soak --")
  .description("Tests that take long, with figures.")
  .option("--minutes <n>", "how long each soak without an end of its own goes on", positive, 1)
  .option("--only <name>", "the files, or else the tests, whose name has this in it")
  .option("--json", "one JSON object instead of a table")
  .option("--list", "say what there is")
  .action(async (options: Options) => void (process.exitCode = await main(options)))
  .parseAsync();
