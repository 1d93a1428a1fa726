// Writes a relocatable object as `wasm-ld -r` would: the inverse of host/loader/object.ts.

import type { FunctionType } from "../../../host/loader/object.ts";
import { SYMBOL_DATA, SYMBOL_FUNCTION } from "../../../host/loader/object.ts";
import { Writer } from "../../../host/loader/writer.ts";

const FLAG_LOCAL = 0x02;
const FLAG_UNDEFINED = 0x10;
const I32 = 0x7f;

/** A place in code or data that the loader patches. */
export interface Patch {
  /** A relocation type of host/loader/link.ts. */
  readonly type: number;
  /** From the start of the function's body, or of the segment. */
  readonly offset: number;
  /** Position in the symbol table. */
  readonly symbol: number;
  /** Addresses only. */
  readonly addend?: number;
}

interface Code {
  readonly type: number;
  readonly bytes: readonly number[];
  readonly patches: readonly Patch[];
}

interface Segment {
  readonly name: string;
  readonly log2Align: number;
  readonly bytes: Uint8Array;
  readonly patches: readonly Patch[];
}

interface Symbol {
  readonly kind: number;
  readonly flags: number;
  readonly name: string;
  readonly index: number;
  readonly offset: number;
  readonly size: number;
}

export class ObjectWriter {
  readonly #types: readonly FunctionType[];
  readonly #imports: { name: string; type: number }[] = [];
  readonly #functions: Code[] = [];
  readonly #segments: Segment[] = [];
  readonly #symbols: Symbol[] = [];

  constructor(types: readonly FunctionType[]) {
    this.#types = types;
  }

  #symbol(symbol: Partial<Symbol> & Pick<Symbol, "kind" | "name">): number {
    return this.#symbols.push({ flags: FLAG_LOCAL, index: 0, offset: 0, size: 0, ...symbol }) - 1;
  }

  /** All before the first function; the symbol. */
  importFunction(name: string, type: number): number {
    const index = this.#imports.push({ name, type }) - 1;
    return this.#symbol({ kind: SYMBOL_FUNCTION, name, index, flags: FLAG_UNDEFINED });
  }

  importData(name: string): number {
    return this.#symbol({ kind: SYMBOL_DATA, name, flags: FLAG_UNDEFINED });
  }

  /** Names function `index`, which counts imports too. */
  functionSymbol(name: string, index: number): number {
    return this.#symbol({ kind: SYMBOL_FUNCTION, name, index });
  }

  /** Functions in the order of their indices: locals and code. */
  addFunction(type: number, bytes: readonly number[], patches: readonly Patch[]): void {
    this.#functions.push({ type, bytes, patches });
  }

  /** A segment with a symbol for all of it; symbol and segment. */
  addSegment(name: string, log2Align: number, bytes: Uint8Array, patches: readonly Patch[]): number {
    return this.#segments.push({ name, log2Align, bytes, patches }) - 1;
  }

  dataSymbol(name: string, segment: number, offset: number, size: number): number {
    return this.#symbol({ kind: SYMBOL_DATA, name, index: segment, offset, size });
  }

  #linking(): Writer {
    const info = new Writer();
    info.vector(this.#segments, ({ name, log2Align }) => info.name(name).u32(log2Align).u32(0));
    const table = new Writer();
    table.vector(this.#symbols, ({ kind, flags, name, index, offset, size }) => {
      table.u8(kind).u32(flags);
      const absent = (flags & FLAG_UNDEFINED) !== 0;
      if (kind === SYMBOL_FUNCTION) table.u32(index);
      if (kind === SYMBOL_DATA || !absent) table.name(name);
      if (kind === SYMBOL_DATA && !absent) table.u32(index).u32(offset).u32(size);
    });
    return new Writer().name("linking").u32(2).u8(5).counted(info.bytes).u8(8).counted(table.bytes);
  }

  bytes(): Uint8Array {
    const types = new Writer();
    types.vector(this.#types, ({ params, results }) => {
      types.u8(0x60).vector(params, (type) => types.u8(type));
      types.vector(results, (type) => types.u8(type));
    });
    const imports = new Writer().u32(this.#imports.length + 1);
    for (const { name, type } of this.#imports) imports.name("env").name(name).u8(0).u32(type);
    imports.name("env").name("__stack_pointer").u8(3).u8(I32).u8(1);
    const functions = new Writer();
    functions.vector(this.#functions, ({ type }) => functions.u32(type));
    const code = new Writer().u32(this.#functions.length);
    const codePatches = this.#functions.flatMap(({ bytes, patches }) => {
      const start = code.u32(bytes.length).bytes.length;
      code.raw(bytes);
      return patches.map((patch) => ({ ...patch, offset: start + patch.offset }));
    });
    const data = new Writer().u32(this.#segments.length);
    const dataPatches = this.#segments.flatMap(({ bytes, patches }) => {
      const start = data.u8(0).u8(0x41).s32(0).u8(0x0b).u32(bytes.length).bytes.length;
      data.raw(bytes);
      return patches.map((patch) => ({ ...patch, offset: start + patch.offset }));
    });
    const out = new Writer().raw([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    const section = (id: number, body: Writer): void => void out.u8(id).counted(body.bytes);
    section(1, types);
    section(2, imports);
    section(3, functions);
    section(10, code);
    section(11, data);
    section(0, this.#linking());
    section(0, relocations("reloc.CODE", 3, codePatches));
    section(0, relocations("reloc.DATA", 4, dataPatches));
    // What compilers write last: the file is whole.
    section(0, new Writer().name("target_features").u32(0));
    return Uint8Array.from(out.bytes);
  }
}

function relocations(name: string, section: number, patches: readonly Patch[]): Writer {
  const out = new Writer().name(name).u32(section);
  return out.vector(patches, ({ type, offset, symbol, addend }) => {
    out.u8(type).u32(offset).u32(symbol);
    if (addend !== undefined) out.s32(addend);
  });
}
