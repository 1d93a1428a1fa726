// A kernel tree made ready to compile against: its generated headers, in the cache, and the flags that find them.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { cacheRoot, linuxTree } from "../setup/paths.mjs";
import { type Compiler, findCompiler } from "./compiler.ts";
import { type KernelConfig, loadConfig } from "./config.ts";
import { baseFlags } from "./flags.ts";
import { generatedSources } from "./generated/sources.ts";
import { boundsHeader, generatedHeaders, kernelRelease } from "./headers.ts";

/** What a compile needs. */
export type CompileContext = Pick<Environment, "compiler" | "flags">;

export interface Environment {
  /** The kernel source tree. */
  readonly tree: string;
  /** VERSION.PATCHLEVEL.SUBLEVEL of the tree. */
  readonly release: string;
  /** The folder of the generated headers and sources. */
  readonly generated: string;
  readonly config: KernelConfig;
  readonly compiler: Compiler;
  /** Compiler flags for any kernel source file; a module's own come after them. */
  readonly flags: readonly string[];
}

export function cacheFolder(): string {
  return join(cacheRoot(), "kbuild");
}

function write(folder: string, files: Iterable<[string, string]>): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Compiles to text (assembly, or what a dump option prints); a KpiError with clang's own words if it fails. */
export async function compileText(env: CompileContext, args: readonly string[]): Promise<string> {
  const result = await env.compiler.clang([...env.flags, ...args]);
  if (result.code !== 0) throw new KpiError(`${result.stderr.trimEnd()}\nclang cannot compile the kernel's headers`);
  return result.stdout;
}

async function generate(folder: string, headers: Map<string, string>, tree: string, compiler: Compiler): Promise<void> {
  const scratch = `${folder}.${process.pid}`;
  write(scratch, headers);
  const flags = baseFlags({ tree, generated: scratch });
  // bounds.c defines this itself, to keep the headers from including what is being made.
  const assembly = await compileText({ compiler, flags }, ["-S", "-o", "-", join(tree, "kernel", "bounds.c")]);
  write(scratch, [[join("include", "generated", "bounds.h"), boundsHeader(assembly)]]);
  try {
    renameSync(scratch, folder);
  } catch (error) {
    // Another build made the same folder meanwhile.
    rmSync(scratch, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

/** Prepares a tree (default: the one in use), from the cache if it was prepared before. */
export async function prepareTree(options: { tree?: string; compiler?: Compiler } = {}): Promise<Environment> {
  const tree = options.tree ?? linuxTree();
  const bounds = join(tree, "kernel", "bounds.c");
  const release = kernelRelease(tree);
  if (!existsSync(bounds)) throw new KpiError(`${tree}: not a complete Linux source tree: kernel/bounds.c is missing`);
  const compiler = options.compiler ?? (await findCompiler());
  const config = loadConfig();
  const headers = new Map([...generatedHeaders(tree, config), ...generatedSources(tree, config)]);
  const key = createHash("sha256")
    .update(JSON.stringify([...headers]))
    .update(readFileSync(bounds))
    .digest("hex")
    .slice(0, 16);
  const generated = join(cacheFolder(), `headers-${key}`);
  if (!existsSync(generated)) await generate(generated, headers, tree, compiler);
  return { tree, release, generated, config, compiler, flags: baseFlags({ tree, generated }) };
}
