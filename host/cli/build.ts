// kpi build: kernel sources into modules, with the lines that kbuild prints.

import { accessSync, constants, mkdirSync } from "node:fs";
import { relative } from "node:path";
import { coreNames } from "../../tools/build/core-names.ts";
import { buildModules, type BuildOptions, type BuildResult } from "../../tools/kbuild/build.ts";
import type { CompileEvents } from "../../tools/kbuild/compile.ts";
import { linuxTree } from "../../tools/setup/paths.mjs";
import { systemErrorText } from "../errno.ts";
import { KpiError } from "../error.ts";
import { ModInfo } from "../loader/modinfo.ts";
import { missingSymbols } from "./missing.ts";
import { builtModules } from "../built-modules.ts";
import { readModule } from "../loader/read-module.ts";

/** A path as one names it: relative to a folder that it lies below, else absolute. */
function below(folder: string, path: string): string {
  const inside = relative(folder, path);
  return inside.startsWith("..") ? path : inside;
}

/** The object of a source, as kbuild names it: relative to the kernel tree, or to here. */
export function objectName(source: string): string {
  return below(process.cwd(), below(linuxTree(), source)).replace(/\.(c|ts)$/, ".o");
}

/** Said before anything is compiled. */
function checkWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new KpiError(`cannot write to ${folder}: ${systemErrorText(error)}; name another folder with -o`);
  }
}

/** kbuild's lines, as things happen. */
export const buildEvents: CompileEvents = {
  layouts: (release) => console.error(`  GEN     struct layouts of Linux ${release}`),
  compiling: (source) => console.error(`  ${source.endsWith(".ts") ? "ASC" : "CC"} [M]  ${objectName(source)}`),
  warning: (text) => console.error(text),
};

/** Builds, and says what is compiled; what is up to date is not worth a line. */
export async function buildAndShow(options: Pick<BuildOptions, "sources" | "modules" | "out">): Promise<BuildResult> {
  checkWritable(options.out);
  const result = await buildModules({
    ...options,
    known: [builtModules.folder],
    events: buildEvents,
  });
  for (const { file, cached } of result.modules) {
    if (!cached) console.error(`  LD [M]  ${below(process.cwd(), file)}`);
  }
  return result;
}

export async function build(sources: string[], options: { out: string; module?: string[] }): Promise<number> {
  const { modules } = await buildAndShow({
    sources,
    out: options.out,
    ...(options.module && { modules: options.module }),
  });
  if (modules.every((module) => module.cached))
    console.error(`${below(process.cwd(), options.out) || "."}: up to date`);
  const core = await coreNames(true);
  for (const { name, file } of modules) {
    const unlicensed = ModInfo.of(readModule(file)).get("license") === undefined;
    if (unlicensed) console.error(`WARNING: modpost: missing MODULE_LICENSE() in ${name}.o`);
    const count = missingSymbols(file, core).length;
    const symbols = count === 1 ? "1 undefined symbol" : `${count} undefined symbols`;
    const hint = `list them with: kpi missing ${below(process.cwd(), file)}`;
    if (count > 0) console.error(`WARNING: modpost: ${name}.ko has ${symbols}; ${hint}`);
  }
  return 0;
}
