// What the gate and the symbol tools read of a wasm image: imports, exports with their types, globals, data, names.

import { Reader } from "../../host/loader/reader.ts";

export interface Signature {
  params: string[];
  results: string[];
}

export interface ImageImport {
  module: string;
  name: string;
  kind: "function" | "table" | "memory" | "global";
  signature?: Signature;
}

export interface ImageExport {
  name: string;
  kind: "function" | "table" | "memory" | "global";
  signature?: Signature;
}

export interface WasmImage {
  imports: ImageImport[];
  exports: ImageExport[];
  /** Names of defined functions, by function index, from the name section. */
  functionNames: Map<number, string>;
  /** Names and mutability of defined globals. */
  globals: { name: string; mutable: boolean }[];
  /** Active data segments: address and bytes. */
  data: { address: number; bytes: Uint8Array }[];
  /** Size of the code section. */
  codeBytes: number;
}

const KINDS = ["function", "table", "memory", "global"] as const;
const VALUE_TYPES: Record<number, string> = {
  0x7f: "i32",
  0x7e: "i64",
  0x7d: "f32",
  0x7c: "f64",
  0x70: "funcref",
  0x6f: "externref",
};

const valueType = (r: Reader): string => VALUE_TYPES[r.u8()] ?? "?";

function limits(r: Reader): void {
  const flags = r.u8();
  r.u32();
  if (flags & 1) r.u32();
}

/** An i32 constant expression; anything else is undefined. */
function constant(r: Reader): number | undefined {
  const op = r.u8();
  let value: number | undefined;
  if (op === 0x41) value = r.s32();
  else if (op === 0x42) for (; r.u8() & 0x80;);
  else if (op === 0x43) r.take(4);
  else if (op === 0x44) r.take(8);
  else r.u32();
  r.u8();
  return value;
}

export function readImage(bytes: Uint8Array): WasmImage {
  const image: WasmImage = { imports: [], exports: [], functionNames: new Map(), globals: [], data: [], codeBytes: 0 };
  const types: Signature[] = [];
  const functions: Signature[] = [];
  const globalNames = new Map<number, string>();
  let importedGlobals = 0;
  const r = new Reader(bytes, 8);
  while (r.more) {
    const id = r.u8();
    const body = r.sub(r.u32());
    if (id === 1) {
      body.vector((v) => {
        v.u8();
        types.push({ params: v.vector(valueType), results: v.vector(valueType) });
      });
    } else if (id === 2) {
      body.vector((v) => {
        const entry: ImageImport = { module: v.name(), name: v.name(), kind: KINDS[v.u8()] };
        if (entry.kind === "function") functions.push((entry.signature = types[v.u32()]));
        else if (entry.kind === "global") {
          v.take(2);
          importedGlobals++;
        } else {
          if (entry.kind === "table") v.u8();
          limits(v);
        }
        image.imports.push(entry);
      });
    } else if (id === 3) {
      body.vector((v) => functions.push(types[v.u32()]));
    } else if (id === 6) {
      body.vector((v) => {
        v.u8();
        image.globals.push({ name: "", mutable: v.u8() === 1 });
        constant(v);
      });
    } else if (id === 7) {
      body.vector((v) => {
        const entry: ImageExport = { name: v.name(), kind: KINDS[v.u8()] };
        const index = v.u32();
        if (entry.kind === "function") entry.signature = functions[index];
        image.exports.push(entry);
      });
    } else if (id === 10) {
      image.codeBytes = body.end - body.at;
    } else if (id === 11) {
      body.vector((v) => {
        const flags = v.u32();
        const address = flags === 0 ? constant(v) : 0;
        image.data.push({ address: address ?? 0, bytes: v.take(v.u32()) });
      });
    } else if (id === 0 && body.name() === "name") {
      while (body.more) {
        const kind = body.u8();
        const names = body.sub(body.u32());
        const into = kind === 1 ? image.functionNames : kind === 7 ? globalNames : undefined;
        if (into) names.vector((v) => into.set(v.u32(), v.name()));
      }
    }
  }
  image.globals.forEach((global, i) => (global.name = globalNames.get(importedGlobals + i) ?? ""));
  return image;
}
