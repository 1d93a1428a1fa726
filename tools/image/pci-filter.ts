// Fields of headers that the core sees otherwise (pci-fields.ts). The firmware has no part in it: between the core and its
// import host.pci_read a function is linked.
//
//   core ── pci.pci_read ──► the function made here ── host.pci_read ──► firmware

import { CONFIG_FIELDS, shiftedClass } from "../../boards/desktop/pci/fields.ts";
import binaryen from "../build/binaryen.ts";
import { renameImports } from "./imports.ts";
import type { PciFields } from "./pci-fields.ts";

/** Text of the code that puts a byte at `where` into what has been read, if that covers it. */
function putByte(where: number, byte: number): string {
  const bit = `(i32.shl (i32.sub (i32.const ${where}) (local.get $where)) (i32.const 3))`;
  return `
    (if (i32.lt_u (i32.sub (i32.const ${where}) (local.get $where)) (local.get $width)) (then
      (local.set $value (i32.or
        (i32.and (local.get $value) (i32.xor (i32.const -1) (i32.shl (i32.const 0xff) ${bit})))
        (i32.shl (i32.const ${byte}) ${bit})))))`;
}

function putFields({ of, fields }: PciFields): string {
  const bytes = Object.entries(fields).flatMap(([name, value]) => {
    const { where, size } = CONFIG_FIELDS[name]!;
    const shifted = shiftedClass(name, value);
    return Array.from({ length: size }, (_, i) => putByte(where + i, (shifted >>> (8 * i)) & 0xff));
  });
  const condition =
    "id" in of
      ? `(i32.eq (call $read (local.get $bdf) (i32.const 0) (i32.const 4)) (i32.const ${of.id}))`
      : `(i32.eq (local.get $bdf) (i32.const ${of.bdf}))`;
  return `(if ${condition} (then ${bytes.join("")}))`;
}

function filter(overrides: readonly PciFields[]): Uint8Array {
  const module = binaryen.parseText(`(module
    (import "host" "pci_read" (func $read (param i32 i32 i32) (result i32)))
    (func (export "pci_read") (param $bdf i32) (param $where i32) (param $width i32) (result i32)
      (local $value i32)
      (local.set $value (call $read (local.get $bdf) (local.get $where) (local.get $width)))
      ${overrides.map(putFields).join("\n")}
      (local.get $value)))`);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

export interface Part {
  name: string;
  wasm: Uint8Array;
}

/** The core with what it sees of devices, for wasm-merge. */
export function coreWithFields(core: Part, overrides: readonly PciFields[]): Part[] {
  if (overrides.length === 0) return [core];
  const wasm = renameImports(core.wasm, ({ module, name }) =>
    module === "host" && name === "pci_read" ? { module: "pci", name } : undefined,
  );
  return [
    { name: "pci", wasm: filter(overrides) },
    { name: core.name, wasm },
  ];
}
