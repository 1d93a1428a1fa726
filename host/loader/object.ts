// A `.ko`: the relocatable wasm object that `wasm-ld -r` writes (tool-conventions, Linking.md), read into plain data.

import { ObjectError, Reader } from "./reader.ts";

export interface FunctionType {
  params: number[];
  results: number[];
}

export type Import = { module: string; name: string } & (
  | { kind: "function"; type: number }
  | { kind: "global"; valueType: number; mutable: boolean }
  | { kind: "memory" }
  | { kind: "table" }
);

export interface Segment {
  name: string;
  /** Bytes, a power of two. */
  align: number;
  bytes: Uint8Array;
  /** Where `bytes` begin in the payload of the data section: relocations count from there. */
  offset: number;
}

export const SYMBOL_FUNCTION = 0;
export const SYMBOL_DATA = 1;
const SYMBOL_GLOBAL = 2;
const SYMBOL_SECTION = 3;
const SYMBOL_TABLE = 5;

const FLAG_WEAK = 0x01;
const FLAG_UNDEFINED = 0x10;
const FLAG_EXPLICIT_NAME = 0x40;
const FLAG_ABSOLUTE = 0x200;

/** The payload of a code section without functions. */
const NO_FUNCTIONS = Uint8Array.of(0);

/** Memory of modules is aligned to pages. */
const MAX_ALIGN_LOG2 = 12;

/** The section that compilers and linkers write last: without it, the file was cut off between two sections. */
const LAST_SECTION = "target_features";

export interface ObjectSymbol {
  kind: number;
  name: string;
  weak: boolean;
  undefined: boolean;
  /** Function, global or table index; the segment for data. */
  index: number;
  /** Data only: offset in the segment. */
  offset: number;
  size: number;
}

export interface Relocation {
  type: number;
  /** From the start of the section's payload. */
  offset: number;
  symbol: number;
  addend: number;
}

export interface WasmObject {
  types: FunctionType[];
  imports: Import[];
  /** Type index of each defined function. */
  functions: number[];
  /** Payload of the code section. */
  code: Uint8Array;
  segments: Segment[];
  symbols: ObjectSymbol[];
  codeRelocations: Relocation[];
  dataRelocations: Relocation[];
}

const KIND_FUNCTION = 0;
const KIND_TABLE = 1;
const KIND_MEMORY = 2;
const KIND_GLOBAL = 3;
const TYPE_I32 = 0x7f;

/** Relocation types that carry an addend: addresses, and offsets in custom sections. */
const WITH_ADDEND = new Set([3, 4, 5, 8, 9, 11, 14, 15, 16, 17, 21, 22, 23, 25]);

function refuse(bytes: Uint8Array): never {
  if (bytes.length === 0) throw new ObjectError("the file is empty");
  const [a, b, c, d] = bytes;
  if (a === 0x7f && b === 0x45 && c === 0x4c && d === 0x46) {
    throw new ObjectError("an ELF object for a processor, not a wasm module; build it with: kpi build");
  }
  throw new ObjectError("not a wasm object; build one with: kpi build");
}

function limits(r: Reader): void {
  const flags = r.u8();
  r.u32();
  if (flags & 1) r.u32();
}

function readImport(r: Reader): Import {
  const module = r.name();
  const name = r.name();
  const kind = r.u8();
  if (module !== "env") throw new ObjectError(`import ${name} is of module ${module}; build it with: kpi build`);
  if (kind === KIND_FUNCTION) return { module, name, kind: "function", type: r.u32() };
  if (kind === KIND_GLOBAL) {
    const valueType = r.u8();
    const mutable = r.u8() === 1;
    if (name !== "__stack_pointer" || valueType !== TYPE_I32 || !mutable) {
      throw new ObjectError(
        `it imports the wasm global ${name}, as position-independent code does; build it with: kpi build`,
      );
    }
    return { module, name, kind: "global", valueType, mutable };
  }
  if (kind === KIND_TABLE) r.u8();
  else if (kind !== KIND_MEMORY) throw new ObjectError(`import ${name} is of unknown kind ${kind}`);
  limits(r);
  return { module, name, kind: kind === KIND_TABLE ? "table" : "memory" };
}

