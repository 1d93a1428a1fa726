// `kpi build`: kernel sources to modules, from compiling each file to the finished .ko.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { KpiError } from "../../host/error.ts";
import { exportsOf } from "../../host/loader/exports.ts";
import { ModInfo } from "../../host/loader/modinfo.ts";
import { readObject, type WasmObject } from "../../host/loader/object.ts";
import { ObjectError } from "../../host/loader/reader.ts";
import { readRegularFile } from "../../host/regular-file.ts";
import type { Abi } from "../abi/generate.ts";
import { setUpDebianSource } from "../setup/debian-sources.mjs";
import { digest, writeWhole } from "./cache.ts";
import { cacheFor, type CompileEvents, compileUnit, withScratch } from "./compile.ts";
import type { Compiler } from "./compiler.ts";
import { cacheFolder, type Environment, prepareTree } from "./environment.ts";
import { moduleFlags } from "./flags.ts";
import { treeAbi } from "./layout.ts";
import { deviceAliases, moduleSource } from "./modinfo.ts";
import { complaints, dependsOn, type Owned } from "./modpost.ts";
import { makePlans, sourcePackages, type Plan } from "./plan.ts";
import { buildDriverScripts, isDriverScript } from "./typescript/build.ts";

export interface BuildOptions {
  /** C files, or folders with a Kbuild Makefile: paths of the host, or else of the kernel tree; drivers in TypeScript. */
  readonly sources: readonly string[];
  /** Of a folder's modules, only these; also ones that the configuration has turned off or built in. */
  readonly modules?: readonly string[];
  /** Where the .ko files go. */
  readonly out: string;
  /** More folders with modules that these may depend on, as a Module.symvers would list them; `out` is one anyway. */
  readonly known?: readonly string[];
  /** What the core has: no module is needed for that, even if one has it too. */
  readonly core?: ReadonlySet<string>;
  /** The kernel tree; default: the one in use. */
  readonly tree?: string;
  readonly compiler?: Compiler;
  readonly events?: CompileEvents;
}

export interface BuiltModule {
  readonly name: string;
  /** The .ko file. */
  readonly file: string;
  readonly sources: readonly string[];
  readonly depends: readonly string[];
  /** Whether nothing had to be compiled. */
  readonly cached: boolean;
}

export interface BuildResult {
  readonly modules: readonly BuiltModule[];
  /** The stamp of the layouts that the modules were built with. */
  readonly stamp: string;
  /** The release of the kernel tree, such as 6.1.176. */
  readonly release: string;
}

function read(bytes: Uint8Array, file: string): WasmObject {
  try {
    return readObject(bytes);
  } catch (error) {
    if (error instanceof ObjectError) throw new KpiError(`${file}: ${error.message}`);
    throw error;
  }
}

/** Runs work over items, several at a time where the compiler can. */
async function eachOf<T>(items: readonly T[], compiler: Compiler, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: compiler.parallel ? availableParallelism() : 1 }, worker));
}

async function link(env: Environment, objects: readonly Uint8Array[], name: string): Promise<Uint8Array> {
  return withScratch(async (scratch) => {
    const inputs = objects.map((bytes, index) => {
      const file = join(scratch, `${index}.o`);
      writeFileSync(file, bytes);
      return file;
    });
    const output = join(scratch, "linked.o");
    const result = await env.compiler.wasmLd(["-r", "-o", output, ...inputs]);
    if (result.code !== 0) throw new KpiError(`${result.stderr.trimEnd()}\n${name}.ko does not link`);
    return readFileSync(output);
  });
}

const owned = (module: string, object: WasmObject): [string, Owned][] =>
  exportsOf(object).map((entry) => [entry.name, { ...entry, module }]);

/** What other modules in a folder export. */
function siblings(out: string, built: ReadonlySet<string>): [string, Owned][] {
  if (!existsSync(out)) return [];
  const names = readdirSync(out)
    .filter((name) => name.endsWith(".ko"))
    .map((name) => basename(name, ".ko"))
    .sort();
  return names
    .filter((name) => !built.has(name))
    .flatMap((name) => {
      try {
        return owned(name, readObject(readRegularFile(join(out, `${name}.ko`))));
      } catch (error) {
        // A file of another kind in the folder is not this build's business.
        if (error instanceof ObjectError || error instanceof KpiError) return [];
        throw error;
      }
    });
}

interface Compiled {
  readonly plan: Plan;
  /** All units, linked into one. */
  readonly bytes: Uint8Array;
  readonly object: WasmObject;
  readonly cached: boolean;
}

const inTree = (env: Environment, { units }: Plan): boolean =>
  units.every(({ source, stands = source }) => !relative(env.tree, stands).startsWith(".."));

/** What is part of the kernel says nowhere what its license is: it is the kernel's (COPYING). */
function missingLicense(env: Environment, { plan, object }: Compiled): string | undefined {
  const stated = ModInfo.of(object).get("license") !== undefined;
  return plan.notModule && inTree(env, plan) && !stated ? "GPL" : undefined;
}

