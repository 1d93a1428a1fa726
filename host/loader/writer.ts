// Writes the wasm image of a linked module: the object's types, imports, functions and patched code, plus the exports
// and table slots that the loader wants of it. It has no data: the loader copies that into memory itself.

import type { WasmObject } from "./object.ts";
import { SYMBOL_FUNCTION } from "./object.ts";

export class Writer {
  readonly bytes: number[] = [];

  u8(value: number): this {
    this.bytes.push(value);
    return this;
  }

  u32(value: number): this {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.bytes.push((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.bytes.push(rest);
    return this;
  }

  s32(value: number): this {
    let rest = value | 0;
    for (;;) {
      const byte = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && !(byte & 0x40)) || (rest === -1 && byte & 0x40)) return this.u8(byte);
      this.bytes.push(byte | 0x80);
    }
  }

  name(text: string): this {
    const encoded = Buffer.from(text, "utf8");
    this.u32(encoded.length);
    for (const byte of encoded) this.bytes.push(byte);
    return this;
  }

  append(other: Writer): this {
    return this.raw(other.bytes);
  }

  raw(bytes: Iterable<number>): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }

  /** Bytes after their count. */
  counted(bytes: ArrayLike<number> & Iterable<number>): this {
    return this.u32(bytes.length).raw(bytes);
  }

  vector<T>(items: readonly T[], item: (item: T) => void): this {
    this.u32(items.length);
    for (const entry of items) item(entry);
    return this;
  }
}

function section(id: number, body: Writer | Uint8Array): Uint8Array[] {
  const payload = body instanceof Writer ? Uint8Array.from(body.bytes) : body;
  return [Uint8Array.from(new Writer().u8(id).u32(payload.length).bytes), payload];
}

export interface ImageOptions {
  /** Shown in stack traces. */
  name: string;
  /** What the functions' names begin with; default: nothing. */
  path?: string;
  code: Uint8Array;
  /** Function indices to export, by the name to export each under. */
  exports: Map<string, number>;
  /** First table slot, and the function indices that fill the slots from there. */
  tableBase: number;
  elements: number[];
}

export const TABLE_IMPORT = "__indirect_function_table";

function importSection(object: WasmObject): Writer {
  const out = new Writer();
  const kept = object.imports.filter((entry) => entry.kind === "function" || entry.kind === "global");
  out.u32(kept.length + 2);
  for (const entry of kept) {
    out.name(entry.module).name(entry.name);
    if (entry.kind === "function") out.u8(0).u32(entry.type);
    else
      out
        .u8(3)
        .u8(entry.valueType)
        .u8(entry.mutable ? 1 : 0);
  }
  out.name("env").name("memory").u8(2).u8(3).u32(0).u32(65536);
  out.name("env").name(TABLE_IMPORT).u8(1).u8(0x70).u8(0).u32(0);
  return out;
}

/** What module_init() and module_exit() call a driver's own functions. */
const ALIASES = new Set(["init_module", "cleanup_module"]);

function nameSection(object: WasmObject, moduleName: string, path = ""): Writer {
  const names = new Map<number, string>();
  for (const symbol of object.symbols) {
    // init_module is an alias of the function that the driver's author named.
    if (symbol.kind !== SYMBOL_FUNCTION || (names.has(symbol.index) && ALIASES.has(symbol.name))) continue;
    names.set(symbol.index, symbol.name);
  }
  const sorted = [...names].sort(([a], [b]) => a - b);
  const out = new Writer().name("name");
  const subsection = (id: number, body: Writer): void => {
    out.u8(id).counted(body.bytes);
  };
  subsection(0, new Writer().name(moduleName));
  const functions = new Writer();
  functions.vector(sorted, ([index, name]) => functions.u32(index).name(path + name));
  subsection(1, functions);
  return out;
}

export function writeImage(object: WasmObject, options: ImageOptions): Uint8Array<ArrayBuffer> {
  const types = new Writer();
  types.vector(object.types, ({ params, results }) => {
    types.u8(0x60);
    types.vector(params, (type) => types.u8(type)).vector(results, (type) => types.u8(type));
  });
  const functions = new Writer();
  functions.vector(object.functions, (type) => functions.u32(type));
  const exports = new Writer();
  exports.vector([...options.exports], ([name, index]) => exports.name(name).u8(0).u32(index));
  const elements = new Writer();
  elements.u32(1).u32(0).u8(0x41).s32(options.tableBase).u8(0x0b);
  elements.vector(options.elements, (index) => elements.u32(index));
  const parts = [
    Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00),
    ...section(1, types),
    ...section(2, importSection(object)),
    ...section(3, functions),
    ...section(7, exports),
    ...section(9, elements),
    ...section(10, options.code),
    ...section(0, nameSection(object, options.name, options.path)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}
