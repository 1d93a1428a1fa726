// The type check: TypeScript over everything that runs on Node. What asc compiles, asc checks.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repoRoot } from "../setup/paths.mjs";

/** What tsc complains about; empty: nothing. */
export function typeErrors(project = repoRoot): string {
  const tsc = join(repoRoot, "node_modules/.bin/tsc");
  const { status, stdout, stderr, error } = spawnSync(tsc, ["-p", project, "--pretty", "false"], { encoding: "utf8" });
  if (error) throw error;
  return status === 0 ? "" : stdout + stderr;
}
