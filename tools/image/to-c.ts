// The linked image as C: npm wabt's wasm2c translates the functions; what surrounds them there (instances, memories that
// grow, tables that change, 64-bit address sums) is for hosts that load many modules at run time. A board has one, so:
//
//   the instance           goes: its memory begins where register gp points, its globals where tp does (wasm.h)
//   an address             is two 32-bit parts, computed and constant, checked without a carry
//   the function table     is a constant of offsets, so that the code runs wherever it lies in flash
//   memory, elements, data come from the image itself
//
// wasm2c's version is exact (package.json), and what does not look as expected is refused here.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readImage } from "../build/image.ts";

const require = createRequire(import.meta.url);

const MODULE = "board";
const PREFIX = `w2c_${MODULE}_`;

function wasm2c(image: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "kpi-wasm2c-"));
  try {
    const [input, output] = [join(folder, "board.wasm"), join(folder, "board.c")];
    writeFileSync(input, image);
    const tool = join(dirname(require.resolve("wabt")), "bin/wasm2c");
    execFileSync(process.execPath, [tool, input, "-n", MODULE, "-o", output, "--enable-threads"], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    return readFileSync(output, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const FUNCTION = new RegExp(
  `^(?:static )?((?:void|u32|u64|f32|f64) ${PREFIX}\\w+\\(${PREFIX.slice(0, -1)}\\* instance[^)]*\\) \\{\\n[^]*?^\\})$`,
  "gm",
);
const SEGMENT = /^static const wasm_elem_segment_expr_t (elem_segment_exprs_\w+)\[\] = \{\n([^]*?)^\};$/gm;
const ELEMENT = /\{RefFunc, (\w+), \(wasm_rt_function_ptr_t\)wrap_(\w+), \{NULL\}, 0\}/g;
const TABLE_INIT = /^ {2}funcref_table_init\(&instance->w2c_T0, (\w+), \d+, (\d+)u, 0, \d+, instance\);$/gm;
const FUNCTION_TYPE = new RegExp(`^FUNC_TYPE_T\\(${PREFIX}(t\\d+)\\)`, "gm");

/** wasm2c writes a character that C has no place for in a name as 0x2F. */
const plain = (name: string): string =>
  name.replaceAll(/0x([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

export interface TableEntry {
  slot: number;
  type: string;
  name: string;
}

function tableEntries(text: string): TableEntry[] {
  const segments = new Map([...text.matchAll(SEGMENT)].map(([, name, body]) => [name!, body!]));
  const entries = [...text.matchAll(TABLE_INIT)].flatMap(([, segment, first]) =>
    [...segments.get(segment!)!.matchAll(ELEMENT)].map(([, type, name], i) => ({
      slot: Number(first) + i,
      type: type!.slice(PREFIX.length),
      name: name!,
    })),
  );
  return entries.sort((a, b) => a.slot - b.slot);
}

/** A function without the instance, and its memory accesses with computed and constant part apart. */
function body(text: string): string {
  return text
    .replaceAll(/^#if !WASM_RT_SEGUE_FREE_SEGMENT\n[^]*?^#endif\n/gm, "")
    .replaceAll(/^#if WASM_RT_USE_SEGUE_FOR_THIS_MODULE[^]*?^#endif\n/gm, "")
    .replaceAll(/\bw2c_board\* instance(,\s+)?/g, (_, more) => (more ? "" : "void"))
    .replaceAll(/\(instance->w2c_host_instance(?:, )?/g, "(")
    .replaceAll(/\(instance(?:, |(?=\)))/g, "(")
    .replaceAll(/(&instance->w2c_M0, )+/g, "")
    .replaceAll(
      /_default32\(\(u64\)\((\w+)\)(?: \+ (\d+)u?)?/g,
      (_, computed: string, constant = "0") => `_default32(${computed}, ${constant}u`,
    )
    .replaceAll(
      /CALL_INDIRECT\(instance->w2c_T0, (\w+) \(\*\)\(void\*(?:, )?([^)]*)\), w2c_board_(t\d+), (\w+), instance->w2c_T0\.data\[\w+\]\.module_instance(?:, )?/g,
      (_, result: string, params: string, type: string, slot: string) =>
        `CALL_INDIRECT(${result} (*)(${params || "void"}), TYPE_${type}, ${slot})(`,
    )
    .replaceAll("instance->w2c_M0.pages", "MEMORY_PAGES")
    .replaceAll(/instance->w2c_(\w+)/g, "wasm->$1")
    .replaceAll(/^ {2}FUNC_(PRO|EPI)LOGUE;\n/gm, "");
}

export interface Translation {
  c: string;
  table: TableEntry[];
  /** The mutable globals, with their first values. */
  globals: { name: string; value: string }[];
  data: { address: number; bytes: Uint8Array }[];
}

/** `entries`: the functions that the firmware calls, by their export's name. */
export function translate(image: Uint8Array, entries: readonly string[]): Translation {
  const text = wasm2c(image);
  const { data, exports } = readImage(image);
  const table = tableEntries(text);
  const functions = [...text.matchAll(FUNCTION)].map(([, one]) => body(one!));
  const shared = new Set([...table.map(({ name }) => name), ...entries.map((name) => PREFIX + name)]);
  for (const name of entries) {
    if (!exports.some((one) => one.name === name)) throw new Error(`the image has no ${name}`);
  }
  const heads = functions.map((one) => {
    const head = one.slice(0, one.indexOf(" {\n"));
    const name = /(\w+)\(/.exec(head)![1]!;
    return { head, linkage: shared.has(name) ? "SHARED " : "static " };
  });
  const first = /^static void init_globals[^]*?^\}$/m.exec(text)?.[0] ?? "";
  const globals = [...first.matchAll(/^ {2}instance->w2c_(\w+) = (\w+);$/gm)].map(([, name, value]) => ({
    name: name!,
    value: value!,
  }));
  const left = functions.find((one) => one.includes("instance"));
  if (left) throw new Error(`wasm2c writes code of a form that is not known here:\n${left.slice(0, 400)}`);
  const types = [...text.matchAll(FUNCTION_TYPE)].map(([, name], i) => `  TYPE_${name} = ${i + 1},`);
  const c = [
    '#include "wasm.h"',
    `enum {\n${types.join("\n")}\n};`,
    ...heads.map(({ head, linkage }) => `${linkage}${head};`),
    ...functions.map((one, i) => heads[i]!.linkage + one),
  ];
  return { c: `${c.join("\n")}\n`, table, globals, data };
}

export { plain };
