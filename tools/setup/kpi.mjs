// `kpi`: hands over to host/cli/start.ts on Node 26. Looks only whether set-up has been through, and does it if not.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { entry, SetupError } from "./error.mjs";
import { cachedLinuxTree, installed, node26, program, repoRoot } from "./paths.mjs";
import { becomeNode26 } from "./process.mjs";

const args = process.argv.slice(2);
// Commands that only look at the core and at finished modules do without kernel source and compiler.
const compiles = ["demo", "test"].includes(args[0] ?? "") || (args[0] === "build" && !onlyScripts());

/** Drivers in TypeScript alone need neither. */
function onlyScripts() {
  return args.some((arg) => arg.endsWith(".ts")) && !args.some((arg) => arg.endsWith(".c"));
}

/** Sets a clone up. */
async function setUpClone() {
  const needed = [node26, join(repoRoot, "node_modules/.package-lock.json")];
  if (compiles && !process.env.KPI_LINUX) needed.push(cachedLinuxTree());
  if (needed.every((path) => existsSync(path))) return;
  if (compiles) await (await import("./setup.mjs")).setUp();
  else await (await import("./npm.mjs")).setUpNpm();
}

/** Sets an installed package up: npm has done its part. */
async function setUpInstalled() {
  if (!existsSync(node26) && Number.parseInt(process.versions.node, 10) < 26) {
    const remedy = "install Node 26 and run this with it";
    throw new SetupError(`npm has brought no Node 26 for ${process.platform}-${process.arch}: ${remedy}`);
  }
  if (compiles) await (await import("./setup.mjs")).setUpBuild();
}

await entry(async () => {
  await (installed ? setUpInstalled() : setUpClone());
  return becomeNode26([program("host/cli/start"), ...args]);
});
