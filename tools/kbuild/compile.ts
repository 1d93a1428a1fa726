// One C file to one object file, through the cache.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { ContentCache, digest, parseDependencies } from "./cache.ts";
import { cacheFolder, type Environment } from "./environment.ts";
import { archFolder } from "./flags.ts";

export interface Unit {
  /** The C file. */
  readonly source: string;
  /** Of a generated file: the path that it has in the kernel tree. */
  readonly stands?: string;
  /** Flags after the environment's own. */
  readonly flags: readonly string[];
}

export interface CompiledUnit {
  readonly bytes: Uint8Array;
  readonly cached: boolean;
}

/** A cache whose entries survive the moving of any folder that a compile reads. */
export function cacheFor(env: Environment, source?: string): ContentCache {
  return new ContentCache(join(cacheFolder(), "objects"), {
    tree: env.tree,
    generated: env.generated,
    kbuild: dirname(dirname(archFolder)),
    ...(source && { source: dirname(source) }),
  });
}

/** Runs work with a folder that is gone afterwards. */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "kpi-build-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface CompileEvents {
  /** Called when a file is about to be compiled: it was not in the cache. */
  readonly compiling?: (source: string) => void;
  readonly warning?: (text: string) => void;
  /** Called when the tree's struct layouts are about to be worked out. */
  readonly layouts?: (release: string) => void;
}

export async function compileUnit(env: Environment, unit: Unit, events: CompileEvents = {}): Promise<CompiledUnit> {
  const cache = cacheFor(env, unit.source);
  const flags = [...env.flags, ...unit.flags, `-fmacro-prefix-map=${dirname(unit.source)}/=`];
  const key = digest(env.compiler.version, cache.portable(unit.source), ...flags.map((flag) => cache.portable(flag)));
  const kept = cache.get(key);
  if (kept) return { bytes: kept, cached: true };
  events.compiling?.(unit.stands ?? unit.source);
  return withScratch(async (scratch) => {
    const object = join(scratch, "unit.o");
    const dependencies = join(scratch, "unit.d");
    const result = await env.compiler.clang([...flags, "-MD", "-MF", dependencies, "-c", unit.source, "-o", object]);
    if (result.code !== 0) throw new KpiError(`${result.stderr.trimEnd()}\n${basename(unit.source)} does not compile`);
    if (result.stderr) events.warning?.(result.stderr);
    const bytes = readFileSync(object);
    cache.put(key, parseDependencies(readFileSync(dependencies, "utf8")), bytes);
    return { bytes, cached: false };
  });
}
