#!/usr/bin/env node
// `kpi`: hands over to host/cli/main.ts on Node 26. Looks only whether set-up has been through, and does it if not.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { entry } from "./error.mjs";
import { cachedLinuxTree, node26, repoRoot } from "./paths.mjs";
import { becomeNode26 } from "./process.mjs";

const args = process.argv.slice(2);
// Commands that only look at the core and at finished modules do without kernel source and compiler.
const compiles = ["build", "demo"].includes(args[0] ?? "");
const needed = [node26, join(repoRoot, "node_modules/.package-lock.json")];
if (compiles && !process.env.KPI_LINUX) needed.push(cachedLinuxTree());

await entry(async () => {
  if (!needed.every((path) => existsSync(path))) {
    if (compiles) await (await import("./setup.mjs")).setUp();
    else await (await import("./npm.mjs")).setUpNpm();
  }
  return becomeNode26([join(repoRoot, "host/cli/main.ts"), ...args]);
});
