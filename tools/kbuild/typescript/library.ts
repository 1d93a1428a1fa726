// What a driver in TypeScript imports from "linuxkpi/…": driver/, the struct layouts, and a declaration of every symbol
// of the core. asc finds them as a part of its own library.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SymbolRow } from "../../../host/symbols/row.ts";
import { repoRoot } from "../../setup/paths.mjs";

/** The layouts that a driver is compiled against. */
export interface DriverAbi {
  /** Files below assembly/abi, with their text. */
  readonly files: ReadonlyMap<string, string>;
  readonly stamp: string;
}

const driverFolder = join(repoRoot, "driver");
const abiFolder = join(repoRoot, "assembly", "abi");

function textsBelow(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /(?<!\.d)\.ts$/.test(name));
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** The layouts of the reference tree. */
export function committedAbi(): DriverAbi {
  const files = textsBelow(abiFolder);
  const stamp = /ABI_STAMP_TEXT = "([0-9a-f]{16})"/.exec(files.get("stamp.ts")!)![1]!;
  return { files, stamp };
}

/** A size or an offset: a constant of the generated files. */
export function placeOf({ files }: DriverAbi, name: string): number {
  for (const text of files.values()) {
    const found = new RegExp(`^export const ${name}: usize = (\\d+);`, "m").exec(text);
    if (found) return Number(found[1]);
  }
  throw new Error(`${name} is not in assembly/abi: add its struct to tools/abi/wanted.ts`);
}

const SCALARS = new Set(["usize", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "bool", "isize", "f64"]);

/** Pointers to the core's own structs are addresses for a driver. */
const scalar = (type: string): string => (SCALARS.has(type) ? type : "usize");

/** AssemblyScript's own words are no names: of parameters, or of functions, of which nobody misses the one. */
const RESERVED = new Set([
  "class",
  "default",
  "delete",
  "function",
  "in",
  "new",
  "private",
  "this",
  "type",
  "var",
  "yield",
]);
const parameter = (name: string): string => (RESERVED.has(name) ? `${name}_` : name);

/** The text of kernel.ts: a declaration of each symbol, with its documentation. */
export function kernelText(rows: readonly SymbolRow[]): string {
  const declarations = rows
    .filter(({ name, header }) => header !== "" && !RESERVED.has(name))
    .map(({ name, kind, header, summary, context, types, returns, params }) => {
      const comment = `/** ${header}. ${summary}${context ? ` Context: ${context}.` : ""} */`.replaceAll("**/", "* */");
      if (kind === "data") return `${comment}\nexport declare const ${name}: usize;`;
      const list = params.map((param, i) => `${parameter(param)}: ${scalar(types[i]!)}`).join(", ");
      return `${comment}\nexport declare function ${name}(${list}): ${returns === "void" ? "void" : scalar(returns)};`;
    });
  const head = "// Every symbol of the core, under its C name. Made from assembly/ by the build of the core.";
  return [head, ...declarations, ""].join("\n\n");
}

/** File names as asc looks for them, without extension, with their text. */
export function libraryFor(abi: DriverAbi, rows: readonly SymbolRow[]): Map<string, string> {
  const own = textsBelow(driverFolder);
  own.set("kernel.ts", kernelText(rows));
  for (const [name, text] of abi.files) own.set(`abi/${name}`, text);
  // The stamp is the build's business: it goes into .modinfo.
  own.set("abi/stamp.ts", "export {};");
  return new Map([...own].map(([name, text]) => [`linuxkpi/driver/${name.replace(/\.ts$/, "")}`, text]));
}
