// Has the compiler compute the values of constants. A name may turn out to be none: a macro can be anything.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { KpiError } from "../../host/error.ts";
import type { Environment } from "../kbuild/environment.ts";

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

/** C that says the type of an expression: its size, and 256 if it has a sign. */
function typeCode(expression: string): string {
  return `(sizeof(${expression}) | ((__typeof__(${expression}))-1 < (__typeof__(${expression}))1 ? 256 : 0))`;
}

/** How an expression becomes a line of C, and what the compiler's assembly says of it. */
interface Probe {
  readonly flags: readonly string[];
  source(index: number, expression: string): string;
  /** Matches an index, a value and a type code. */
  readonly result: RegExp;
}

/** Integer constant expressions: initialisers. */
const initialisers: Probe = {
  flags: ["-O0"],
  source: (index, expression) =>
    `const unsigned long long kpi_${index}[3] = { (unsigned long long)(${expression}), ${typeCode(expression)}, 1 };`,
  // The third word keeps an all-zero array, which would be one .skip, from arising.
  result: /^kpi_(\d+):\n\s+\.int64\s+(-?\d+).*\n\s+\.int64\s+(\d+)/gm,
};

/** What only folds to a constant, as max() does: functions that return it. */
const functions: Probe = {
  flags: ["-O2"],
  source: (index, expression) =>
    `unsigned long long kpi_${index}(void) { return (unsigned long long)(${expression}); }` +
    `unsigned long long kpi_${index}_type(void) { return ${typeCode(expression)}; }`,
  result:
    /^kpi_(\d+):.*\n(?:\s+\.functype.*\n|#.*\n)*\s+i64\.const\s+(-?\d+)[^]*?^kpi_\1_type:[^]*?i64\.const\s+(\d+)/gm,
};

/** Compiles a line for each expression, until only those are left that clang accepts. */
async function runProbe(
  env: Environment,
  scratch: string,
  prologue: string,
  expressions: readonly string[],
  probe: Probe,
): Promise<Map<string, Constant>> {
  const file = join(scratch, "constants.c");
  const firstLine = prologue.split("\n").length;
  let wanted = [...new Set(expressions)];
  for (;;) {
    const lines = wanted.map((expression, index) => probe.source(index, expression));
    writeFileSync(file, `${prologue}${lines.join("\n")}\n`);
    const flags = [...env.flags, "-w", ...probe.flags, "-ferror-limit=0"];
    const result = await env.compiler.clang([...flags, "-S", "-o", "-", file]);
    if (result.code === 0) return values(result.stdout, wanted, probe);
    const refused = new Set<number>();
    for (const [, row] of result.stderr.matchAll(/constants\.c:(\d+):\d+: (?:fatal )?error/g)) {
      refused.add(Number(row) - firstLine);
    }
    const inside = [...refused].every((index) => index >= 0 && index < wanted.length);
    if (refused.size === 0 || !inside) throw new KpiError(`clang failed:\n${result.stderr.slice(0, 4000)}`);
    wanted = wanted.filter((_, index) => !refused.has(index));
  }
}

function values(assembly: string, expressions: readonly string[], probe: Probe): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  for (const [, index, number, type] of assembly.matchAll(probe.result)) {
    const name = expressions[Number(index)]!;
    const size = Number(type) & 255;
    const signed = (Number(type) & 256) !== 0;
    const value = signed ? BigInt.asIntN(64, BigInt(number!)) : BigInt.asUintN(size * 8, BigInt(number!));
    constants.set(name, { name, size, signed, value });
  }
  return constants;
}

/**
 * The values of expressions that are integer constants; the others are left out.
 * @param insist those that are worth compiling as functions, if they are no constants in the language's own sense
 */
export async function evaluate(
  env: Environment,
  scratch: string,
  prologue: string,
  expressions: readonly string[],
  insist: readonly string[] = [],
): Promise<Map<string, Constant>> {
  const constants = await runProbe(env, scratch, prologue, expressions, initialisers);
  const missing = insist.filter((expression) => !constants.has(expression));
  if (missing.length === 0) return constants;
  return new Map([...constants, ...(await runProbe(env, scratch, prologue, missing, functions))]);
}
