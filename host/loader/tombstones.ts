// What fills the table slots of an unloaded module: functions of the same types that stop whoever still calls them,
// with the name of the function and of the module that is gone.

import type { WasmObject } from "./object.ts";
import { writeImage } from "./writer.ts";

/** `call stale(slot); unreachable`, once for each function, with the types of the originals. */
export function tombstoneImage(object: WasmObject, functions: number[], tableBase: number): Uint8Array<ArrayBuffer> {
  const imported = object.imports.filter((entry) => entry.kind === "function").length;
  const types = [...object.types, { params: [0x7f], results: [] }];
  const body = (slot: number): number[] => {
    const constant: number[] = [];
    for (let rest = slot; ; rest >>= 7) {
      const last = rest < 0x40;
      constant.push(last ? rest : (rest & 0x7f) | 0x80);
      if (last) break;
    }
    const code = [0x00, 0x41, ...constant, 0x10, 0x00, 0x00, 0x0b];
    return [code.length, ...code];
  };
  const count = functions.length;
  const header = count < 0x80 ? [count] : [(count & 0x7f) | 0x80, count >> 7];
  const stub: WasmObject = {
    ...object,
    types,
    imports: [{ module: "loader", name: "stale", kind: "function", type: object.types.length }],
    functions: functions.map((index) => object.functions[index - imported]),
    symbols: [],
  };
  return writeImage(stub, {
    name: "unloaded",
    code: Uint8Array.from([...header, ...functions.flatMap((_, i) => body(tableBase + i))]),
    exports: new Map(),
    tableBase,
    elements: functions.map((_, i) => i + 1),
  });
}