/** Adds foo.mod.c and writes the module, unless just that is there already. */
async function finish(
  env: Environment,
  abi: Abi,
  module: Compiled,
  depends: readonly string[],
  out: string,
): Promise<BuiltModule> {
  const { name, units } = module.plan;
  const license = missingLicense(env, module);
  const text = moduleSource({
    object: module.object,
    depends: depends.map((dependency) => dependency.replaceAll("-", "_")),
    aliases: deviceAliases(module.object, abi),
    stamp: abi.stamp,
    inTree: inTree(env, module.plan),
    ...(license && { license }),
  });
  const cache = cacheFor(env);
  const key = digest(
    "module",
    env.compiler.version,
    ...env.flags.map((flag) => cache.portable(flag)),
    name,
    text,
    module.bytes,
  );
  let bytes = cache.get(key);
  const cached = module.cached && bytes !== null;
  if (!bytes) {
    const source = join(cacheFolder(), "generated", `${digest(text)}`, `${name}.mod.c`);
    writeWhole(source, text);
    const generated = await compileUnit(env, { source, flags: moduleFlags(`${name}.mod`, name) });
    bytes = await link(env, [module.bytes, generated.bytes], name);
    cache.put(key, [], bytes);
  }
  const file = join(out, `${name}.ko`);
  if (!existsSync(file) || !Buffer.from(bytes).equals(readFileSync(file))) writeWhole(file, bytes);
  return { name, file, sources: units.map(({ source }) => source), depends, cached };
}

/** A driver in TypeScript is a module of its file's name: nothing else may be one of that name. */
function refuseTwins(sources: readonly string[]): void {
  const names = sources.map((source) => basename(source).replace(/\.(c|ts)$/, ""));
  const twin = sources.findIndex(
    (source, index) => isDriverScript(source) && names.some((name, other) => other !== index && name === names[index]),
  );
  if (twin >= 0) throw new KpiError(`two modules would be called ${names[twin]}.ko`);
}

export async function buildModules(options: BuildOptions): Promise<BuildResult> {
  const scripts = options.sources.filter(isDriverScript);
  const sources = options.sources.filter((source) => !isDriverScript(source));
  refuseTwins(options.sources);
  const fromC = sources.length > 0 ? await buildSources({ ...options, sources }) : undefined;
  if (fromC && scripts.length === 0) return fromC;
  const { out, known = [], events } = options;
  const owners = new Map([...known, out].flatMap((folder) => siblings(folder, new Set())));
  const built = await buildDriverScripts(scripts, { out, owners, ...(events && { events }) });
  return { ...built, ...fromC, modules: [...(fromC?.modules ?? []), ...built.modules] };
}

async function buildSources(options: BuildOptions): Promise<BuildResult> {
  const env = await prepareTree({
    ...(options.tree && { tree: resolve(options.tree) }),
    ...(options.compiler && { compiler: options.compiler }),
  });
  for (const name of sourcePackages(env, options.sources)) await setUpDebianSource(name);
  const plans = makePlans(env, options.sources, options.modules);
  const units = plans.flatMap((plan) => plan.units);
  const objects = new Map<string, { bytes: Uint8Array; cached: boolean }>();
  const identity = (unit: Plan["units"][number]) => [unit.source, ...unit.flags].join("\0");
  await eachOf(units, env.compiler, async (unit) => {
    objects.set(identity(unit), await compileUnit(env, unit, options.events));
  });
  const abi = await treeAbi(env, () => options.events?.layouts?.(env.release));
  mkdirSync(options.out, { recursive: true });
  const compiled: Compiled[] = [];
  for (const plan of plans) {
    const parts = plan.units.map((unit) => objects.get(identity(unit))!);
    const bytes =
      parts.length === 1
        ? parts[0]!.bytes
        : await link(
            env,
            parts.map((part) => part.bytes),
            plan.name,
          );
    compiled.push({ plan, bytes, object: read(bytes, plan.name), cached: parts.every((part) => part.cached) });
  }
  const built = new Set(plans.map(({ name }) => name));
  const known = [...(options.known ?? []), options.out].flatMap((folder) => siblings(folder, built));
  const owners = new Map([...known, ...compiled.flatMap(({ plan, object }) => owned(plan.name, object))]);
  for (const name of options.core ?? []) owners.delete(name);
  const modules: BuiltModule[] = [];
  for (const module of compiled) {
    const { name } = module.plan;
    const wrong = complaints(name, module.object, owners, missingLicense(env, module) !== undefined);
    if (wrong.length > 0) options.events?.warning?.(wrong.join("\n"));
    modules.push(await finish(env, abi, module, dependsOn(name, module.object, owners), options.out));
  }
  return { modules, stamp: abi.stamp, release: env.release };
}
