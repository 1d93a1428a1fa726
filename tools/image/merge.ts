// One wasm module of core and drivers: binaryen's wasm-merge joins them, what nothing calls goes, the rest is optimized.
//
//   env      memory, function table, shadow stack pointer: written here
//   core     build/kpi.wasm as it is
//   e1000 …  the drivers, linked (tools/image/link.ts)

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type Binaryen from "binaryen";
import { TABLE_IMPORT, Writer } from "../../host/loader/writer.ts";
import binaryen from "../build/binaryen.ts";
import { readImage } from "../build/image.ts";
import { KERNEL_ENTRIES } from "./kernel-entries.ts";
import { CORE, type LinkedImage } from "./link.ts";
import { lowerAtomics, withFences } from "./lower-atomics.ts";
import type { PciFields } from "./pci-fields.ts";
import { coreWithFields } from "./pci-filter.ts";

const require = createRequire(import.meta.url);
const I32 = 0x7f;
const FUNCREF = 0x70;
/** More than any part asks for; how much an image has stands in its header (tools/image/image-header.ts). */
const MEMORY_PAGES = 8192;
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** The module that has what the others share. */
function environment(image: LinkedImage): Uint8Array {
  const out = new Writer().raw(HEADER);
  const section = (id: number, body: Writer): void => void out.u8(id).counted(body.bytes);
  const signatures = new Map(readImage(image.core).exports.map(({ name, signature }) => [name, signature!]));
  const slots = [...image.slots].sort(([a], [b]) => a - b);
  const codes: Record<string, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
  const types = new Writer();
  types.vector(slots, ([, name]) => {
    const { params, results } = signatures.get(name)!;
    types
      .u8(0x60)
      .vector(params, (type) => types.u8(codes[type]!))
      .vector(results, (type) => types.u8(codes[type]!));
  });
  section(1, types);
  const imports = new Writer();
  imports.vector(
    slots.map(([, name], i) => ({ name, i })),
    ({ name, i }) => imports.name(CORE).name(name).u8(0).u32(i),
  );
  section(2, imports);
  section(4, new Writer().u32(1).u8(FUNCREF).u8(0).u32(image.tableSize));
  section(5, new Writer().u32(1).u8(3).u32(MEMORY_PAGES).u32(MEMORY_PAGES));
  section(6, new Writer().u32(1).u8(I32).u8(1).u8(0x41).s32(0).u8(0x0b));
  const exports = new Writer();
  const shared = [
    ["memory", 2],
    ["table", 1],
    [TABLE_IMPORT, 1],
    ["__stack_pointer", 3],
  ] as const;
  exports.vector(shared, ([name, kind]) => exports.name(name).u8(kind).u32(0));
  section(7, exports);
  const elements = new Writer();
  elements.vector(
    slots.map(([slot], i) => ({ slot, i })),
    ({ slot, i }) => elements.u32(0).u8(0x41).s32(slot).u8(0x0b).u32(1).u32(i),
  );
  section(9, elements);
  return Uint8Array.from(out.bytes);
}

const FEATURES = ["threads", "bulk-memory", "mutable-globals", "nontrapping-float-to-int", "sign-ext"];

/** Runs one of binaryen's commands, which npm installs as scripts for Node. */
function wasmMerge(args: string[]): void {
  const tool = join(dirname(require.resolve("binaryen")), "bin/wasm-merge");
  execFileSync(process.execPath, [tool, ...args, ...FEATURES.map((name) => `--enable-${name}`)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** All of them as one module that exports nothing but what the firmware calls. */
function merge(image: LinkedImage, pci: readonly PciFields[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "kpi-image-"));
  try {
    const parts = [
      { name: "env", wasm: environment(image) },
      ...coreWithFields({ name: CORE, wasm: image.core }, pci),
      ...image.drivers,
    ];
    const files = parts.map(({ name, wasm }) => {
      const file = join(folder, `${name}.wasm`);
      writeFileSync(file, wasm);
      return [file, name];
    });
    const out = join(folder, "merged.out");
    wasmMerge([...files.flat(), "-o", out, "-g", "--skip-export-conflicts"]);
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const binaryenFeatures = (): number => {
  const { Features } = binaryen;
  const bulk = Features.BulkMemory | Features.BulkMemoryOpt;
  return Features.Atomics | bulk | Features.MutableGlobals | Features.NontrappingFPToInt | Features.SignExt;
};

function withModule(wasm: Uint8Array, work: (module: Binaryen.Module) => void): Uint8Array {
  const module = binaryen.readBinaryWithFeatures(wasm, binaryenFeatures());
  try {
    binaryen.setDebugInfo(true);
    work(module);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** Leaves the exports of `keep` and what they need. */
function strip(wasm: Uint8Array, keep: ReadonlySet<string>): Uint8Array {
  return withModule(wasm, (module) => {
    for (let i = module.getNumExports() - 1; i >= 0; i--) {
      const { name } = binaryen.getExportInfo(module.getExportByIndex(i));
      if (!keep.has(name)) module.removeExport(name);
    }
    module.runPasses(["remove-unused-module-elements"]);
  });
}

/** As small as binaryen makes it. */
export function shrink(wasm: Uint8Array): Uint8Array {
  return withModule(wasm, (module) => {
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(2);
    binaryen.setZeroFilledMemory(true);
    binaryen.setLowMemoryUnused(true);
    module.optimize();
    module.optimize();
  });
}

/** Core and drivers as the image has them; the drivers' data is apart from it. */
export function codeOf(image: LinkedImage, pci: readonly PciFields[]): Uint8Array {
  const merged = strip(merge(image, pci), new Set<string>(KERNEL_ENTRIES));
  return withFences(shrink(lowerAtomics(merged)));
}
