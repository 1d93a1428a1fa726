// The real core: every export is documented, docs/symbols.md is what would be generated, and the 67 names resolve.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isSupported, loadSymbols, resolve, symbols } from "../../host/symbols/index.ts";
import { MACROS } from "../../host/symbols/macros.ts";
import { buildCore } from "../../tools/build/core.ts";
import { readImage } from "../../tools/build/image.ts";
import { docsFile } from "../../tools/symbols/generate.ts";
import { symbolsMarkdown } from "../../tools/symbols/markdown.ts";
import { collectRows } from "../../tools/symbols/rows.ts";
import { SURFACE } from "./surface.ts";

const { file } = await buildCore();
const { rows, faults } = collectRows(readImage(readFileSync(file)));

test("every export has a doc comment with header, text and context", () => {
  assert.deepEqual(faults, []);
});

test("docs/symbols.md is up to date (npm run symbols)", () => {
  assert.ok(readFileSync(docsFile, "utf8") === symbolsMarkdown(rows, MACROS), "run: npm run symbols");
});

test("build/symbols.json has the same rows", () => {
  assert.deepEqual(loadSymbols().symbols(), rows);
  assert.equal(symbols().length, rows.length);
});

test("parameters in the source are those of the image", () => {
  for (const { name, kind, params, arity } of rows) if (kind === "function") assert.equal(params.length, arity, name);
});

test("each of the 67 names resolves to functions of the core", () => {
  assert.equal(new Set(SURFACE).size, 67);
  for (const name of SURFACE) {
    const found = resolve(name);
    assert.ok(found, `${name} does not resolve`);
    assert.deepEqual(found.missing, [], `${name} lacks symbols`);
    assert.ok(isSupported(name));
    const own = found.servedBy.find((entry) => entry.name === name);
    assert.equal(own?.kind, "function", `${name} is not callable without the kernel's headers`);
  }
  assert.equal(SURFACE.filter((name) => resolve(name)?.kind === "macro").length, 35);
});

test("every macro in the table can link", () => {
  const lacking = MACROS.filter(({ name }) => !isSupported(name)).map(
    ({ name }) => `${name}: ${resolve(name)?.missing.join(" ")}`,
  );
  assert.deepEqual(lacking, []);
});
