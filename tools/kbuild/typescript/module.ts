// From a compiled driver to its .ko: the object that the loader links, with what foo.mod.c gives a C module.

import { MAGIC } from "../../../host/loader/checks.ts";
import { MEMORY_ADDR_I32, TABLE_INDEX_I32 } from "../../../host/loader/link.ts";
import { SYMBOL_DATA, type WasmObject } from "../../../host/loader/object.ts";
import { KpiError } from "../../../host/error.ts";
import { LINUX_VERSION } from "../../setup/paths.mjs";
import { deviceAliases } from "../modinfo.ts";
import type { CompiledDriver, Metadata } from "./compile.ts";
import { placeOf, type DriverAbi } from "./library.ts";
import { ObjectWriter, type Patch } from "./object.ts";
import { FIRST, NotRelocatable, Relocator, SECOND } from "./relocate.ts";

/** The release whose layouts assembly/abi has. */
export const RELEASE = LINUX_VERSION.replace(/-.*/, "");

const STACK_POINTER = "__stack_pointer";
const I32 = 0x7f;
const CALL = 0x10;
const END = 0x0b;

/** What memory.data() may ask for. */
const DATA_ALIGN = 64;

/** Variables are at multiples of that. */
const VARIABLE_BYTES = 8;

/** Kinds of parameters by their variable's type: the core's operations, and what modinfo calls it. */
const PARAM_KINDS: Record<string, readonly [ops: string, type: string]> = {
  i32: ["param_ops_int", "int"],
  u32: ["param_ops_uint", "uint"],
  u64: ["param_ops_ullong", "ullong"],
  bool: ["param_ops_bool", "bool"],
  usize: ["param_ops_charp", "charp"],
};

/** "examples/ticker/Ticker#start" is Ticker#start, as a stack trace should have it. */
function plainName(name: string | undefined, index: number): string {
  if (!name) return `function_${index}`;
  const plain = name.replace(/<.*$/, "").replace(/^.*~anonymous\|?/, "anonymous_");
  return plain.slice(plain.lastIndexOf("/") + 1).replace(/^~start$/, "toplevel");
}

/** Bytes of an image's data from `from` on; what is in no segment is zero. */
function dataOf(image: CompiledDriver["first"], from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (const { address, bytes: part } of image.data) {
    const at = address - from;
    if (at < length && at + part.length > 0) bytes.set(part.subarray(Math.max(0, -at), length - at), Math.max(0, at));
  }
  return bytes;
}

function variableBytes({ value }: { op: number; value: Uint8Array }, op: number): Uint8Array {
  const bytes = new Uint8Array(VARIABLE_BYTES);
  if (op === 0x43 || op === 0x44) bytes.set(value);
  else {
    let number = 0n;
    let shift = 0n;
    for (const byte of value) {
      number |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (!(byte & 0x80) && byte & 0x40) number |= -1n << shift;
    }
    new DataView(bytes.buffer).setBigInt64(0, number, true);
  }
  return bytes;
}

function paramKind({ name, type }: Metadata["params"][number]): readonly [string, string] {
  const kind = PARAM_KINDS[type];
  const allowed = Object.keys(PARAM_KINDS).join(", ");
  if (!kind) throw new KpiError(`parameter ${name} is of type ${type || "?"}; a parameter is one of ${allowed}`);
  return kind;
}

export interface ModuleParts {
  readonly name: string;
  readonly driver: CompiledDriver;
  readonly abi: DriverAbi;
  readonly depends: readonly string[];
}

