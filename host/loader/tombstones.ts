// What fills the table slots of an unloaded module: functions of the same types that stop whoever still calls them,
// with the name of the function and of the module that is gone.

import type { WasmObject } from "./object.ts";
import { writeImage, Writer } from "./writer.ts";

/** A function of the object, and the slot that held it. */
export interface Grave {
  index: number;
  slot: number;
}

/** `call stale(slot); unreachable`, once for each function, with the type of the original, exported under its slot. */
export function tombstoneImage(object: WasmObject, graves: Grave[]): Uint8Array<ArrayBuffer> {
  const imported = object.imports.filter((entry) => entry.kind === "function").length;
  const bodies = new Writer();
  bodies.vector(graves, ({ slot }) => {
    const body = new Writer().u8(0x00).u8(0x41).s32(slot).u8(0x10).u8(0x00).u8(0x00).u8(0x0b);
    bodies.u32(body.bytes.length).append(body);
  });
  const stub: WasmObject = {
    ...object,
    types: [...object.types, { params: [0x7f], results: [] }],
    imports: [{ module: "loader", name: "stale", kind: "function", type: object.types.length }],
    functions: graves.map(({ index }) => object.functions[index - imported]),
    symbols: [],
  };
  return writeImage(stub, {
    name: "unloaded",
    code: Uint8Array.from(bodies.bytes),
    exports: new Map(graves.map(({ slot }, i) => [String(slot), i + 1])),
    tableBase: 0,
    elements: [],
  });
}
