// The modules that `kpi build` has built, and the file that a user means by a path or a name.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildFolder } from "../tools/setup/paths.mjs";
import { KpiError } from "./error.ts";
import { ModuleStore } from "./loader/store.ts";

/** Where `kpi build` puts modules unless told otherwise. */
export const builtModules = new ModuleStore(join(buildFolder, "modules"));

export function moduleFile(given: string): string {
  if (given.includes("/") || given.endsWith(".ko")) {
    if (existsSync(given)) return given;
    throw new KpiError(`${given}: no such file`);
  }
  const file = builtModules.find(given);
  if (!file) throw new KpiError(`module ${given} is not in build/modules; build it with: kpi build FILE.c|FOLDER`);
  return file;
}