/** The bytes of the .ko. */
export function moduleBytes({ name, driver, abi, depends }: ModuleParts): Uint8Array {
  const { first, second, metadata, extent } = driver;
  // A type of its own for the function that runs the file's statements first.
  const types = [...first.types, { params: [], results: [I32] }];
  const out = new ObjectWriter(types);
  const imports = first.functionImports.map(({ name: wanted, type }) => out.importFunction(wanted, type));
  const dataImports = new Map<string, number>();
  const dataImport = (wanted: string): number => {
    if (!dataImports.has(wanted)) dataImports.set(wanted, out.importData(wanted));
    return dataImports.get(wanted)!;
  };
  const toplevel = imports.length + first.functions.length;
  const init = first.exportedFunctions.get("init_module")!;
  const exit = first.exportedFunctions.get("cleanup_module")!;
  const functions = first.functions.map((_, i) => {
    const index = imports.length + i;
    const own =
      index === init && first.start !== undefined ? "run_init" : plainName(first.functionNames.get(index), index);
    return out.functionSymbol(own, index);
  });
  const functionSymbol = (index: number): number => imports[index] ?? functions[index - imports.length]!;

  const importedGlobals = first.globalImports.length;
  const globals = new Map(first.globals.map((_, i) => [i + importedGlobals, i]));
  // Segments: constants, variables, other data. Symbols of all of a segment come first, since patches name them.
  const [RODATA, VARIABLES, DATA] = [0, 1, 2];
  const constants = extent.constants - FIRST.memory;
  // Addresses inside keep their alignment.
  const data = extent.data & -DATA_ALIGN;
  const whole = [
    out.dataSymbol(".rodata", RODATA, 0, constants),
    out.dataSymbol(".data.variables", VARIABLES, 0, first.globals.length * VARIABLE_BYTES),
    out.dataSymbol(".data", DATA, 0, extent.end - data),
  ];
  const variables = first.globals.map((_, i) =>
    out.dataSymbol(
      plainName(first.globalNames.get(i + importedGlobals), i),
      VARIABLES,
      i * VARIABLE_BYTES,
      VARIABLE_BYTES,
    ),
  );
  const relocator = new Relocator(first, {
    address(value) {
      return value < extent.data
        ? { symbol: whole[RODATA]!, addend: value - FIRST.memory }
        : { symbol: whole[DATA]!, addend: value - data };
    },
    functionSymbol,
    importedGlobal(index) {
      const wanted = first.globalImports[index]!;
      return wanted === STACK_POINTER ? "stack pointer" : dataImport(wanted);
    },
    global: (index) => variables[globals.get(index)!]!,
  });

  first.bodies.forEach((body, i) => {
    const type = first.functions[i]!;
    try {
      const { bytes, patches } = relocator.body(body, second.bodies[i]!, types[type]!.params.length);
      out.addFunction(type, bytes, patches);
    } catch (error) {
      if (!(error instanceof NotRelocatable)) throw error;
      throw new KpiError(`${plainName(first.functionNames.get(i + imports.length), i)}() ${error.message}`);
    }
  });
  let initIndex = init;
  if (first.start !== undefined) {
    initIndex = toplevel;
    const body = [0, CALL, ...pad(first.start), CALL, ...pad(init), END];
    const patches = [
      { type: 0, offset: 2, symbol: functionSymbol(first.start) },
      { type: 0, offset: 8, symbol: functionSymbol(init) },
    ];
    out.addFunction(types.length - 1, body, patches);
  }
  const initSymbol = out.functionSymbol("init_module", initIndex);
  const exitSymbol = functionSymbol(exit);

  /** The bytes from an address of the first image on, and what moves in them. */
  const contents = (address: number, length: number): [Uint8Array, Patch[]] => {
    const bytes = dataOf(first, address, length);
    return [bytes, relocator.data(bytes, dataOf(second, address - FIRST.memory + SECOND.memory, length))];
  };
  const [rodata, rodataPatches] = contents(FIRST.memory, constants);
  out.addSegment(".rodata", 4, rodata, rodataPatches);
  const [a, b] = [first, second].map((image) =>
    Buffer.concat(image.globals.map((global) => variableBytes(global, global.op))),
  );
  out.addSegment(".data.variables", 3, a!, relocator.data(a!, b!));

  const exported = (wanted: string): number => first.exportedGlobals.get(wanted)! - importedGlobals;
  const valueOf = (variable: string): number =>
    new DataView(a!.buffer, a!.byteOffset).getUint32(exported(variable) * VARIABLE_BYTES, true);
  const thisModule = valueOf("THIS_MODULE") - data;
  const place = (member: string): number => thisModule + placeOf(abi, `offsetof_module_${member}`);
  const [bytes, dataPatches] = contents(data, extent.end - data);
  bytes.set(Buffer.from(name), place("name"));
  const modulePatches = [
    { type: TABLE_INDEX_I32, offset: place("init"), symbol: initSymbol },
    { type: TABLE_INDEX_I32, offset: place("exit"), symbol: exitSymbol },
  ];
  out.addSegment(".data", Math.log2(DATA_ALIGN), bytes, [...dataPatches, ...modulePatches]);
  out.dataSymbol("__this_module", DATA, thisModule, placeOf(abi, "sizeof_module"));

  const tables = metadata.tables.map((table) => ({
    name: table,
    offset: valueOf(table) - FIRST.memory,
  }));
  const param = addParams(out, metadata, abi, { dataImport, variables, exported });
  const aliases = deviceAliases(tableObject(rodata, tables), {
    sizeOf: (struct) => placeOf(abi, `sizeof_${struct}`),
    offsetOf: (struct, member) => placeOf(abi, `offsetof_${struct}_${member}`),
  });
  const info: [string, string][] = [
    ...metadata.info,
    ...param.map(([variable, type]): [string, string] => ["parmtype", `${variable}:${type}`]),
    ["vermagic", `${RELEASE} ${MAGIC}`],
    ["name", name],
    ["depends", depends.join(",")],
    ["kpi_abi", abi.stamp],
    ...aliases.map((alias): [string, string] => ["alias", alias]),
  ];
  out.addSegment(".modinfo", 0, Buffer.from(info.map(([tag, value]) => `${tag}=${value}\0`).join("")), []);
  return out.bytes();
}

