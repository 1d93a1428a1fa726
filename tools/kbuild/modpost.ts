// What modpost checks across modules: that each may use what others export.

import { imports, isGplCompatible, type ModuleExport } from "../../host/loader/exports.ts";
import { ModInfo } from "../../host/loader/modinfo.ts";
import type { WasmObject } from "../../host/loader/object.ts";
import { undefinedNames } from "./modinfo.ts";

/** An export, and the module that has it. */
export interface Owned extends ModuleExport {
  readonly module: string;
}

/** The modules, of those that `owners` knows, whose symbols an object takes, sorted. */
export function dependsOn(name: string, object: WasmObject, owners: ReadonlyMap<string, Owned>): string[] {
  const needed = undefinedNames(object).flatMap((symbol) => owners.get(symbol)?.module ?? []);
  return [...new Set(needed)].filter((module) => module !== name).sort();
}

/** In modpost's words, what the loader will refuse. */
export function complaints(
  name: string,
  object: WasmObject,
  owners: ReadonlyMap<string, Owned>,
  kernelOwn = false,
): string[] {
  const info = ModInfo.of(object);
  const free = kernelOwn || isGplCompatible(info);
  return undefinedNames(object).flatMap((symbol) => {
    const found = owners.get(symbol);
    if (!found || found.module === name) return [];
    const { gplOnly, namespace } = found;
    const closed = `WARNING: modpost: GPL-incompatible module ${name}.ko uses GPL-only symbol '${symbol}'`;
    const text = `module ${name} uses symbol ${symbol} from namespace ${namespace}, but does not import it.`;
    const foreign = `WARNING: modpost: ${text}`;
    return [...(gplOnly && !free ? [closed] : []), ...(imports(info, namespace) ? [] : [foreign])];
  });
}
