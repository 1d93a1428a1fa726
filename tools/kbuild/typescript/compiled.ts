// An image that asc has compiled, read with its code: what image.ts of tools/build leaves out.

import type { FunctionType } from "../../../host/loader/object.ts";
import { Reader } from "../../../host/loader/reader.ts";

export interface ImportedFunction {
  readonly name: string;
  readonly type: number;
}

export interface Global {
  readonly type: number;
  /** Its initial value: an instruction's opcode, and the bytes behind it. */
  readonly op: number;
  readonly value: Uint8Array;
}

export interface Compiled {
  types: FunctionType[];
  functionImports: ImportedFunction[];
  /** Names of imported globals. */
  globalImports: string[];
  /** Type of each function of its own. */
  functions: number[];
  /** Locals and code of each. */
  bodies: Uint8Array[];
  globals: Global[];
  /** Exported functions and globals: index by name. */
  exportedFunctions: Map<string, number>;
  exportedGlobals: Map<string, number>;
  /** Functions in the table, from its base on. */
  elements: number[];
  data: { address: number; bytes: Uint8Array }[];
  start: number | undefined;
  functionNames: Map<number, string>;
  globalNames: Map<number, string>;
}

function limits(r: Reader): void {
  const flags = r.u8();
  r.u32();
  if (flags & 1) r.u32();
}

/** A constant expression: opcode and the bytes of its value. */
function constant(r: Reader): { op: number; value: Uint8Array } {
  const op = r.u8();
  const start = r.at;
  if (op === 0x43) r.take(4);
  else if (op === 0x44) r.take(8);
  else for (; r.u8() & 0x80;);
  const value = r.bytes.subarray(start, r.at);
  r.u8();
  return { op, value };
}

function readImports(r: Reader, image: Compiled): void {
  r.vector((v) => {
    v.name();
    const name = v.name();
    const kind = v.u8();
    if (kind === 0) image.functionImports.push({ name, type: v.u32() });
    else if (kind === 3) {
      v.take(2);
      image.globalImports.push(name);
    } else {
      if (kind === 1) v.u8();
      limits(v);
    }
  });
}

function readNames(r: Reader, image: Compiled): void {
  while (r.more) {
    const kind = r.u8();
    const names = r.sub(r.u32());
    const into = kind === 1 ? image.functionNames : kind === 7 ? image.globalNames : undefined;
    if (into) names.vector((v) => into.set(v.u32(), v.name()));
  }
}

function readExports(r: Reader, image: Compiled): void {
  r.vector((v) => {
    const name = v.name();
    const into = [image.exportedFunctions, undefined, undefined, image.exportedGlobals][v.u8()];
    into?.set(name, v.u32());
    if (!into) v.u32();
  });
}

export function readCompiled(bytes: Uint8Array): Compiled {
  const image: Compiled = {
    types: [],
    functionImports: [],
    globalImports: [],
    functions: [],
    bodies: [],
    globals: [],
    exportedFunctions: new Map(),
    exportedGlobals: new Map(),
    elements: [],
    data: [],
    start: undefined,
    functionNames: new Map(),
    globalNames: new Map(),
  };
  const r = new Reader(bytes, 8);
  while (r.more) {
    const id = r.u8();
    const body = r.sub(r.u32());
    if (id === 1) {
      image.types = body.vector((v) => {
        v.u8();
        return { params: v.vector((t) => t.u8()), results: v.vector((t) => t.u8()) };
      });
    } else if (id === 2) readImports(body, image);
    else if (id === 3) image.functions = body.vector((v) => v.u32());
    else if (id === 6) {
      image.globals = body.vector((v) => {
        const type = v.u8();
        v.u8();
        return { type, ...constant(v) };
      });
    } else if (id === 7) readExports(body, image);
    else if (id === 8) image.start = body.u32();
    else if (id === 9) {
      body.vector((v) => {
        v.u32();
        constant(v);
        image.elements.push(...v.vector((e) => e.u32()));
      });
    } else if (id === 10) image.bodies = body.vector((v) => v.take(v.u32()));
    else if (id === 11) {
      image.data = body.vector((v) => {
        v.u32();
        const address = new Reader(constant(v).value).s32();
        return { address, bytes: v.take(v.u32()) };
      });
    } else if (id === 0 && body.name() === "name") readNames(body, image);
  }
  return image;
}
