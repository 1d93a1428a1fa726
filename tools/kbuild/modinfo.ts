// What modpost does for ELF modules: the generated part of a module, foo.mod.c, with struct module, version magic,
// dependencies, aliases from the device tables, and the stamp of the struct layouts.
import { SYMBOL_DATA, SYMBOL_FUNCTION, type WasmObject } from "../../host/loader/object.ts";

/** Offsets of the members that device tables are read by; from tools/abi. */
export interface TableLayouts {
  sizeOf(struct: string): number;
  offsetOf(struct: string, member: string): number;
}

type Field = (member: string) => number;

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, "0");
const ANY = 0xffffffff;
const orAny = (value: number) => (value === ANY ? "*" : hex(value, 8));

/** A class byte, or "*" where the mask does not ask for it. */
function classByte(cls: number, mask: number, shift: number): string {
  return ((mask >>> shift) & 0xff) === 0xff ? hex((cls >>> shift) & 0xff, 2) : "*";
}

/** By the bus name in __mod_BUS__ symbols: an entry's struct, the members that end the table as 0, and its alias. */
const buses: Record<string, { struct: string; ends: string[]; alias(field: Field): string }> = {
  pci: {
    struct: "pci_device_id",
    ends: ["vendor", "subvendor", "class_mask"],
    alias(field) {
      const cls = field("class");
      const mask = field("class_mask");
      const [base, sub, interfaceByte] = [16, 8, 0].map((shift) => classByte(cls, mask, shift));
      return (
        `pci:v${orAny(field("vendor"))}d${orAny(field("device"))}sv${orAny(field("subvendor"))}` +
        `sd${orAny(field("subdevice"))}bc${base}sc${sub}i${interfaceByte}`
      );
    },
  },
  virtio: {
    struct: "virtio_device_id",
    ends: ["device", "vendor"],
    alias: (field) => `virtio:d${orAny(field("device"))}v${orAny(field("vendor"))}`,
  },
};

/** The aliases of every device table in an object, in order. */
export function deviceAliases(object: WasmObject, layouts: TableLayouts): string[] {
  const aliases: string[] = [];
  for (const symbol of object.symbols) {
    const bus = buses[/^__mod_([a-z]+)__.*_device_table$/.exec(symbol.name)?.[1] ?? ""];
    if (!bus || symbol.undefined) continue;
    const size = layouts.sizeOf(bus.struct);
    const { bytes } = object.segments[symbol.index]!;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = symbol.offset; at + size <= symbol.offset + symbol.size; at += size) {
      const field: Field = (member) => view.getUint32(at + layouts.offsetOf(bus.struct, member), true);
      if (bus.ends.every((member) => field(member) === 0)) break;
      // A newer bus may append to the alias.
      aliases.push(bus.alias(field).replace(/\*?$/, "*"));
    }
  }
  return aliases;
}

/** Functions and data that an object takes from elsewhere, sorted. */
export function undefinedNames(object: WasmObject): string[] {
  const kinds = new Set([SYMBOL_FUNCTION, SYMBOL_DATA]);
  const names = object.symbols.filter((symbol) => symbol.undefined && kinds.has(symbol.kind)).map(({ name }) => name);
  return [...new Set(names)].sort();
}

export interface ModuleFacts {
  readonly object: WasmObject;
  /** Modules that it needs, by name. */
  readonly depends: readonly string[];
  readonly aliases: readonly string[];
  /** The stamp of the struct layouts it was compiled against. */
  readonly stamp: string;
  /** Whether its sources are part of the kernel tree. */
  readonly inTree: boolean;
  /** The license that its sources do not state. */
  readonly license?: string;
}

/** The C text of foo.mod.c. */
export function moduleSource({ object, depends, aliases, stamp, inTree, license }: ModuleFacts): string {
  const defines = (name: string) => object.symbols.some((symbol) => symbol.name === name && !symbol.undefined);
  const info: [string, string][] = [
    ...(inTree ? [["intree", "Y"] as [string, string]] : []),
    ...(license ? [["license", license] as [string, string]] : []),
    ["depends", depends.join(",")],
    ["kpi_abi", stamp],
    ...aliases.map((alias): [string, string] => ["alias", alias]),
  ];
  return [
    "#define INCLUDE_VERMAGIC",
    "#include <linux/module.h>",
    "#include <linux/vermagic.h>",
    "MODULE_INFO(vermagic, VERMAGIC_STRING);",
    "MODULE_INFO(name, KBUILD_MODNAME);",
    'struct module __this_module __attribute__((section(".gnu.linkonce.this_module"))) = {',
    "\t.name = KBUILD_MODNAME,",
    ...(defines("init_module") ? ["\t.init = init_module,"] : []),
    ...(defines("cleanup_module") ? ["\t.exit = cleanup_module,"] : []),
    "};",
    ...info.map(([tag, value]) => `MODULE_INFO(${tag}, "${value}");`),
    "",
  ].join("\n");
}
