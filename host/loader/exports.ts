// What a module exports with EXPORT_SYMBOL and its kin: the entries of its __ksymtab and __ksymtab_gpl sections, and
// the rules of kernel/module/main.c for whoever uses them.

import { MEMORY_ADDR_I32 } from "./link.ts";
import type { ModInfo } from "./modinfo.ts";
import { SYMBOL_DATA, type Relocation, type WasmObject } from "./object.ts";

const KSYMTAB = "__ksymtab_";
/** Where struct kernel_symbol, three pointers, has its namespace. */
const NAMESPACE_OFFSET = 8;

export interface ModuleExport {
  readonly name: string;
  /** EXPORT_SYMBOL_GPL: for modules with a licence that the GPL allows. */
  readonly gplOnly: boolean;
  /** EXPORT_SYMBOL_NS: for modules that say MODULE_IMPORT_NS of it; "": for all. */
  readonly namespace: string;
}

const utf8 = new TextDecoder();

/** The C string that a pointer in data will point to. */
function stringAt(object: WasmObject, pointer: Relocation | undefined): string {
  const symbol = object.symbols[pointer?.symbol ?? -1];
  if (!pointer || pointer.type !== MEMORY_ADDR_I32 || symbol?.kind !== SYMBOL_DATA || symbol.undefined) return "";
  const bytes = object.segments[symbol.index]!.bytes.subarray(symbol.offset + pointer.addend);
  const end = bytes.indexOf(0);
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

export function exportsOf(object: WasmObject): ModuleExport[] {
  const entries = object.symbols.filter(
    ({ kind, name, undefined: absent }) => kind === SYMBOL_DATA && !absent && name.startsWith(KSYMTAB),
  );
  const wanted = new Set(
    entries.map(({ index, offset }) => object.segments[index]!.offset + offset + NAMESPACE_OFFSET),
  );
  const pointers = new Map(object.dataRelocations.filter(({ offset }) => wanted.has(offset)).map((r) => [r.offset, r]));
  return entries.map(({ name, index, offset }) => {
    const segment = object.segments[index]!;
    return {
      name: name.slice(KSYMTAB.length),
      gplOnly: segment.name.startsWith("___ksymtab_gpl"),
      namespace: stringAt(object, pointers.get(segment.offset + offset + NAMESPACE_OFFSET)),
    };
  });
}

/** The names that an object exports to other modules. */
export const exportedNames = (object: WasmObject): string[] => exportsOf(object).map(({ name }) => name);

const GPL_COMPATIBLE = new Set([
  "GPL",
  "GPL v2",
  "GPL and additional rights",
  "Dual BSD/GPL",
  "Dual MIT/GPL",
  "Dual MPL/GPL",
]);

/** Whether a module's licence is one that GPL-only symbols may be used under. */
export function isGplCompatible(info: ModInfo): boolean {
  return GPL_COMPATIBLE.has(info.get("license") ?? "unspecified");
}

/** Whether a module says that it uses a namespace of symbols. */
export function imports(info: ModInfo, namespace: string): boolean {
  return namespace === "" || info.all("import_ns").includes(namespace);
}
