// Assembles relocatable wasm objects byte by byte, as clang and wasm-ld -r lay them out, so that the loader's tests
// need no compiler and can say what none would write.

import { Writer } from "../../host/loader/writer.ts";

export const I32 = 0x7f;
export const I64 = 0x7e;

export const VERMAGIC = "6.1.0 SMP mod_unload wasm32 ";

export const R = {
  FUNCTION_INDEX_LEB: 0,
  TABLE_INDEX_SLEB: 1,
  TABLE_INDEX_I32: 2,
  MEMORY_ADDR_LEB: 3,
  MEMORY_ADDR_SLEB: 4,
  MEMORY_ADDR_I32: 5,
  TYPE_INDEX_LEB: 6,
  GLOBAL_INDEX_LEB: 7,
} as const;

const FLAG = { weak: 0x01, undefined: 0x10, explicitName: 0x40 };

/** A symbol of the object under construction: its place in the symbol table. */
export type Sym = number;

/** A number that a relocation patches: five bytes in code, four in data. */
export interface Patched {
  type: number;
  symbol: Sym;
  addend?: number;
  /** What stands there before: for code, any number; the index itself where the loader does not patch. */
  value?: number;
}

export type CodePart = number | Patched;

interface Relocation extends Patched {
  offset: number;
}

interface DataSegment {
  name: string;
  align: number;
  bytes: Uint8Array;
  relocations: Relocation[];
}

interface TableEntry {
  kind: number;
  flags: number;
  name: string;
  index: number;
  offset: number;
  size: number;
}

/** A LEB128 in five bytes, as clang pads those that are relocated. */
export function padded(value: number): number[] {
  const word = value >>> 0;
  return [0, 7, 14, 21].map((shift) => ((word >>> shift) & 0x7f) | 0x80).concat(word >>> 28);
}

export class ObjectBuilder {
  #types: { params: number[]; results: number[] }[] = [];
  #imports: Writer[] = [];
  #importedFunctions = 0;
  #functions: { type: number; parts: CodePart[] }[] = [];
  #segments: DataSegment[] = [];
  #symbols: TableEntry[] = [];
  #extra: { id: number; bytes: number[] }[] = [];
  /** Sections to leave out, to write what no compiler would. */
  readonly without = new Set<string>();
  /** Subsections to add to the linking section. */
  readonly linking: { kind: number; bytes: number[] }[] = [];

  constructor() {
    this.#imports.push(new Writer().name("env").name("__linear_memory").u8(2).u8(0).u32(1));
  }

  type(params: number[], results: number[] = []): number {
    const known = this.#types.findIndex((type) => `${type.params}:${type.results}` === `${params}:${results}`);
    return known >= 0 ? known : this.#types.push({ params, results }) - 1;
  }

