// The drivers of an image: those that were asked for, each behind the ones that it depends on.

import { moduleFile } from "../../host/built-modules.ts";
import { ModInfo, moduleName } from "../../host/loader/modinfo.ts";
import { readModule } from "../../host/loader/read-module.ts";
import type { Driver } from "./link.ts";

/** `wanted`: a file or name, then its parameters, for each. `provide` is called with names before they are looked for. */
export async function driversFor(
  wanted: readonly string[][],
  provide: (name: string) => Promise<void> = async () => {},
): Promise<Driver[]> {
  const drivers = new Map<string, Driver>();
  const add = async (given: string, params: readonly string[]): Promise<void> => {
    if (!/[/.]/.test(given)) await provide(given);
    const file = moduleFile(given);
    const name = moduleName(file);
    if (drivers.has(name)) return;
    for (const dependency of ModInfo.of(readModule(file)).depends) await add(dependency, []);
    drivers.set(name, { name, file, args: params.join(" ") });
  };
  for (const [given, ...params] of wanted) await add(given!, params);
  return [...drivers.values()];
}

/** Whether the licence of some driver makes the whole image a GPL work. */
export function isGplWork(drivers: readonly Driver[]): boolean {
  return drivers.some(({ file }) => /^GPL\b/.test(ModInfo.of(readModule(file)).get("license") ?? ""));
}
