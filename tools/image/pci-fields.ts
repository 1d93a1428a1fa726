// Fields of devices' configuration headers that the core of an image sees otherwise than the hardware has them, as
// `--device MODEL,field=value` does on boards of the desktop: 8139too refuses a card of revision 0x20, which it could
// drive. The firmware has no part in it: between the core and its import host.pci_read a function is linked.
//
//   core ── pci.pci_read ──► the function made here ── host.pci_read ──► firmware

import binaryen from "binaryen";
import { CONFIG_FIELDS, shiftedClass } from "../../boards/desktop/pci/fields.ts";
import { fieldOverrides } from "../../boards/desktop/spec.ts";
import { KpiError } from "../../host/error.ts";
import { renameImports } from "./imports.ts";

export interface PciFields {
  /** Of which devices: those of a vendor and device id (as in the header's first word), or the one at a place. */
  readonly of: { readonly id: number } | { readonly bdf: number };
  readonly fields: Readonly<Record<string, number>>;
}

const ID = /^([0-9a-f]{4}):([0-9a-f]{4})$/i;

/** "10ec:8139,revision=0x10": the numbers of `lspci -n`, then fields. */
export function parsePciFields(text: string): PciFields {
  const [device = "", ...rest] = text.split(",");
  const match = ID.exec(device);
  if (!match) throw new KpiError(`--pci ${text}: "${device}" is no vendor:device, such as 10ec:8139`, 2);
  const options: Record<string, string> = {};
  for (const item of rest) {
    const [name = "", value] = item.split("=");
    if (!Object.hasOwn(CONFIG_FIELDS, name) || value === undefined) {
      throw new KpiError(`--pci ${text}: "${item}" sets none of ${Object.keys(CONFIG_FIELDS).join(", ")}`, 2);
    }
    options[name] = value;
  }
  if (rest.length === 0) throw new KpiError(`--pci ${text}: name a field and its value, such as revision=0x10`, 2);
  const id = parseInt(match[1]!, 16) | (parseInt(match[2]!, 16) << 16);
  return { of: { id: id >>> 0 }, fields: fieldOverrides({ model: device, options }) };
}

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
