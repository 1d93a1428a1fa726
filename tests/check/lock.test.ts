// package-lock.json is what `npm ci` takes, on every platform: a clone could not be set up else.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "../../tools/setup/paths.mjs";

test("package.json and package-lock.json are in step", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "kpi-lock-"));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const path of ["package.json", "package-lock.json", "tools/asc"]) {
    cpSync(join(repoRoot, path), join(dir, path), { recursive: true });
  }
  const args = [
    "ci",
    "--dry-run",
    "--ignore-scripts",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const { status, stderr } = spawnSync("npm", args, { cwd: dir, encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
