// What the compiler says of the wanted headers: record layouts, constants, and the types behind enums.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { type CompileContext, compileText, type Environment } from "../kbuild/environment.ts";
import { moduleFlags } from "../kbuild/flags.ts";
import { type Constant, evaluate, includes } from "./constants.ts";
import { nameDump, parseRecords, recordDump, type RecordLayout, recordNames, typedefHolders } from "./records.ts";
import type { EnumTypes } from "./types.ts";
import { type Vocabulary, vocabulary } from "./vocabulary.ts";
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

/** The C expressions of all constants, by name, and those that have to be constants: not found by a pattern. */
function wantedExpressions(words: Vocabulary): { expressions: Map<string, string>; insist: Set<string> } {
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
  return { expressions, insist };
}

async function scanValues(env: Environment, scratch: string, words: Vocabulary): Promise<Omit<Scan, "records">> {
  const { expressions, insist } = wantedExpressions(words);
  const enumValues = new Map([...words.enumTags].map((tag) => [tag, `(enum ${tag})0`]));
  const all = [...expressions.values(), ...enumValues.values()];
  const values = await evaluate(env, scratch, headerList(), all, [...insist]);
  const constants = new Map<string, Constant>();
  for (const [name, expression] of expressions) {
    const value = values.get(expression);
    if (value) constants.set(name, { ...(words.enumerators.has(name) ? enumerator(value) : value), name });
    else if (insist.has(expression)) {
      throw new KpiError(`tools/abi/wanted.ts: ${expression} is not a constant of the kernel's headers`);
    }
  }
  const enums = [...enumValues].flatMap(([tag, expression]) => {
    const value = values.get(expression);
    return value ? [[tag, value] as const] : [];
  });
  return { constants, enums: new Map(enums) };
}

async function withHeaders<T>(text: string, work: (source: string, scratch: string) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), "kpi-abi-"));
  try {
    const source = join(scratch, "headers.c");
    writeFileSync(source, text);
    return await work(source, scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

// The headers are read as a module reads them.
const asModule = moduleFlags("abi", "abi");

/** clang lays a record out when something needs its size: so everything that is defined is asked for its size. */
async function dumpRecords(env: CompileContext, source: string): Promise<Map<string, RecordLayout>> {
  const names = recordNames(await compileText(env, [...asModule, "-w", ...nameDump, source]));
  const sizes = names.map((name, index) => `extern char kpi_size_${index}[sizeof(${name})];\n`).join("");
  const asking = source.replace(/\.c$/, ".sizes.c");
  writeFileSync(asking, readFileSync(source, "utf8") + sizes);
  return parseRecords(await compileText(env, [...asModule, "-w", ...recordDump, asking]));
}

/** The layouts of all that some headers define. */
export function recordsOf(env: CompileContext, headers: readonly string[]): Promise<Map<string, RecordLayout>> {
  return withHeaders(includes(headers), (source) => dumpRecords(env, source));
}

export function scan(environment: Environment): Promise<Scan> {
  const env = { ...environment, flags: [...environment.flags, ...asModule] };
  const holders = typedefHolders(Object.values(areas).flatMap((area) => area.structs));
  return withHeaders(headerList() + holders, async (source, scratch) => {
    const values = async () => scanValues(env, scratch, await vocabulary(env, source));
    const [records, found] = await Promise.all([dumpRecords(environment, source), values()]);
    return { records, ...found };
  });
}
