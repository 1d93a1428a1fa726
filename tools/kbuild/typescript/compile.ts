// asc, twice: a driver's source to two images, and what its metadata says.

import { readFileSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { KpiError } from "../../../host/error.ts";
import { readCompiled, type Compiled } from "./compiled.ts";
import { FIRST, SECOND, type Bases } from "./relocate.ts";

/** What the driver says of itself (transform.mjs). */
export interface Metadata {
  info: [tag: string, value: string][];
  params: { name: string; permissions: number; source: string; type: string }[];
  tables: string[];
  complaints: Complaint[];
  managed: Complaint[];
}

export interface Complaint {
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

export interface CompiledDriver {
  readonly first: Compiled;
  readonly second: Compiled;
  readonly metadata: Metadata;
  /** Of the first image: the addresses where its constants end, and where its other data begin and end. */
  readonly extent: { constants: number; data: number; end: number };
  /** Source files that were read. */
  readonly files: readonly string[];
}

/** What struct module points to, under the names that the object needs. */
const ENTRY = "linuxkpi-entry.ts";
const ENTRY_TEXT = `export { cleanup_module, init_module, THIS_MODULE } from "linuxkpi/driver/module";\n`;

/** All that wasm can address; asc wants to know. */
const ALL_PAGES = "65536";

const OPTIONS = [
  ...["--config", "none.json", "--runtime", "stub", "--use", "abort=", "--noAssert", "--debug"],
  ...["-O2", "--shrinkLevel", "1", "--enable", "threads", "--disableWarning", "201"],
  ...["--importMemory", "--sharedMemory", "--initialMemory", ALL_PAGES, "--maximumMemory", ALL_PAGES],
  ...["--zeroFilledMemory", "--noExportMemory", "--importTable", "--outFile", "driver.wasm"],
];

const where = ({ file, line }: Complaint): string => (line > 0 ? `${file}:${line}` : file);

/** What asc has to do with strings, arrays and classes that are not @unmanaged. */
const RUNTIME = /^~lib\/(rt|string|array|arraybuffer|typedarray|map|set|error|util\/string|util\/number|date|object)\b/;

function refuse(source: string, metadata: Metadata, image: Compiled): void {
  const [complaint] = metadata.complaints;
  if (complaint) throw new KpiError(`${where(complaint)}: ${complaint.message}`);
  const used = [...image.functionNames.values()].find((name) => RUNTIME.test(name));
  if (!used) return;
  const place = metadata.managed[0] ? where(metadata.managed[0]) : source;
  const remedy = "a driver has no garbage collector: use kmalloc, memory.data, @unmanaged classes and cstr()";
  throw new KpiError(`${place}: needs AssemblyScript's memory manager (${used.replace(/^~lib\//, "")}); ${remedy}`);
}

/** Types of the parameters' variables, as asc sees them. */
function typeParams(
  program: { elementsByName: Map<string, { type?: { toString(): string } }> },
  metadata: Metadata,
): void {
  for (const param of metadata.params) {
    param.type = program.elementsByName.get(`${param.source}/${param.name}`)?.type?.toString() ?? "";
  }
}

export async function compileDriver(source: string, library: ReadonlyMap<string, string>): Promise<CompiledDriver> {
  const { default: asc, libraryFiles } = await import("assemblyscript/asc");
  const { driverTransform } = await import("./transform.mjs");
  const { default: CstrTransform } = await import("../../asc/cstr.mjs");
  // memory.data() gives what the core's does; but a function as a value stays asc's object, which can be called.
  const { extentOf } = await import("../../asc/layout.mjs");
  for (const [name, text] of library) (libraryFiles as Record<string, string>)[name] = text;
  const folder = dirname(source);
  const files = new Set<string>();
  let facts: { metadata: Metadata; extent: CompiledDriver["extent"] } | undefined;

  const image = async (bases: Bases): Promise<Compiled> => {
    const metadata: Metadata = { info: [], params: [], tables: [], complaints: [], managed: [] };
    let program: never;
    class Keep {
      afterInitialize(given: never): void {
        program = given;
      }
    }
    let messages = "";
    let binary: Uint8Array | undefined;
    const collect = { write: (chunk: string | Uint8Array): boolean => ((messages += chunk.toString()), true) };
    const args = ["--baseDir", folder, "--memoryBase", String(bases.memory), "--tableBase", String(bases.table)];
    const { error } = await asc.main([basename(source), ENTRY, ...args, ...OPTIONS], {
      stdout: collect,
      stderr: collect,
      transforms: [driverTransform(metadata as never), CstrTransform, Keep],
      readFile: (name: string) => {
        if (name === ENTRY) return ENTRY_TEXT;
        try {
          const file = resolve(folder, name);
          const text = readFileSync(file, "utf8");
          files.add(file);
          return text;
        } catch {
          return null;
        }
      },
      writeFile: (_name: string, contents: Uint8Array) => void (binary = contents),
      listFiles: () => [],
    } as never);
    const [complaint] = metadata.complaints;
    if (complaint) throw new KpiError(`${where(complaint)}: ${complaint.message}`);
    if (error || !binary) {
      throw new KpiError(`${messages.trim() || error?.message}\n${relative(process.cwd(), source)} does not compile`);
    }
    const compiled = readCompiled(binary);
    refuse(basename(source), metadata, compiled);
    typeParams(program!, metadata);
    facts ??= { metadata, extent: extentOf(program!) };
    return compiled;
  };
  const first = await image(FIRST);
  const second = await image(SECOND);
  const { metadata, extent } = facts!;
  const end = Math.max(extent.end, ...first.data.map(({ address, bytes }) => address + bytes.length));
  return { first, second, metadata, extent: { ...extent, end }, files: [...files] };
}
