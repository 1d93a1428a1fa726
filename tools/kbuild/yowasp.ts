// LLVM compiled to WebAssembly: the npm package @yowasp/clang. It sees no host files, only a tree that is handed to it,
// so each run gets the files that its arguments name and every header that those may include.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Compiler, ToolResult } from "./compiler.ts";

/** A folder, as the package takes and returns it. */
interface Tree {
  [name: string]: Tree | string | Uint8Array;
}

interface RunOptions {
  readonly stdout?: (bytes: Uint8Array | null) => void;
  readonly stderr?: (bytes: Uint8Array | null) => void;
  readonly decodeASCII?: boolean;
  readonly fetchProgress?: () => void;
}

type Command = (args: string[] | null, files: Tree, options: RunOptions) => Promise<Tree>;

interface Package {
  readonly commands: Readonly<Record<string, Command>>;
  readonly Exit: new () => Error & { readonly code: number; readonly files: Tree };
}

interface Header {
  readonly bytes: Uint8Array;
  readonly includes: readonly { readonly name: string; readonly quoted: boolean; readonly next: boolean }[];
}

/** Kept from run to run: headers do not change while a build goes on, but the files that runs are given do. */
const headers = new Map<string, Header | null>();

function readHeader(file: string): Header | null {
  let header = headers.get(file);
  if (header !== undefined) return header;
  header = null;
  if (existsSync(file) && statSync(file).isFile()) {
    const bytes = readFileSync(file);
    const found = bytes.toString("latin1").matchAll(/^[ \t]*#[ \t]*include(_next)?[ \t]*([<"])([^>"\n]+)[>"]/gm);
    const includes = [...found].map(([, next, quote, name]) => ({ name: name!, quoted: quote === '"', next: !!next }));
    header = { bytes, includes };
  }
  headers.set(file, header);
  return header;
}

/** A file of the host, and the path under which clang will look for it. */
interface Sighting {
  readonly host: string;
  readonly seen: string;
}

/** The package passes over `..` in a path where it should go up: a/../b.h is looked for as a/b.h. */
const asLookedFor = (path: string): string => path.replace(/\/\.{1,2}(?=\/)/g, "");

/** Every file that a compile might read, by the path that clang looks under: conditionals are not looked at, so these
 *  are more than it will. */
function closure(start: readonly string[], folders: readonly string[]): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const queue: Sighting[] = start.map((host) => ({ host, seen: host }));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    const header = files.has(file.seen) ? null : readHeader(file.host);
    if (!header) continue;
    files.set(file.seen, header.bytes);
    const own = { host: dirname(file.host), seen: dirname(file.seen) };
    for (const { name, quoted, next } of header.includes) {
      const places = [...(quoted ? [own] : []), ...folders.map((folder) => ({ host: folder, seen: folder }))];
      const candidates = places.map(({ host, seen }) => ({
        host: join(host, name),
        seen: asLookedFor(`${seen}/${name}`),
      }));
      const found = candidates.filter(({ host }) => readHeader(host));
      queue.push(...(next ? found : found.slice(0, 1)));
    }
  }
  return files;
}

/** The folder of the tree that the host's root folder is: the package has a /tmp and a /usr of its own. */
const hostRoot = "/kpi-host";

const planted = (path: string) => hostRoot + path;
const unplanted = (text: string) => text.replaceAll(`${hostRoot}/`, "/");

/** An argument for within the tree: a path, or a flag with one. */
function plantedArgument(arg: string): string {
  return arg.replace(/^(-I|-fmacro-prefix-map=)?\//, (start) => `${start.slice(0, -1)}${hostRoot}/`);
}

/** The folder of a host's file in a tree, made if it is missing. */
function folderOf(root: Tree, path: string): Tree {
  let folder = root;
  for (const name of planted(path).split("/").slice(1, -1)) folder = (folder[name] ??= {}) as Tree;
  return folder;
}

function plant(files: ReadonlyMap<string, Uint8Array>): Tree {
  const root: Tree = {};
  for (const [path, bytes] of files) folderOf(root, path)[path.split("/").at(-1)!] = bytes;
  return root;
}

/** Arguments with a value of their own: what -o and -MF name is written, the others are read. */
function filesOf(args: readonly string[]): { inputs: string[]; outputs: string[]; folders: string[] } {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const folders: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === "-o" || arg === "-MF") outputs.push(args[++index]!);
    else if (arg === "-include") inputs.push(args[++index]!);
    else if (arg.startsWith("-I")) folders.push(resolve(arg.slice(2)));
    else if (/^[^-].*\.[cho]$/.test(arg)) inputs.push(resolve(arg));
  }
  return { inputs, outputs: outputs.filter((file) => file !== "-"), folders };
}

function collector(): { text(): string; write(bytes: Uint8Array | null): void } {
  const chunks: Uint8Array[] = [];
  return {
    text: () => Buffer.concat(chunks).toString("utf8"),
    write: (bytes) => void (bytes && chunks.push(bytes.slice())),
  };
}

async function run({ commands, Exit }: Package, name: string, args: readonly string[]): Promise<ToolResult> {
  const { inputs, outputs, folders } = filesOf(args);
  for (const input of inputs) headers.delete(input);
  const files = plant(closure(inputs, folders));
  for (const output of outputs) folderOf(files, resolve(output));
  const stdout = collector();
  const stderr = collector();
  const options = { stdout: stdout.write, stderr: stderr.write, decodeASCII: false };
  let result: Tree;
  let code = 0;
  try {
    result = await commands[name]!(args.map(plantedArgument), files, options);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    ({ code, files: result } = error);
  }
  for (const output of outputs) {
    const content = folderOf(result, resolve(output))[output.split("/").at(-1)!] as Uint8Array | undefined;
    // A dependency file is text with paths; an object file has none.
    if (content) writeFileSync(output, output.endsWith(".d") ? unplanted(Buffer.from(content).toString()) : content);
  }
  return { code, stdout: unplanted(stdout.text()), stderr: unplanted(stderr.text()) };
}

/** LLVM takes half a gigabyte and a second to load: a build that finds everything in the cache does without. */
async function load(module: string): Promise<Package> {
  const llvm = (await import(pathToFileURL(module).href)) as Package;
  // Fetched now: it would report to the console when the first command does it.
  await llvm.commands.clang!(null, {}, { fetchProgress: () => {} });
  return llvm;
}

export function yowaspCompiler({ module, version }: { module: string; version: string }): Compiler {
  let llvm: Promise<Package> | undefined;
  // One run at a time: each takes half a gigabyte, and none gives way to another before it is done.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (name: string, args: readonly string[]) => {
    const turn = last.then(async () => run(await (llvm ??= load(module)), name, args));
    last = turn.catch(() => {});
    return turn;
  };
  return {
    version: `@yowasp/clang ${version}`,
    parallel: false,
    clang: (args) => inTurn("clang", args),
    wasmLd: (args) => inTurn("wasm-ld", args),
  };
}
