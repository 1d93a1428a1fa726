// kpi missing: what a module wants and neither the core nor the modules beside it have.

import { dirname } from "node:path";
import { coreNames } from "../../tools/build/core-names.ts";
import { KpiError } from "../error.ts";
import { ModuleStore } from "../loader/store.ts";
import { exportedNames } from "../loader/exports.ts";
import { LINKER_NAMES, wantedNames } from "../loader/symbols.ts";
import { builtModules, moduleFile } from "../built-modules.ts";
import { readModule } from "../loader/read-module.ts";

/** What the modules beside it and the ones that modprobe finds export; a file that is no module exports nothing. */
function siblingNames(file: string): string[] {
  return [new ModuleStore(dirname(file)), builtModules]
    .flatMap((store) => store.files())
    .flatMap((sibling) => {
      try {
        return exportedNames(readModule(sibling));
      } catch (error) {
        if (error instanceof KpiError) return [];
        throw error;
      }
    });
}

/** Names that are wanted and absent, sorted. */
export function missingSymbols(file: string, core: ReadonlySet<string>): string[] {
  const present = new Set([...core, ...LINKER_NAMES, ...siblingNames(file)]);
  const wanted = wantedNames(readModule(file)).filter(({ name, weak }) => !weak && !present.has(name));
  return wanted.map(({ name }) => name).sort();
}

export async function missing(given: string[], options: { json?: boolean }): Promise<number> {
  const files = given.map(moduleFile);
  const core = await coreNames(true);
  const found = files.map((file) => ({ file, missing: missingSymbols(file, core) }));
  if (options.json) {
    console.log(JSON.stringify({ missing: [...new Set(found.flatMap((entry) => entry.missing))].sort() }));
  } else {
    for (const { file, missing: names } of found) {
      if (files.length > 1) console.log(`${file}:`);
      for (const name of names) console.log(files.length > 1 ? `  ${name}` : name);
    }
  }
  return found.some((entry) => entry.missing.length > 0) ? 1 : 0;
}
