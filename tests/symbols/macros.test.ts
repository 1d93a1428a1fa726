// The table of macros against Linux's own headers: each is defined where the table says, as what it says, and a
// compiled use of it refers to just the symbols that the table names.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readObject } from "../../host/loader/object.ts";
import { MACROS } from "../../host/symbols/macros.ts";
import { compileUnit } from "../../tools/kbuild/compile.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import { archFolder, moduleFlags } from "../../tools/kbuild/flags.ts";
import { references } from "./references.ts";

const env = await prepareTree();

/** A module defines it itself. */
const OWN = new Set(["__this_module"]);

/** The header's text, with what our own headers put in its place. */
function headerText(header: string): string {
  const files = [join(archFolder, "include", header), join(env.tree, "include", header)];
  const texts = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8"));
  assert.notEqual(texts.length, 0, `${header} does not exist`);
  return texts.join("\n");
}

test("each is a macro or an inline function of its header", () => {
  for (const { name, header, form } of MACROS) {
    const text = headerText(header);
    const defined = new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${name}\\b`, "m").test(text);
    const inline = new RegExp(`inline\\b[^;{}]*\\b${name}\\s*\\(`).test(text);
    assert.ok(form === "macro" ? defined : inline, `${name} is no ${form} of ${header}`);
  }
});

test("no name comes twice", () => {
  assert.equal(new Set(MACROS.map(({ name }) => name)).size, MACROS.length);
});

test("a compiled use of each refers to the symbols that serve it", async () => {
  const source = join(import.meta.dirname, "macros.c");
  const warnings: string[] = [];
  const { bytes } = await compileUnit(
    env,
    { source, flags: moduleFlags("macros", "macros") },
    { warning: (text) => warnings.push(text) },
  );
  assert.deepEqual(warnings, []);
  const used = references(readObject(bytes));
  const inTable = new Map(MACROS.map(({ name, servedBy }) => [name, [...servedBy].sort()]));
  const inCode = new Map(
    [...used]
      .filter(([name]) => name.startsWith("use_"))
      .map(([name, names]) => [name.slice(4), names.filter((entry) => !OWN.has(entry))]),
  );
  assert.deepEqual([...inCode.keys()].sort(), [...inTable.keys()].sort());
  for (const [name, names] of inCode) assert.deepEqual(inTable.get(name), names, name);
});
