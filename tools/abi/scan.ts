// What the compiler says of the wanted headers: record layouts, constants, and the types behind enums.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { compileText, type Environment } from "../kbuild/environment.ts";
import { moduleFlags } from "../kbuild/flags.ts";
import { type Constant, evaluate, includes, type Vocabulary, vocabulary } from "./constants.ts";
import { parseRecords, recordDump, type RecordLayout, typedefHolders } from "./records.ts";
import type { EnumTypes } from "./types.ts";
import { type Area, areas } from "./wanted.ts";

export interface Scan {
  readonly records: ReadonlyMap<string, RecordLayout>;
  /** By name. */
  readonly constants: ReadonlyMap<string, Constant>;
  readonly enums: EnumTypes;
}

/** C that includes every header of every area. */
export function headerList(): string {
  return includes([...new Set(Object.values(areas).flatMap((area) => area.headers))]);
}

/** Of some names, those that an area's list of constants means. */
export function matching(names: Iterable<string>, area: Area): string[] {
  const exact = new Set(area.constants.filter((item) => typeof item === "string"));
  const patterns = area.constants.filter((item) => item instanceof RegExp);
  return [...names].filter((name) => exact.has(name) || patterns.some((pattern) => pattern.test(name)));
}

/**
 * An enumerator's C type is its own in one version of C and its enum's in another: it gets the narrower of 32 and 64
 * bits that holds it.
 */
function enumerator(constant: Constant): Constant {
  const { value } = constant;
  const narrow = BigInt.asUintN(32, value) === value || BigInt.asIntN(32, value) === value;
  return { ...constant, size: narrow ? 4 : 8, signed: value < 0n };
}

async function scanConstants(
  env: Environment,
  scratch: string,
  words: Vocabulary,
): Promise<Map<string, Constant>> {
  const expressions = new Map<string, string>();
  const insist = new Set<string>();
  for (const area of Object.values(areas)) {
    for (const name of matching(words.names, area)) expressions.set(name, name);
    const named = area.constants.filter((item) => typeof item === "string").map((name) => [name, name] as const);
    for (const [name, expression] of [...named, ...Object.entries(area.expressions ?? {})]) {
      expressions.set(name, expression);
      insist.add(expression);
    }
  }
  const values = await evaluate(env, scratch, headerList(), [...expressions.values()], [...insist]);
  const constants = new Map<string, Constant>();
  for (const [name, expression] of expressions) {
    const value = values.get(expression);
    if (value) constants.set(name, { ...(words.enumerators.has(name) ? enumerator(value) : value), name });
    else if (insist.has(expression)) {
      throw new KpiError(`tools/abi/wanted.ts: ${expression} is not a constant of the kernel's headers`);
    }
  }
  return constants;
}

async function scanEnums(env: Environment, scratch: string, tags: Iterable<string>): Promise<EnumTypes> {
  const expressions = [...tags].map((tag) => `(enum ${tag})0`);
  const values = await evaluate(env, scratch, headerList(), expressions);
  const tagOf = (expression: string) => /\(enum (\w+)\)/.exec(expression)![1]!;
  return new Map([...values].map(([expression, { size, signed }]) => [tagOf(expression), { size, signed }]));
}

export async function scan(environment: Environment): Promise<Scan> {
  // The headers are read as a module reads them.
  const env = { ...environment, flags: [...environment.flags, ...moduleFlags("abi", "abi")] };
  const scratch = mkdtempSync(join(tmpdir(), "kpi-abi-"));
  try {
    const source = join(scratch, "headers.c");
    writeFileSync(source, headerList() + typedefHolders(Object.values(areas).flatMap((area) => area.structs)));
    const records = parseRecords(await compileText(env, ["-w", ...recordDump, source]));
    const words = await vocabulary(env, source);
    const constants = await scanConstants(env, scratch, words);
    return { records, constants, enums: await scanEnums(env, scratch, words.enumTags) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
