// `kpi build driver.ts`: a driver in TypeScript to a module. Needs neither clang nor the kernel's source.

import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { KpiError } from "../../../host/error.ts";
import {
  readObject,
  SYMBOL_DATA,
  SYMBOL_FUNCTION,
  type FunctionType,
  type WasmObject,
} from "../../../host/loader/object.ts";
import { nearest } from "../../../host/nearest.ts";
import { readRegularFile } from "../../../host/regular-file.ts";
import { loadSymbols } from "../../../host/symbols/index.ts";
import type { SymbolRow } from "../../../host/symbols/row.ts";
import { buildCore, look } from "../../build/core.ts";
import { repoRoot } from "../../setup/paths.mjs";
import type { BuildResult, BuiltModule } from "../build.ts";
import { ContentCache, digest, writeWhole } from "../cache.ts";
import type { CompileEvents } from "../compile.ts";
import { cacheFolder } from "../environment.ts";
import { dependsOn, type Owned } from "../modpost.ts";
import { compile } from "./compiler.ts";
import { committedAbi, libraryFor, type DriverAbi } from "./library.ts";
import { moduleBytes, RELEASE } from "./module.ts";

/** Whether a path is a driver in TypeScript. */
export const isDriverScript = (path: string): boolean => path.endsWith(".ts") && !path.endsWith(".d.ts");

export interface DriverBuildOptions {
  readonly out: string;
  /** What modules export that these may use. */
  readonly owners: ReadonlyMap<string, Owned>;
  readonly events?: CompileEvents;
}

const VALUE_TYPES: Record<number, string> = { 0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64" };
const VERSION = /"version": "([^"]+)"/;

function signatureOf({ params, results }: FunctionType): string {
  const names = (types: readonly number[]): string => types.map((type) => VALUE_TYPES[type] ?? "?").join(", ");
  return `(${names(params)}) -> ${names(results) || "()"}`;
}

/** What the driver imports that the core does not have, or has in another way; one line each. */
function faults(
  object: WasmObject,
  rows: ReadonlyMap<string, SymbolRow>,
  owners: ReadonlyMap<string, Owned>,
): string[] {
  const imports = object.imports.filter((entry) => entry.kind === "function");
  const wanted = object.symbols.filter((symbol) => symbol.undefined);
  const absent = wanted.filter(({ name }) => !rows.has(name) && !owners.has(name)).map(({ name }) => name);
  const lacking = [...new Set(absent)].sort().map((name) => {
    const near = nearest(name, [...rows.keys()]);
    return near.length > 0 ? `${name} (did you mean ${near.join(", ")}?)` : name;
  });
  const wrong = wanted.flatMap(({ kind, name, index }) => {
    const row = rows.get(name);
    if (!row) return [];
    if ((kind === SYMBOL_DATA) !== (row.kind === "data")) return [`${name} is a ${row.kind} of the core`];
    const declared = kind === SYMBOL_FUNCTION ? signatureOf(object.types[imports[index]!.type]!) : row.signature;
    return declared === row.signature ? [] : [`${name} is declared as ${declared}, and is ${row.signature}`];
  });
  return lacking.length > 0 ? [`nobody has ${lacking.join(", ")}; see: kpi symbols`, ...wrong] : wrong;
}

async function abiInUse(): Promise<DriverAbi> {
  const { abi } = await look(["debug"]);
  return abi ? { files: abi.files, stamp: abi.stamp } : committedAbi();
}

function compilerVersion(): string {
  const file = [repoRoot, dirname(dirname(repoRoot))].map((root) =>
    join(root, "node_modules/assemblyscript/package.json"),
  );
  const found = file.find((path) => existsSync(path));
  return found ? VERSION.exec(readFileSync(found, "utf8"))![1]! : "";
}

/** What decides the result besides the driver and the library: this code. */
function toolText(): string {
  const files = ["compile", "compiled", "module", "object", "relocate"].map((name) =>
    join(import.meta.dirname, `${name}.ts`),
  );
  const asc = ["cstr", "layout"].map((name) => join(repoRoot, "tools/asc", `${name}.mjs`));
  return [...files, ...asc, join(import.meta.dirname, "transform.mjs")]
    .map((file) => (existsSync(file) ? file : file.replace(/\.ts$/, ".js")))
    .map((file) => readFileSync(file, "utf8"))
    .join("\0");
}

/** A module's name, of its file's. */
function nameOf(source: string): string {
  const name = basename(source, ".ts");
  if (!/^\w[\w-]{0,54}$/.test(name)) {
    throw new KpiError(`${source}: ${name} is no name of a module: letters, digits, _ and -, at most 55`);
  }
  return name;
}

export async function buildDriverScripts(
  sources: readonly string[],
  options: DriverBuildOptions,
): Promise<BuildResult> {
  await buildCore("debug", true);
  const symbols = loadSymbols().symbols();
  const rows = new Map(symbols.map((row) => [row.name, row]));
  const abi = await abiInUse();
  const library = libraryFor(abi, symbols);
  const common = digest(compilerVersion(), toolText(), ...[...library].flat());
  const built: BuiltModule[] = [];
  for (const given of sources) {
    const source = resolve(given);
    if (!existsSync(source)) throw new KpiError(`${given}: no such file`);
    readRegularFile(source);
    const name = nameOf(source);
    const cache = new ContentCache(join(cacheFolder(), "objects"), { source: dirname(source) });
    const key = digest("typescript", common, basename(source));
    let bytes = cache.get(key);
    const cached = bytes !== null;
    if (!bytes) {
      options.events?.compiling?.(source);
      const driver = await compile(source, library);
      const identifier = name.replaceAll("-", "_");
      const parts = { name: identifier, driver, abi };
      const plain = moduleBytes({ ...parts, depends: [] });
      const depends = dependsOn(name, readObject(plain), options.owners);
      bytes =
        depends.length === 0
          ? plain
          : moduleBytes({ ...parts, depends: depends.map((other) => other.replaceAll("-", "_")) });
      const wrong = faults(readObject(bytes), rows, options.owners);
      if (wrong.length > 0) throw new KpiError(wrong.map((fault) => `${given}: ${fault}`).join("\n"));
      // What other modules export is not among the inputs.
      if (depends.length === 0) cache.put(key, driver.files, bytes);
    }
    const file = join(options.out, `${name}.ko`);
    if (!existsSync(file) || !Buffer.from(bytes).equals(readFileSync(file))) writeWhole(file, bytes);
    built.push({ name, file, sources: [source], depends: dependsOn(name, readObject(bytes), options.owners), cached });
  }
  return { modules: built, stamp: abi.stamp, release: RELEASE };
}