function readType(r: Reader): FunctionType {
  if (r.u8() !== 0x60) throw new ObjectError("a type is not a function type");
  return { params: r.vector((v) => v.u8()), results: r.vector((v) => v.u8()) };
}

function readSegments(r: Reader): Segment[] {
  const start = r.at;
  return r.vector((v) => {
    const flags = v.u32();
    if (flags > 1) throw new ObjectError("a data segment names its memory");
    if (flags === 0) {
      // The offset of a relocatable object's segment is a constant that the loader replaces.
      if (v.u8() !== 0x41) throw new ObjectError("a data segment's offset is not constant");
      v.s32();
      if (v.u8() !== 0x0b) throw new ObjectError("a data segment's offset is not constant");
    }
    const size = v.u32();
    const offset = v.at - start;
    return { name: "", align: 1, bytes: v.take(size), offset };
  });
}

/** Imports in the index spaces that symbols count in. */
interface ImportSpaces {
  function: Import[];
  global: Import[];
  table: Import[];
}

function importSpaces(imports: Import[]): ImportSpaces {
  const of = (kind: Import["kind"]): Import[] => imports.filter((entry) => entry.kind === kind);
  return { function: of("function"), global: of("global"), table: of("table") };
}

function readSymbol(r: Reader, spaces: ImportSpaces): ObjectSymbol {
  const kind = r.u8();
  const flags = r.u32();
  const symbol = {
    kind,
    name: "",
    weak: (flags & FLAG_WEAK) !== 0,
    undefined: (flags & FLAG_UNDEFINED) !== 0,
    index: 0,
    offset: 0,
    size: 0,
  };
  if (kind === SYMBOL_FUNCTION || kind === SYMBOL_GLOBAL || kind === SYMBOL_TABLE) {
    symbol.index = r.u32();
    if (!symbol.undefined || flags & FLAG_EXPLICIT_NAME) symbol.name = r.name();
    else symbol.name = importAt(spaces, kind, symbol.index).name;
  } else if (kind === SYMBOL_DATA) {
    symbol.name = r.name();
    if (flags & FLAG_ABSOLUTE)
      throw new ObjectError(`symbol ${symbol.name} is an absolute address, which is not supported`);
    if (!symbol.undefined) {
      symbol.index = r.u32();
      symbol.offset = r.u32();
      symbol.size = r.u32();
    }
  } else if (kind === SYMBOL_SECTION) {
    symbol.index = r.u32();
  } else {
    throw new ObjectError(`a symbol is of unknown kind ${kind}`);
  }
  return symbol;
}

function importAt(spaces: ImportSpaces, kind: number, index: number): Import {
  const wanted = kind === SYMBOL_FUNCTION ? "function" : kind === SYMBOL_GLOBAL ? "global" : "table";
  const found = spaces[wanted][index];
  if (!found) throw new ObjectError(`a symbol names ${wanted} import ${index}, which does not exist`);
  return found;
}

/** A structure that comes twice would replace what others have already been checked against. */
function once(seen: Set<string | number>, what: string | number, text: string): void {
  if (seen.has(what)) throw new ObjectError(`${text} comes twice`);
  seen.add(what);
}

