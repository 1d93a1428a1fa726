// One C file to one object file, through the cache.
import { mkdtempSync, readFileSync, rmSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { ContentCache, digest, parseDependencies } from "./cache.ts";
import { CAST_WARNING, castWarning, findCasts } from "./casts/scan.ts";
import { diagnosticsOf } from "./diagnostics.ts";
import { cacheFolder, type Environment } from "./environment.ts";
import { archFolder, shadowFolder } from "./flags.ts";

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

/** Whether a file is a driver's own, not a header of the kernel or of ours. */
function isOwn(env: Environment, file: string): boolean {
  const shared = [join(env.tree, "include"), env.generated, archFolder, shadowFolder];
  return !shared.some((folder) => file.startsWith(`${folder}/`));
}

/** A new header of ours may stand before one of the kernel's, and so change what was compiled without it. */
const ownHeaders = digest(
  ...[archFolder, shadowFolder].flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()),
);

export async function compileUnit(env: Environment, unit: Unit, events: CompileEvents = {}): Promise<CompiledUnit> {
  const { source } = unit;
  const cache = cacheFor(env, source);
  const flags = [...env.flags, ...unit.flags, `-fmacro-prefix-map=${dirname(source)}/=`];
  const key = digest(
    env.compiler.version,
    ownHeaders,
    cache.portable(source),
    ...flags.map((flag) => cache.portable(flag)),
  );
  // Casts that trap are said on every build, also of what is up to date.
  const castsKey = digest(key, "casts");
  const warn = (casts: string): void => void (casts && events.warning?.(cache.local(casts)));
  const kept = cache.get(key);
  const keptCasts = cache.get(castsKey);
  if (kept && keptCasts) {
    warn(new TextDecoder().decode(keptCasts));
    return { bytes: kept, cached: true };
  }
  events.compiling?.(unit.stands ?? source);
  return withScratch(async (scratch) => {
    const object = join(scratch, "unit.o");
    const dependencies = join(scratch, "unit.d");
    const result = await env.compiler.clang([...flags, "-MD", "-MF", dependencies, "-c", source, "-o", object]);
    if (result.code !== 0) throw new KpiError(`${result.stderr.trimEnd()}\n${basename(source)} does not compile`);
    const diagnostics = diagnosticsOf(result.stderr);
    const said = diagnostics.filter(({ flag }) => flag !== CAST_WARNING);
    if (said.length > 0) events.warning?.(said.map(({ text }) => text).join("\n"));
    const bytes = readFileSync(object);
    const files = parseDependencies(readFileSync(dependencies, "utf8"));
    const own = files.filter((file) => isOwn(env, file));
    const found = await findCasts(env.compiler, { flags, source, object: bytes, own, diagnostics });
    const casts = cache.portable(found.map(castWarning).join("\n"));
    cache.put(key, files, bytes);
    cache.put(castsKey, files, new TextEncoder().encode(casts));
    warn(casts);
    return { bytes, cached: false };
  });
}
