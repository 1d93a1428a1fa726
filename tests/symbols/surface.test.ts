// The 67 names as functions: each has the parameters of Linux's function or macro, says how it fails, and is called by a
// spec of the core's.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadSymbols } from "../../host/symbols/index.ts";
import { MACROS } from "../../host/symbols/macros.ts";
import { buildCore } from "../../tools/build/core.ts";
import { readImage } from "../../tools/build/image.ts";
import { FLAVOURS } from "../../host/flavour.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { SURFACE } from "./surface.ts";

const images = await Promise.all(FLAVOURS.map((flavour) => buildCore(flavour)));
const rows = new Map(
  loadSymbols()
    .symbols()
    .map((row) => [row.name, row]),
);

/** Variadic in Linux: the pointer to the arguments is a parameter more. */
const VARIADIC = new Set(["printk", "_printk", "dev_err", "dev_warn", "dev_info", "dev_dbg"]);

/** A macro that assigns to its second argument is a function that returns the value. */
const RETURNS_FLAGS = "spin_lock_irqsave";

/** How those that can fail do, as their documentation has to say. */
const FAILURES: Record<string, string> = {
  ...Object.fromEntries(
    ["kmalloc", "__kmalloc", "kzalloc", "vmalloc", "__vmalloc", "dma_alloc_coherent", "pci_iomap"].map((name) => [
      name,
      "NULL",
    ]),
  ),
  ...{ alloc_etherdev: "NULL", alloc_etherdev_mq: "NULL", request_irq: "-EBUSY", request_threaded_irq: "-EBUSY" },
  ...{ pci_register_driver: "-EBUSY", __pci_register_driver: "-EBUSY", pci_enable_device: "-EINVAL" },
  ...{ dma_set_mask: "-EIO", dma_set_coherent_mask: "-EIO", register_netdev: "-EEXIST" },
};

test("each is a function of both flavours", () => {
  for (const { file } of images) {
    const functions = readImage(readFileSync(file)).exports.filter(({ kind }) => kind === "function");
    const names = new Set(functions.map(({ name }) => name));
    assert.deepEqual(
      SURFACE.filter((name) => !names.has(name)),
      [],
    );
  }
});

test("each has a row with header, text and context, and says how it fails", () => {
  for (const name of SURFACE) {
    const row = rows.get(name)!;
    assert.ok(row.header && row.summary && row.context, name);
    const failure = FAILURES[name];
    if (failure) assert.ok(row.errors.includes(failure), `${name}: ${row.errors.join(" ")} lacks ${failure}`);
  }
});

test("each macro, as a function, takes what the macro takes", () => {
  for (const { name, call } of MACROS.filter((macro) => SURFACE.includes(macro.name))) {
    const macro = /\((.*)\)/.exec(call)![1]!.split(",").length;
    const own = rows.get(name)!.params.length;
    assert.equal(own, name === RETURNS_FLAGS ? macro - 1 : macro, `${call}, ${rows.get(name)!.params.join(", ")}`);
  }
  for (const name of VARIADIC) assert.match(rows.get(name)!.params.at(-1)!, /^(va|args)$/);
  assert.equal(rows.get(RETURNS_FLAGS)!.signature, "(i32) -> i32");
});

test("each is called by a spec of the core's", () => {
  const folder = join(repoRoot, "assembly");
  const specs = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".spec.ts"));
  // The names that it imports, and calls: a call may be under another name, as _printk's is.
  const called = new Set<string>();
  for (const spec of specs) {
    const text = readFileSync(join(folder, spec), "utf8");
    const imports = /^import \{([^}]*)\} from "[^"]+";$/gm;
    const body = text.replace(imports, "");
    for (const [, list] of text.matchAll(imports)) {
      for (const item of list!.split(",").map((entry) => entry.trim())) {
        const [name, local = name] = item.split(" as ");
        if (local && new RegExp(`(?<![\\w.])${local}\\(`).test(body)) called.add(name!);
      }
    }
  }
  // One function under two names.
  const functionOf = (name: string): string => rows.get(name)!.function;
  assert.deepEqual(
    SURFACE.filter((name) => !called.has(name) && !called.has(functionOf(name))),
    [],
  );
});
