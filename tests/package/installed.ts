// The package as a user gets it: packed, and installed into an empty folder. Once for all tests that want it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after } from "node:test";
import { repoRoot } from "../../tools/setup/paths.mjs";

const dir = mkdtempSync(join(tmpdir(), "kpi-package-"));
after(() => rmSync(dir, { recursive: true, force: true }));

/** The user's environment: a PATH without our own packages, and nothing that npm has told the tests. */
const outside = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|KPI_CLANG)/i.test(name));
const PATH = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
const env = { ...Object.fromEntries(outside), PATH: PATH.join(delimiter), NO_COLOR: "1" };

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command line in the user's folder. */
export function sh(command: string, cwd = project): Outcome {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd, env, encoding: "utf8", timeout: 300_000 });
  return { status, stdout, stderr };
}

function done(command: string, cwd: string): string {
  const { status, stdout, stderr } = sh(command, cwd);
  assert.equal(status, 0, `${command}\n${stdout}${stderr}`);
  return stdout;
}

/** The user's folder. */
export const project = dir;
const [packed] = JSON.parse(done(`npm pack --silent --json --pack-destination ${dir}`, repoRoot));
export const files: { path: string; size: number }[] = packed.files;
export const size: number = packed.size;

writeFileSync(join(dir, "package.json"), '{ "type": "module", "scripts": { "test": "node --test" } }\n');
done(`npm install --prefer-offline --no-audit --no-fund --silent ./${packed.filename}`, dir);