function readLinking(r: Reader, object: WasmObject): void {
  const version = r.u32();
  if (version !== 2) throw new ObjectError(`linking section version ${version}, expected 2`);
  const seen = new Set<string | number>();
  while (r.more) {
    const kind = r.u8();
    const body = r.sub(r.u32());
    once(seen, kind, `part ${kind} of the linking section`);
    if (kind === 5) {
      let index = 0;
      body.vector((v) => {
        const segment = object.segments[index++];
        if (!segment) throw new ObjectError("more segment names than segments");
        segment.name = v.name();
        const log2 = v.u32();
        if (log2 > MAX_ALIGN_LOG2) {
          throw new ObjectError(`segment ${segment.name} asks for an alignment of 2^${log2} bytes, more than a page`);
        }
        segment.align = 1 << log2;
        v.u32();
      });
    } else if (kind === 8) {
      const spaces = importSpaces(object.imports);
      object.symbols = body.vector((v) => readSymbol(v, spaces));
    } else if (kind === 6 && body.u32() > 0) {
      throw new ObjectError("constructors are not supported; kernel code has none");
    } else if (kind === 7 && body.u32() > 0) {
      throw new ObjectError("COMDAT groups are not supported; link the module with wasm-ld -r first");
    }
  }
}

function readRelocations(r: Reader): Relocation[] {
  return r.vector((v) => {
    const type = v.u8();
    return { type, offset: v.u32(), symbol: v.u32(), addend: WITH_ADDEND.has(type) ? v.s32() : 0 };
  });
}

/** Refuses symbols that do not lie in the object; relocations are checked as they are applied. */
function checkSymbols(object: WasmObject): void {
  const imported = object.imports.filter((entry) => entry.kind === "function").length;
  for (const { kind, name, index, offset, size, undefined: absent } of object.symbols) {
    if (kind === SYMBOL_FUNCTION && !absent && (index < imported || index >= imported + object.functions.length)) {
      throw new ObjectError(`symbol ${name} is function ${index}, which does not exist`);
    }
    if (kind === SYMBOL_DATA && !absent) {
      const segment = object.segments[index];
      if (!segment) throw new ObjectError(`symbol ${name} lies in segment ${index}, which does not exist`);
      if (offset + size > segment.bytes.length) throw new ObjectError(`symbol ${name} lies outside its segment`);
    }
  }
}

/** Reads a whole object. Throws ObjectError, in words for the user, on anything that is not one. */
export function readObject(bytes: Uint8Array): WasmObject {
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (magic.some((byte, i) => i < bytes.length && bytes[i] !== byte) || bytes.length === 0) refuse(bytes);
  const object: WasmObject = {
    types: [],
    imports: [],
    functions: [],
    code: NO_FUNCTIONS,
    segments: [],
    symbols: [],
    codeRelocations: [],
    dataRelocations: [],
  };
  const r = new Reader(bytes, magic.length);
  if (bytes.length < magic.length) throw new ObjectError(`truncated at byte ${bytes.length}`);
  const seen = new Set<string | number>();
  let last = "";
  while (r.more) {
    const id = r.u8();
    const body = r.sub(r.u32());
    last = "";
    if (id !== 0) once(seen, id, `section ${id}`);
    if (id === 1) object.types = body.vector(readType);
    else if (id === 2) object.imports = body.vector(readImport);
    else if (id === 3) object.functions = body.vector((v) => v.u32());
    else if (id === 10) object.code = bytes.subarray(body.at, body.end);
    else if (id === 11) object.segments = readSegments(body);
    else if (id === 6) throw new ObjectError("the object defines wasm globals, which no C module has");
    else if (id === 0) {
      last = body.name();
      if (last === "linking" || last.startsWith("reloc.")) once(seen, last, `section ${last}`);
      if (last === "linking") readLinking(body, object);
      else if (last === "reloc.CODE" || last === "reloc.DATA") {
        body.u32();
        if (last === "reloc.CODE") object.codeRelocations = readRelocations(body);
        else object.dataRelocations = readRelocations(body);
      }
    }
  }
  if (!seen.has("linking")) {
    throw new ObjectError(
      "a linked wasm image or a part of an object, not a relocatable object; build it with: kpi build",
    );
  }
  if (last !== LAST_SECTION) {
    throw new ObjectError(`truncated at byte ${bytes.length}: its last section, ${LAST_SECTION}, is missing`);
  }
  checkSymbols(object);
  return object;
}