const pad = (value: number): number[] =>
  [0, 7, 14, 21].map((shift) => ((value >>> shift) & 0x7f) | 0x80).concat(value >>> 28);

/** The tables as modpost's reader of C modules wants them. */
function tableObject(bytes: Uint8Array, tables: { name: string; offset: number }[]): WasmObject {
  const symbols = tables.map(({ name, offset }) => ({
    ...{ kind: SYMBOL_DATA, name: `__mod_pci__${name}_device_table`, weak: false, undefined: false },
    ...{ index: 0, offset, size: bytes.length - offset },
  }));
  return { symbols, segments: [{ name: ".rodata", align: 16, bytes, offset: 0 }] } as never;
}

interface ParamContext {
  dataImport(name: string): number;
  readonly variables: readonly number[];
  exported(name: string): number;
}

/** The array of struct kernel_param; name and type of each. */
function addParams(out: ObjectWriter, { params }: Metadata, abi: DriverAbi, context: ParamContext): [string, string][] {
  if (params.length === 0) return [];
  const size = placeOf(abi, "sizeof_kernel_param");
  const at = (member: string): number => placeOf(abi, `offsetof_kernel_param_${member}`);
  const texts = Buffer.from(params.map(({ name }) => `${name}\0`).join(""));
  const STRINGS = 3;
  const strings = out.dataSymbol("__param_names", STRINGS, 0, texts.length);
  out.addSegment(".rodata.param", 0, texts, []);
  const bytes = new Uint8Array(size * params.length);
  let text = 0;
  const kinds: [string, string][] = [];
  const patches = params.flatMap((param, i): Patch[] => {
    const [ops, type] = paramKind(param);
    kinds.push([param.name, type]);
    const view = new DataView(bytes.buffer);
    view.setUint16(i * size + at("perm"), param.permissions, true);
    // No early parameter, as module_param() has it.
    view.setInt8(i * size + at("level"), -1);
    const word = (member: string, symbol: number, addend: number): Patch => ({
      ...{ type: MEMORY_ADDR_I32, offset: i * size + at(member), symbol, addend },
    });
    const own = [
      word("name", strings, text),
      word("ops", context.dataImport(ops), 0),
      word("arg", context.variables[context.exported(param.name)]!, 0),
    ];
    text += Buffer.byteLength(param.name) + 1;
    return own;
  });
  out.addSegment("__param", 2, bytes, patches);
  return kinds;
}
