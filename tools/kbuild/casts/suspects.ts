// Whether a compiled file needs its casts looked at. Reading a whole syntax tree takes as long as compiling, and hardly
// any driver casts functions; so this looks first, at what the compile has left behind anyway.

import { readFileSync } from "node:fs";
import { addressTaken } from "../../../host/loader/link.ts";
import { readObject } from "../../../host/loader/object.ts";

/** Casts that a function's type does not survive: to void *, or to an integer. */
const LOSING = String.raw`\(\s*(?:const\s+)?(?:void\s*\*|(?:unsigned\s+)?(?:long|int)|unsigned|ulong|uintptr_t|kernel_ulong_t|size_t|u32)\s*\)`;
/** Such a cast, with what follows it in the same expression. */
const CAST = new RegExp(`${LOSING}([^;{},]*)`, "g");
const DEFINE = /^[ \t]*#[ \t]*define[ \t]+(\w+)\(((?:[^\\\n]|\\\r?\n|\\.)*)/gm;

/** Names in an expression that are not called. */
function namesIn(expression: string): string[] {
  return [...expression.matchAll(/\b([A-Za-z_]\w*)\b(?!\s*\()/g)].map(([, name]) => name!);
}

/** Macros that cast what they are given. */
function castingMacros(text: string): string[] {
  return [...text.matchAll(DEFINE)].flatMap(([, name, rest]) => {
    const [parameters = "", ...body] = rest!.split(")");
    const own = new Set(namesIn(parameters));
    const casts = body.join(")").matchAll(CAST);
    return [...casts].some(([, operand]) => namesIn(operand!).some((word) => own.has(word))) ? [name!] : [];
  });
}

/** Whether a source text casts one of these functions in a way that loses its type. */
export function castsOneOf(text: string, functions: ReadonlySet<string>): boolean {
  const anyOf = (expression: string) => namesIn(expression).some((name) => functions.has(name));
  if ([...text.matchAll(CAST)].some(([, operand]) => anyOf(operand!))) return true;
  return castingMacros(text).some((macro) =>
    [...text.matchAll(new RegExp(`\\b${macro}\\s*\\(([^;{}]*)`, "g"))].some(([, given]) => anyOf(given!)),
  );
}

/** The functions of an object that something may call by pointer. */
function called(object: Uint8Array): Set<string> {
  const { symbols, ...rest } = readObject(object);
  return new Set(addressTaken({ symbols, ...rest }).map((index) => symbols[index]!.name));
}

/** Whether a compiled file may call a function as what it is not: by its own sources (not the kernel's headers). */
export function isSuspect(object: Uint8Array, sources: readonly string[]): boolean {
  const functions = called(object);
  return functions.size > 0 && sources.some((file) => castsOneOf(readFileSync(file, "latin1"), functions));
}
