// Which modules a build makes of which files: C files are a module each, a folder has a Makefile that says.
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { KpiError } from "../../host/error.ts";
import { readRegularFile } from "../../host/regular-file.ts";
import type { Unit } from "./compile.ts";
import type { Environment } from "./environment.ts";
import { moduleFlags } from "./flags.ts";
import { debianSourcesOf, parseKbuild } from "./makefile.ts";

/** A module to be built. */
export interface Plan {
  readonly name: string;
  readonly units: readonly Unit[];
  /** Whether this configuration does not have it as a module: then its sources may say nowhere what their license is. */
  readonly notModule?: boolean;
}

function locate(path: string, tree: string): string {
  const host = resolve(path);
  const inTree = join(tree, path);
  if (existsSync(host)) return host;
  if (existsSync(inTree)) return inTree;
  throw new KpiError(`${path}: no such file or folder, here or in the kernel tree ${tree}`);
}

/** Where Kbuild's object folder would be for a folder of the tree: what was generated for it lies there. */
const objectFolder = (env: Environment, folder: string): string => join(env.generated, relative(env.tree, folder));

/** A file of a folder, or what was generated in its place. */
function sourceFile(env: Environment, folder: string, file: string): Pick<Unit, "source" | "stands"> {
  const stands = resolve(folder, file);
  const source = join(objectFolder(env, folder), file);
  return !existsSync(stands) && existsSync(source) ? { source, stands } : { source: stands };
}

/** Finds generated headers beside the sources that include them, as Kbuild's -I$(obj) does. */
function objectFlags(env: Environment, folder: string): string[] {
  const place = objectFolder(env, folder);
  return existsSync(place) ? [`-I${place}`] : [];
}

/** The text of a source or a Makefile, which is a file: a pipe or a device would keep whoever reads it for ever. */
function textOf(file: string): string {
  try {
    return Buffer.from(readRegularFile(file)).toString();
  } catch (error) {
    throw new KpiError(`${file}: ${(error as Error).message}`);
  }
}

function planFile(env: Environment, source: string): Plan {
  if (!source.endsWith(".c")) {
    throw new KpiError(`${source}: not a C file; give C files, or a folder with a Kbuild Makefile`);
  }
  textOf(source);
  const name = basename(source, ".c");
  return { name, units: [{ source, flags: [...moduleFlags(name, name), ...objectFlags(env, dirname(source))] }] };
}

function makefileOf(folder: string): string | undefined {
  return ["Kbuild", "Makefile"].map((name) => join(folder, name)).find((file) => existsSync(file));
}

function planFolder(folder: string, env: Environment, wanted: readonly string[] | undefined): Plan[] {
  const makefile = makefileOf(folder);
  if (!makefile) throw new KpiError(`${folder}: has no Kbuild Makefile; give one that has, or C files`);
  const kbuild = parseKbuild(textOf(makefile), { config: env.config, tree: env.tree, folder });
  const missing = wanted?.find((name) => !kbuild.modules.some((module) => module.name === name));
  const known = kbuild.modules.map(({ name }) => name).join(" ");
  if (missing) throw new KpiError(`${makefile}: has no module ${missing}; it has ${known}`);
  const modules = kbuild.modules.filter(({ name, state }) => (wanted ? wanted.includes(name) : state === "m"));
  if (modules.length === 0) throw new KpiError(`${makefile}: no module (obj-m) in this configuration`);
  return modules.map(({ name, state, sources }) => ({
    name: basename(name),
    notModule: state !== "m",
    units: sources.map((file) => {
      const stem = file.replace(/\.c$/, "");
      const from = sourceFile(env, folder, file);
      if (existsSync(from.source)) textOf(from.source);
      const own = [...kbuild.flags, ...(kbuild.fileFlags.get(stem) ?? []), ...objectFlags(env, folder)];
      return { ...from, flags: [...moduleFlags(basename(stem), basename(name)), ...own] };
    }),
  }));
}

/** The source packages of Debian's that a build reads. */
export function sourcePackages(env: Environment, paths: readonly string[]): string[] {
  const makefiles = paths.map((path) => makefileOf(locate(path, env.tree))).filter((file) => file !== undefined);
  return [...new Set(makefiles.flatMap((file) => debianSourcesOf(textOf(file))))];
}

/** What a build's arguments mean. Paths are the host's, or else the kernel tree's. */
export function makePlans(env: Environment, paths: readonly string[], modules?: readonly string[]): Plan[] {
  const plans = paths.flatMap((path) => {
    const place = locate(path, env.tree);
    return statSync(place).isDirectory() ? planFolder(place, env, modules) : [planFile(env, place)];
  });
  const names = plans.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new KpiError(`two modules would be called ${twice}.ko`);
  return plans;
}
