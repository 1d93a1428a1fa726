// Builds a module of the kernel tree together with the modules whose symbols it needs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
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

/** Builds `place`, after what it depends on. */
export async function buildDriver(place: ModulePlace, options: DriverBuild): Promise<BuiltModule> {
  return build(place, options, new Set());
}

async function build(place: ModulePlace, options: DriverBuild, done: Set<string>): Promise<BuiltModule> {
  const { env, out, core, events } = options;
  done.add(place.module);
  const make = async (): Promise<BuiltModule> => {
    const { tree, compiler } = env;
    const sources = [join(tree, place.folder)];
    const { modules } = await buildModules({
      sources,
      modules: [place.module],
      out,
      tree,
      compiler,
      ...(events && { events }),
    });
    return modules[0]!;
  };
  const first = await make();
  const object = readObject(readFileSync(first.file));
  const own = new Set(exportedNames(object));
  const { exporters } = driverIndex(env.tree);
  const needed = new Map<string, ModulePlace>();
  for (const name of undefinedNames(object)) {
    const file = core.has(name) || own.has(name) ? undefined : exporters[name];
    const owner = file && moduleOf(env, file);
    if (owner && !done.has(owner.module)) needed.set(owner.module, owner);
  }
  for (const owner of needed.values()) await build(owner, options, done);
  // Now that they are there, it can say that it depends on them.
  return needed.size > 0 ? make() : first;
}
