// The types of the core's exports against the kernel's own declarations: clang compiles a use of every symbol, with the
// header that its doc comment names, and the object says what type a module will import it with. A core function of
// another type would refuse every module that wants it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  SYMBOL_DATA,
  SYMBOL_FUNCTION,
  readObject,
  type FunctionType,
  type WasmObject,
} from "../../host/loader/object.ts";
import { MACROS } from "../../host/symbols/macros.ts";
import type { SymbolRow } from "../../host/symbols/row.ts";
import { buildCore } from "../../tools/build/core.ts";
import { readImage } from "../../tools/build/image.ts";
import { compileUnit, withScratch } from "../../tools/kbuild/compile.ts";
import { writeWhole } from "../../tools/kbuild/cache.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import { moduleFlags } from "../../tools/kbuild/flags.ts";
import { collectRows, signatureText } from "../../tools/symbols/rows.ts";

/** Exported by Linux, but declared by no header, or only by one of another configuration. */
const UNDECLARED = new Set([
  "__multi3",
  "__warn_printk",
  "_down_write_nest_lock",
  "_mutex_lock_nest_lock",
  "_raw_spin_lock_bh_nested",
  "_rt_mutex_lock_nest_lock",
  "dma_supported",
  "force_read_lock_recursive",
  "ioread64_hi_lo",
  "ioread64_lo_hi",
  "iowrite64_hi_lo",
  "iowrite64_lo_hi",
  "lock_acquire",
  "lock_release",
  "lockdep_free_key_range",
  "lockdep_init_map_type",
  "lockdep_reset",
  "no_hash_pointers",
  "rt_mutex_lock_nested",
  "stpcpy",
  "vlan_filter_drop_vids",
  "vlan_filter_push_vids",
]);

/** What other headers expect to come first. */
const FIRST = ["linux/module.h", "linux/spinlock.h", "linux/netdevice.h", "linux/pci.h", "linux/interrupt.h"];

const { file } = await buildCore();
const env = await prepareTree();
const macros = new Set(MACROS.filter(({ form }) => form === "macro").map(({ name }) => name));
const rows = collectRows(readImage(readFileSync(file))).rows.filter(
  ({ name, header }) => header !== "" && !macros.has(name) && !UNDECLARED.has(name),
);

/** C that takes the address of every symbol. */
function source(): string {
  const headers = [...new Set([...FIRST, ...rows.map(({ header }) => header)])];
  const uses = rows.map(
    ({ name }) =>
      `#undef ${name}\nvoid *kpi_at_${name}(void);\nvoid *kpi_at_${name}(void) { return (void *)&${name}; }`,
  );
  return [...headers.map((header) => `#include <${header}>`), ...uses, ""].join("\n");
}

async function compiled(): Promise<WasmObject> {
  return withScratch(async (scratch) => {
    const path = join(scratch, "symbols.c");
    writeWhole(path, source());
    const flags = [...moduleFlags("symbols", "symbols"), "-Wno-deprecated-declarations", "-ferror-limit=0"];
    return readObject((await compileUnit(env, { source: path, flags })).bytes);
  });
}

const VALUE_TYPES: Record<number, string> = { 0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64" };

/** Types by name of the functions that an object defines or wants; data is "i32", its address. */
function types(object: WasmObject): Map<string, string> {
  const imported = object.imports.flatMap((entry) => (entry.kind === "function" ? [entry.type] : []));
  const all = [...imported, ...object.functions];
  const text = ({ params, results }: FunctionType): string =>
    signatureText({
      params: params.map((type) => VALUE_TYPES[type]),
      results: results.map((type) => VALUE_TYPES[type]),
    });
  return new Map(
    object.symbols.flatMap((symbol) => {
      if (symbol.kind === SYMBOL_DATA) return [[symbol.name, "i32"]];
      return symbol.kind === SYMBOL_FUNCTION ? [[symbol.name, text(object.types[all[symbol.index]])]] : [];
    }),
  );
}

test("every symbol has the type that its header declares", async () => {
  const declared = types(await compiled());
  const wrong = rows.filter(({ name, signature }: SymbolRow) => declared.get(name) !== signature);
  assert.deepEqual(
    wrong.map(
      ({ name, signature, file: at }) => `${at}: ${name} is ${signature}, the kernel's is ${declared.get(name)}`,
    ),
    [],
  );
});
