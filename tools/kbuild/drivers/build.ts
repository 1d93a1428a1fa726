// Builds modules of the kernel tree together with the modules whose symbols they need.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { exportedNames } from "../../../host/loader/exports.ts";
import { readObject } from "../../../host/loader/object.ts";
import { buildModules, type BuildOptions, type BuiltModule } from "../build.ts";
import type { Environment } from "../environment.ts";
import { undefinedNames } from "../modinfo.ts";
import { driverIndex, moduleOf, type ModulePlace } from "./index.ts";

export type DriverBuild = Pick<BuildOptions, "out" | "events"> & {
  readonly env: Environment;
  /** What the core has, for which no module is needed. */
  readonly core: ReadonlySet<string>;
};

/** Builds modules, and first what they depend on; by name. */
export async function buildDrivers(
  places: readonly ModulePlace[],
  options: DriverBuild,
): Promise<ReadonlyMap<string, BuiltModule>> {
  const done = new Map<string, BuiltModule>();
  let round = places;
  const rounds: (readonly ModulePlace[])[] = [];
  while (round.length > 0) {
    for (const [name, module] of await build(round, options)) done.set(name, module);
    rounds.push(round);
    round = needed(round, done, options);
  }
  // Now that what they need is there, they can say that they depend on it; the last ones need nothing.
  for (const again of rounds.slice(0, -1).reverse())
    for (const [name, module] of await build(again, options)) done.set(name, module);
  return done;
}

/** One build for each folder. */
async function build(places: readonly ModulePlace[], options: DriverBuild): Promise<[string, BuiltModule][]> {
  const { env, out, core, events } = options;
  const { tree, compiler } = env;
  const built: [string, BuiltModule][] = [];
  for (const [folder, own] of Map.groupBy(places, (place) => place.folder)) {
    const wanted = [...new Set(own.map(({ module }) => module))];
    const sources = [resolve(tree, folder)];
    const { modules } = await buildModules({
      sources,
      modules: wanted,
      out,
      core,
      tree,
      compiler,
      ...(events && { events }),
    });
    for (const module of modules) built.push([module.name, module]);
  }
  return built;
}

/** What exports the names that neither these modules nor the core have. */
function needed(
  places: readonly ModulePlace[],
  done: ReadonlyMap<string, BuiltModule>,
  { env, core }: DriverBuild,
): ModulePlace[] {
  const { exporters } = driverIndex(env.tree);
  const owners = new Map<string, ModulePlace>();
  for (const { module } of places) {
    const object = readObject(readFileSync(done.get(basenameOf(module))!.file));
    const own = new Set(exportedNames(object));
    for (const name of undefinedNames(object)) {
      const file = core.has(name) || own.has(name) ? undefined : exporters[name];
      const owner = file && moduleOf(env, file);
      if (!owner || done.has(basenameOf(owner.module))) continue;
      // Of what is built in, the core has its own version, if it has any of it: then the rest is for the core to get.
      if (owner.builtIn && Object.entries(exporters).some(([symbol, at]) => at === file && core.has(symbol))) continue;
      owners.set(owner.module, owner);
    }
  }
  return [...owners.values()];
}

/** A Makefile may name a module with a folder before it. */
const basenameOf = (module: string): string => module.slice(module.lastIndexOf("/") + 1);
