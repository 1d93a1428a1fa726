// resolve, isSupported and symbols, over made-up rows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../host/nearest.ts";
import { KpiError } from "../../host/error.ts";
import { SymbolIndex, loadSymbols } from "../../host/symbols/index.ts";
import type { MacroRow } from "../../host/symbols/macros.ts";
import type { SymbolRow } from "../../host/symbols/row.ts";

function row(name: string, extra: Partial<SymbolRow> = {}): SymbolRow {
  return {
    name,
    kind: "function",
    header: "linux/a.h",
    summary: "Does.",
    errors: [],
    context: "any",
    file: "assembly/a.ts",
    function: name,
    params: ["x"],
    types: ["i32"],
    returns: "i32",
    arity: 1,
    signature: "(i32) -> i32",
    ...extra,
  };
}

const macro = (name: string, ...servedBy: string[]): MacroRow => ({
  name,
  header: "linux/m.h",
  form: "macro",
  call: `${name}(x)`,
  expandsTo: "…",
  servedBy,
});

const index = new SymbolIndex(
  [row("real", { differs: "a bit" }), row("table", { kind: "data", arity: 0, signature: "i32" }), row("both")],
  [
    macro("served", "real", "table"),
    macro("inline"),
    macro("both", "real"),
    macro("half", "real", "absent"),
    macro("none", "absent"),
  ],
);

test("a symbol resolves to itself", () => {
  assert.deepEqual(index.resolve("real"), {
    name: "real",
    kind: "function",
    header: "linux/a.h",
    summary: "Does.",
    errors: [],
    context: "any",
    differs: "a bit",
    servedBy: [
      { name: "real", kind: "function", file: "assembly/a.ts", function: "real", arity: 1, signature: "(i32) -> i32" },
    ],
    missing: [],
  });
  assert.equal(index.resolve("table")?.kind, "data");
  assert.equal(index.resolve("nobody"), undefined);
  assert.equal(index.resolve("constructor"), undefined);
});

test("a macro resolves to what serves it, then to an export of its own name", () => {
  const names = (name: string): unknown[] => [
    index.resolve(name)?.kind,
    index.resolve(name)?.servedBy.map((entry) => entry.name),
    index.resolve(name)?.missing,
  ];
  assert.deepEqual(names("served"), ["macro", ["real", "table"], []]);
  assert.deepEqual(names("inline"), ["macro", [], []]);
  assert.deepEqual(names("both"), ["macro", ["real", "both"], []]);
  assert.deepEqual(names("half"), ["macro", ["real"], ["absent"]]);
  assert.equal(index.resolve("served")?.header, "linux/m.h");
});

test("supported is what can link", () => {
  const supported = ["real", "table", "served", "inline", "both", "half", "none", "nobody"].filter((name) =>
    index.isSupported(name),
  );
  assert.deepEqual(supported, ["real", "table", "served", "inline", "both"]);
  assert.deepEqual(
    index.symbols().map(({ name }) => name),
    ["real", "table", "both"],
  );
});

test("no table of symbols: the error says how to make one", () => {
  assert.throws(
    () => loadSymbols("/nonexistent/symbols.json"),
    (error) => error instanceof KpiError && /npm run build/.test(error.message),
  );
});

test("names that were meant", () => {
  const names = ["kmalloc", "kfree", "kzalloc", "_raw_spin_lock", "pci_enable_device", "netif_rx", "a"];
  assert.deepEqual(nearest("kmaloc", names), ["kmalloc"]);
  assert.deepEqual(nearest("kmlaloc", names), ["kmalloc"]);
  assert.deepEqual(nearest("raw_spin_lock", names), ["_raw_spin_lock"]);
  assert.deepEqual(nearest("pci_enable_devcie", names), ["pci_enable_device"]);
  assert.deepEqual(nearest("KFREE", names), ["kfree"]);
  assert.deepEqual(nearest("quite_another", names), []);
  assert.deepEqual(nearest("x".repeat(10_000), names), []);
});
