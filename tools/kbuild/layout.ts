// The ABI of a kernel tree (tools/abi), through the cache: the stamp and offsets that modules are built with.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Abi, abiFrom, type AbiData, generate } from "../abi/generate.ts";
import { headerList } from "../abi/scan.ts";
import { digest, parseDependencies } from "./cache.ts";
import { cacheFor, withScratch } from "./compile.ts";
import { compileText, type Environment, prepareTree } from "./environment.ts";
import { moduleFlags } from "./flags.ts";

/** All that decides what comes out, but the kernel's headers. */
function generatorText(): string {
  const folder = join(import.meta.dirname, "..", "abi");
  return (
    readdirSync(folder)
      // JavaScript in an installed package.
      .filter((name) => /(?<!\.d)\.[jt]s$/.test(name))
      .sort()
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("\0")
  );
}

/** Read at start, when the same files are loaded to run: an edit during a build must not name its result. */
const generator = generatorText();

/** Every header that a translation unit of all wanted headers reads. */
async function headersRead(env: Environment): Promise<string[]> {
  return withScratch(async (scratch) => {
    const source = join(scratch, "headers.c");
    writeFileSync(source, headerList());
    const text = await compileText(env, [...moduleFlags("abi", "abi"), "-w", "-M", source]);
    return parseDependencies(text).filter((file) => !file.startsWith(scratch));
  });
}

/** The ABI of a prepared tree. `generating` is called when it has to be worked out, which takes seconds. */
export async function treeAbi(env: Environment, generating?: () => void): Promise<Abi> {
  const cache = cacheFor(env);
  const key = digest(
    "abi",
    env.release,
    env.compiler.version,
    generator,
    ...env.flags.map((flag) => cache.portable(flag)),
  );
  const kept = cache.get(key);
  if (kept) return abiFrom(JSON.parse(new TextDecoder().decode(kept)) as AbiData);
  generating?.();
  const data = await generate(env);
  cache.put(key, await headersRead(env), new TextEncoder().encode(JSON.stringify(data)));
  return abiFrom(data);
}

/** What assembly/abi is for a tree (default: the one in use): file names below it with their text, and the stamp. */
export async function generateAbi(tree?: string): Promise<Abi> {
  return treeAbi(await prepareTree(tree ? { tree } : {}));
}
