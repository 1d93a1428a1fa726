// Finds the constants of a set of headers (macros and enumerators by pattern) and has the compiler compute their values.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { compileText, type Environment } from "../kbuild/environment.ts";

export interface Constant {
  readonly name: string;
  readonly value: bigint;
  /** Bytes of its C type. */
  readonly size: number;
  /** Whether its C type has a sign. */
  readonly signed: boolean;
}

/** A #include for each header. */
export function includes(headers: readonly string[]): string {
  return headers.map((header) => `#include <${header}>\n`).join("");
}

/** Object-like macros of a translation unit that could be constants. */
async function macroNames(env: Environment, file: string): Promise<string[]> {
  const text = await compileText(env, ["-E", "-dM", file]);
  return [...text.matchAll(/^#define (\w+) \S/gm)].map((match) => match[1]!);
}

/** Enumerators of a translation unit, and the tags of its enums. */
async function enumerators(env: Environment, file: string): Promise<{ names: string[]; tags: string[] }> {
  const text = await compileText(env, ["-E", "-P", file]);
  const names: string[] = [];
  const tags: string[] = [];
  for (const [, tag, body] of text.matchAll(/\benum\s+(?:__attribute__\s*\(\([^)]*\)\)\s*)?(\w+)?\s*\{([^{}]*)\}/g)) {
    if (tag) tags.push(tag);
    // Commas inside an enumerator's value stand in parentheses.
    let depth = 0;
    let item = "";
    for (const char of `${body},`) {
      if (char === "(") depth++;
      if (char === ")") depth--;
      if (char !== "," || depth > 0) {
        item += char;
        continue;
      }
      const name = /^\s*(\w+)/.exec(item)?.[1];
      if (name) names.push(name);
      item = "";
    }
  }
  return { names, tags };
}

/** One C line for each expression; lines that clang refuses are not integer constants. */
function probeSource(prologue: string, expressions: readonly string[]): { source: string; firstLine: number } {
  const lines = expressions.map((expression, index) => {
    const number = `(unsigned long long)(${expression})`;
    const type = `(sizeof(${expression}) | ((__typeof__(${expression}))-1 < (__typeof__(${expression}))1 ? 256 : 0))`;
    return `const unsigned long long kpi_${index}[2] = { ${number}, ${type} };`;
  });
  return { source: `${prologue}${lines.join("\n")}\n`, firstLine: prologue.split("\n").length };
}

/** The values of integer constant expressions; those that are none are left out. */
export async function evaluate(
  env: Environment, scratch: string, prologue: string, expressions: readonly string[],
): Promise<Map<string, Constant>> {
  const file = join(scratch, "constants.c");
  let wanted = [...new Set(expressions)];
  for (;;) {
    const { source, firstLine } = probeSource(prologue, wanted);
    writeFileSync(file, source);
    const result = await env.compiler.clang([...env.flags, "-w", "-O0", "-ferror-limit=0", "-S", "-o", "-", file]);
    if (result.code === 0) return values(result.stdout, wanted);
    const refused = new Set<number>();
    for (const [, row] of result.stderr.matchAll(/^[^\n:]*constants\.c:(\d+):\d+: (?:fatal )?error/gm)) {
      refused.add(Number(row) - firstLine);
    }
    if (refused.size === 0 || Math.min(...refused) < 0) throw new KpiError(`clang failed:\n${result.stderr.slice(0, 4000)}`);
    wanted = wanted.filter((_, index) => !refused.has(index));
  }
}

function values(assembly: string, names: readonly string[]): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  for (const [, index, body] of assembly.matchAll(/^kpi_(\d+):\n((?:\s+\.\w+\s+\S+.*\n)+)/gm)) {
    const words = [...body!.matchAll(/\.(int64|skip|zero)\s+(-?\d+)/g)];
    // All zeros are one .skip; a sizeof is never 0, so there are always two words.
    const [value, type] = words.map((word) => (word[1] === "int64" ? BigInt(word[2]!) : 0n));
    const name = names[Number(index)]!;
    const size = Number(type! & 255n);
    const signed = (type! & 256n) !== 0n;
    const wide = BigInt.asUintN(64, value!);
    constants.set(name, { name, size, signed, value: signed ? BigInt.asIntN(64, wide) : BigInt.asUintN(size * 8, wide) });
  }
  return constants;
}

export interface Vocabulary {
  /** Macros and enumerators that may be constants. */
  readonly names: readonly string[];
  readonly enumTags: ReadonlySet<string>;
}

/** All names that headers offer. */
export async function vocabulary(env: Environment, file: string): Promise<Vocabulary> {
  const macros = await macroNames(env, file);
  const { names, tags } = await enumerators(env, file);
  return { names: [...new Set([...macros, ...names])].sort(), enumTags: new Set(tags) };
}
