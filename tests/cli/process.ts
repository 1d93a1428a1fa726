// The command as a process.

import assert from "node:assert/strict";
import { spawn, type SpawnOptions } from "node:child_process";
import { join } from "node:path";
import { buildCore } from "../../tools/build/core.ts";
import { node26, repoRoot } from "../../tools/setup/paths.mjs";

// The commands would, and say so.
await buildCore();

export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

export const command = ["--import", import.meta.resolve("tsx"), join(repoRoot, "host/cli/main.ts")];

/** Runs `kpi ARGS` with `input` on stdin. */
export function kpiWith(options: SpawnOptions & { input?: string }, ...args: string[]): Promise<Outcome> {
  const { input, ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(node26, [...command, ...args], { cwd: repoRoot, stdio: "pipe", ...rest });
    child.stdin!.end(input ?? "");
    let [out, err] = ["", ""];
    child.stdout!.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr!.setEncoding("utf8").on("data", (text) => (err += text));
    child.once("error", reject).once("close", (code) => resolve({ code, out, err }));
  });
}

export function kpi(...args: string[]): Promise<Outcome> {
  return kpiWith({}, ...args);
}

/** One line on stderr, nothing on stdout. */
export async function refused(code: number, message: RegExp, ...args: string[]): Promise<void> {
  const outcome = await kpi(...args);
  assert.match(outcome.err, /^kpi: [^\n]+\n$/, args.join(" "));
  assert.match(outcome.err, message);
  assert.deepEqual([outcome.code, outcome.out], [code, ""], args.join(" "));
}
