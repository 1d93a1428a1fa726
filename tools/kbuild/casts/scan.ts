// Looks for functions that are cast to another type: on WebAssembly a call through the wrong type traps, where most
// processors let it pass. Compilers do not warn of casts by way of void *.

import { basename } from "node:path";
import type { Compiler } from "../compiler.ts";
import type { Diagnostic } from "../diagnostics.ts";
import { CastReader, type FunctionCast } from "./ast.ts";
import { isSuspect } from "./suspects.ts";

/** The warning by which clang marks direct casts, also harmless ones. */
export const CAST_WARNING = "-Wcast-function-type-strict";

export interface CompiledFile {
  readonly flags: readonly string[];
  readonly source: string;
  readonly object: Uint8Array;
  /** Of the files that were read, those that are not the kernel's headers or ours. */
  readonly own: readonly string[];
  /** What the compile said. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Every cast in a source file and its headers that changes what a function is called as. */
export async function readCasts(compiler: Compiler, flags: readonly string[], source: string): Promise<FunctionCast[]> {
  const reader = new CastReader();
  const dump = ["-w", "-fsyntax-only", "-fno-color-diagnostics", "-Xclang", "-ast-dump", source];
  const { stdout } = await compiler.clang([...flags, ...dump]);
  for (let at = 0, end; at < stdout.length; at = end + 1) {
    end = stdout.indexOf("\n", at);
    if (end < 0) end = stdout.length;
    reader.read(stdout.slice(at, end));
  }
  return reader.casts;
}

/** The casts of a compiled file that a call would trap on. */
export async function findCasts(compiler: Compiler, file: CompiledFile): Promise<FunctionCast[]> {
  const own = new Set(file.own);
  const marked = file.diagnostics.some(({ flag, file: at }) => flag === CAST_WARNING && own.has(at));
  if (!marked && !isSuspect(file.object, file.own)) return [];
  const casts = (await readCasts(compiler, file.flags, file.source)).filter((cast) => own.has(cast.file));
  const places = casts.map(({ file, line, column }) => `${file}:${line}:${column}`);
  return casts.filter((_, i) => places.indexOf(places[i]!) === i);
}

/** As compilers word their warnings. */
export function castWarning({ file, line, column, name, from, to }: FunctionCast): string {
  const what = name ? `'${name}'` : `a function in ${basename(file)}`;
  return `${file}:${line}:${column}: warning: ${what} is ${from}, but is cast to ${to}: a call of it would trap`;
}