  #symbol(entry: Partial<TableEntry> & { kind: number }): Sym {
    return this.#symbols.push({ flags: 0, name: "", index: 0, offset: 0, size: 0, ...entry }) - 1;
  }

  /** All imports come before the first function. */
  importFunction(
    name: string,
    params: number[],
    results: number[] = [],
    options: { weak?: boolean; module?: string } = {},
  ): Sym {
    this.#imports.push(
      new Writer()
        .name(options.module ?? "env")
        .name(name)
        .u8(0)
        .u32(this.type(params, results)),
    );
    const flags = FLAG.undefined | (options.weak ? FLAG.weak : 0);
    return this.#symbol({ kind: 0, flags, index: this.#importedFunctions++ });
  }

  importGlobal(name: string, type = I32, mutable = true): Sym {
    this.#imports.push(
      new Writer()
        .name("env")
        .name(name)
        .u8(3)
        .u8(type)
        .u8(mutable ? 1 : 0),
    );
    return this.#symbol({ kind: 2, flags: FLAG.undefined, index: 0 });
  }

  importTable(): this {
    this.#imports.push(new Writer().name("env").name("__indirect_function_table").u8(1).u8(0x70).u8(0).u32(1));
    return this;
  }

  /** `parts`: instructions without the final end; its locals are its parameters. */
  func(name: string, params: number[], results: number[], parts: CodePart[]): Sym {
    const index = this.#importedFunctions + this.#functions.push({ type: this.type(params, results), parts }) - 1;
    return this.#symbol({ kind: 0, name, index });
  }

  /** Another name for a function. */
  alias(name: string, of: Sym): Sym {
    return this.#symbol({ ...this.#symbols[of], name });
  }

  /** The index of a function, for a `call`. */
  indexOf(symbol: Sym): number {
    return this.#symbols[symbol].index;
  }

  /** `call` of a function, with its relocation. */
  call(symbol: Sym): CodePart[] {
    return [0x10, { type: R.FUNCTION_INDEX_LEB, symbol, value: this.indexOf(symbol) }];
  }

  /** A segment of its own for a variable; `fields` are patched at their offsets. */
  data(
    name: string,
    bytes: Uint8Array | string,
    options: { segment?: string; align?: number; fields?: (Patched & { at: number })[] } = {},
  ): Sym {
    const own = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    const relocations = (options.fields ?? []).map((field) => ({ ...field, offset: field.at }));
    const segment = { name: options.segment ?? `.data.${name}`, align: options.align ?? 4, bytes: own, relocations };
    const index = this.#segments.push(segment) - 1;
    return this.#symbol({ kind: 1, name, index, size: own.length });
  }

  /** A symbol in a segment that another has made. */
  dataAt(name: string, index: number, offset: number, size: number): Sym {
    return this.#symbol({ kind: 1, name, index, offset, size });
  }

  undefinedData(name: string, options: { weak?: boolean } = {}): Sym {
    return this.#symbol({ kind: 1, name, flags: FLAG.undefined | (options.weak ? FLAG.weak : 0) });
  }

  /** EXPORT_SYMBOL: the entry that makes a name known to other modules. */
  export(name: string, symbol: Sym): this {
    const type = this.#symbols[symbol].kind === 0 ? R.TABLE_INDEX_I32 : R.MEMORY_ADDR_I32;
    const fields = [{ at: 0, type, symbol }];
    this.data(`__ksymtab_${name}`, new Uint8Array(12), { segment: `___ksymtab+${name}`, fields });
    return this;
  }

  /** What every module has: .modinfo, and a struct module that init and exit are entered into by the loader's users. */
  module(name: string, info: Record<string, string> = {}): Sym {
    const text = Object.entries({ license: "GPL", vermagic: VERMAGIC, name, ...info }).map(
      ([tag, value]) => `${tag}=${value}\0`,
    );
    this.data("__modinfo", text.join(""), { segment: ".modinfo", align: 1 });
    return this.data("__this_module", new Uint8Array(320), { segment: ".gnu.linkonce.this_module" });
  }

  /** A section of any kind, before the linking section. */
  section(id: number, bytes: number[]): this {
    this.#extra.push({ id, bytes });
    return this;
  }

  #code(relocations: Relocation[]): Writer {
    const bodies = this.#functions.map(({ parts }) => {
      const body = new Writer().u32(0);
      const fields = parts.flatMap((part) => {
        if (typeof part === "number") {
          body.u8(part);
          return [];
        }
        const at = body.bytes.length;
        for (const byte of padded(part.value ?? 0)) body.u8(byte);
        return [{ ...part, offset: at }];
      });
      return { body: body.u8(0x0b), fields };
    });
    const code = new Writer();
    code.vector(bodies, ({ body, fields }) => {
      code.u32(body.bytes.length);
      for (const field of fields) relocations.push({ ...field, offset: code.bytes.length + field.offset });
      code.append(body);
    });
    return code;
  }

  #data(relocations: Relocation[]): Writer {
    const data = new Writer();
    data.vector(this.#segments, (segment) => {
      data.u32(0).u8(0x41).s32(0).u8(0x0b).u32(segment.bytes.length);
      for (const field of segment.relocations) relocations.push({ ...field, offset: data.bytes.length + field.offset });
      for (const byte of segment.bytes) data.u8(byte);
    });
    return data;
  }

  #linking(): Writer {
    const out = new Writer().name("linking").u32(2);
    const subsection = (kind: number, body: Writer): void => {
      out.u8(kind).u32(body.bytes.length).append(body);
    };
    const segments = new Writer();
    segments.vector(this.#segments, ({ name, align }) => segments.name(name).u32(Math.log2(align)).u32(0));
    subsection(5, segments);
    const symbols = new Writer();
    symbols.vector(this.#symbols, ({ kind, flags, name, index, offset, size }) => {
      symbols.u8(kind).u32(flags);
      const absent = (flags & FLAG.undefined) !== 0;
      if (kind === 1) {
        symbols.name(name);
        if (!absent) symbols.u32(index).u32(offset).u32(size);
      } else {
        symbols.u32(index);
        if (!absent || flags & FLAG.explicitName) symbols.name(name);
      }
    });
    subsection(8, symbols);
    for (const { kind, bytes } of this.linking) {
      const body = new Writer();
      for (const byte of bytes) body.u8(byte);
      subsection(kind, body);
    }
    return out;
  }

  build(): Uint8Array<ArrayBuffer> {
    const out = new Writer();
    for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.u8(byte);
    let sections = 0;
    const section = (id: number, body: Writer): number => {
      out.u8(id).u32(body.bytes.length).append(body);
      return sections++;
    };
    const relocations = (name: string, target: number, list: Relocation[]): void => {
      const body = new Writer().name(name).u32(target);
      body.vector(list, ({ type, offset, symbol, addend }) => {
        body.u8(type).u32(offset).u32(symbol);
        if (type >= R.MEMORY_ADDR_LEB && type <= R.MEMORY_ADDR_I32) body.s32(addend ?? 0);
      });
      section(0, body);
    };
    const types = new Writer();
    types.vector(this.#types, ({ params, results }) => {
      types
        .u8(0x60)
        .vector(params, (type) => types.u8(type))
        .vector(results, (type) => types.u8(type));
    });
    const imports = new Writer();
    imports.vector(this.#imports, (entry) => imports.append(entry));
    const functions = new Writer();
    functions.vector(this.#functions, ({ type }) => functions.u32(type));
    const codeRelocations: Relocation[] = [];
    const dataRelocations: Relocation[] = [];
    section(1, types);
    section(2, imports);
    section(3, functions);
    const code = section(10, this.#code(codeRelocations));
    const data = section(11, this.#data(dataRelocations));
    for (const { id, bytes } of this.#extra) {
      const body = new Writer();
      for (const byte of bytes) body.u8(byte);
      section(id, body);
    }
    if (!this.without.has("linking")) section(0, this.#linking());
    if (!this.without.has("relocations")) {
      relocations("reloc.CODE", code, codeRelocations);
      relocations("reloc.DATA", data, dataRelocations);
    }
    if (!this.without.has("target_features")) section(0, new Writer().name("target_features").u32(0));
    return Uint8Array.from(out.bytes);
  }
}
