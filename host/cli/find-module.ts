// Where modules are looked for: a file by its path, a name in build/modules.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { KpiError } from "../error.ts";
import { moduleName } from "../loader/modinfo.ts";

/** Where `kpi build` puts modules unless told otherwise. */
export const moduleFolder = join(repoRoot, "build", "modules");

/** The file of a module by its name, in the folder that modules are built into. */
export function findModule(name: string): string | undefined {
  if (!existsSync(moduleFolder)) return undefined;
  const file = readdirSync(moduleFolder).find((entry) => entry.endsWith(".ko") && moduleName(entry) === moduleName(name));
  return file && join(moduleFolder, file);
}

/** The file that a user means by a path or a name. */
export function moduleFile(given: string): string {
  if (given.includes("/") || given.endsWith(".ko")) {
    if (existsSync(given)) return given;
    throw new KpiError(`${given}: no such file`);
  }
  const file = findModule(given);
  if (!file) throw new KpiError(`module ${given} is not in build/modules; build it with: kpi build`);
  return file;
}
