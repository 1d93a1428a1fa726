// The other allocators: AssemblyScript's TLSF, and dlmalloc as wasi-libc has it. Both are wasm modules that export
// __kmalloc and kfree, and are called by the object code that calls the core's: modules/bench_alloc.c.

import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { KpiError } from "../../host/error.ts";
import { withScratch } from "../kbuild/compile.ts";
import { findCompiler, type Compiler } from "../kbuild/compiler.ts";
import { fetchPackage, haveApt } from "../setup/apt.mjs";
import { cacheRoot } from "../setup/paths.mjs";

/** The functions of bench_alloc.c. */
export interface Loops {
  bench_alloc_fixed(count: number, size: number): number;
  bench_alloc_mixed(count: number, seed: number): number;
}

const TLSF = `
export function __kmalloc(size: usize, gfp: u32): usize { return heap.alloc(size); }
export function kfree(address: usize): void { if (address) heap.free(address); }
`;

const DLMALLOC = `
void *malloc(unsigned long size);
void free(void *address);
void *__kmalloc(unsigned long size, unsigned gfp) { return malloc(size); }
void kfree(void *address) { free(address); }
`;

async function tlsf(): Promise<Uint8Array> {
  let image: Uint8Array | undefined;
  const files: Record<string, string> = { "tlsf.ts": TLSF };
  const options = ["--runtime", "minimal", "-O3", "--noAssert", "--config", "none", "--outFile", "tlsf.wasm"];
  const { error, stderr } = await asc.main(["tlsf.ts", ...options], {
    readFile: (name: string) => files[name] ?? null,
    writeFile: (name: string, content: Uint8Array) => void (name === "tlsf.wasm" && (image = content)),
    listFiles: () => [],
  } as never);
  if (!image) throw new KpiError(`asc does not compile TLSF: ${error?.message}\n${String(stderr)}`);
  return image;
}

async function ld(compiler: Compiler, output: string, args: string[]): Promise<Uint8Array> {
  const { code, stderr } = await compiler.wasmLd(["--no-entry", "-o", output, ...args]);
  if (code !== 0) throw new KpiError(stderr.trimEnd());
  return readFileSync(output);
}

/** Debian's package of wasi-libc, unpacked in the cache: nothing is installed. */
async function wasiLibc(): Promise<string> {
  if (!haveApt())
    throw new KpiError("dlmalloc is in Debian's package wasi-libc, and there is no apt-get here, or KPI_APT=no");
  const into = await fetchPackage({ name: "wasi-libc", into: join(cacheRoot(), "wasi-libc") });
  const archive = join(into, "usr/lib/wasm32-wasi/libc.a");
  if (!existsSync(archive)) throw new KpiError("Debian's package wasi-libc has no libc.a where it was");
  return archive;
}

async function dlmalloc(compiler: Compiler, scratch: string): Promise<Uint8Array> {
  const source = join(scratch, "dlmalloc.c");
  const object = join(scratch, "dlmalloc.o");
  writeFileSync(source, DLMALLOC);
  const { code, stderr } = await compiler.clang(["--target=wasm32", "-O3", "-c", source, "-o", object]);
  if (code !== 0) throw new KpiError(stderr.trimEnd());
  // Linkers know an archive by its contents; by this name every compiler that we have reads it.
  const archive = join(scratch, "libc.o");
  copyFileSync(await wasiLibc(), archive);
  return ld(compiler, join(scratch, "dlmalloc.wasm"), ["-O3", "--export=__kmalloc", "--export=kfree", object, archive]);
}

/** The object code of a module as an instance that calls `allocator`. */
function caller(image: Uint8Array, allocator: Uint8Array): Loops {
  const instance = (bytes: Uint8Array, env: WebAssembly.ModuleImports): WebAssembly.Exports => {
    const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
    return new WebAssembly.Instance(module, { env }).exports;
  };
  const abort = (): never => {
    throw new Error("out of memory");
  };
  const { __kmalloc, kfree } = instance(allocator, { abort }) as Record<string, WebAssembly.ExportValue>;
  return instance(image, { __kmalloc: __kmalloc!, kfree: kfree! }) as unknown as Loops;
}

export interface OtherAllocator {
  readonly name: string;
  /** Why it is not there. */
  readonly missing?: string;
  readonly loops?: Loops;
}

/** `module`: the built bench_alloc.ko. */
export function otherAllocators(module: string): Promise<OtherAllocator[]> {
  return withScratch((scratch) => makeAllocators(module, scratch));
}

async function makeAllocators(module: string, scratch: string): Promise<OtherAllocator[]> {
  const compiler = await findCompiler();
  const object = join(scratch, "bench_alloc.o");
  copyFileSync(module, object);
  const exports = ["--export=bench_alloc_fixed", "--export=bench_alloc_mixed"];
  const image = await ld(compiler, join(scratch, "caller.wasm"), [
    ...exports,
    "--allow-undefined",
    "--gc-sections",
    object,
  ]);
  const makers: [string, () => Promise<Uint8Array>][] = [
    ["TLSF of AssemblyScript", tlsf],
    ["dlmalloc of wasi-libc", () => dlmalloc(compiler, scratch)],
  ];
  const made: OtherAllocator[] = [];
  for (const [name, make] of makers) {
    try {
      made.push({ name, loops: caller(image, await make()) });
    } catch (error) {
      made.push({ name, missing: (error as Error).message.split("\n")[0]! });
    }
  }
  return made;
}
