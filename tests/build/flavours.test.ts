// The two images of the core: modules that link with one link with the other.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { buildFlavours, sizeTable } from "../../tools/build/flavours.ts";
import { ARENA } from "../../assembly/arch/wasm/memory.ts";
import { extentFaults, flavourFaults } from "../../tools/build/gate.ts";
import { readImage } from "../../tools/build/image.ts";

const images = await buildFlavours();
const [debug, release] = images.map(({ file }) => readImage(readFileSync(file)));

test("both flavours export the same names with the same types", () => {
  assert.ok(debug.exports.length > 1000);
  assert.deepEqual(flavourFaults(debug, release), []);
});

test("an export that differs is named", () => {
  const without = { ...release, exports: release.exports.filter(({ name }) => name !== "kfree") };
  assert.deepEqual(flavourFaults(debug, without), ["kfree is exported by the debug flavour only"]);
  assert.deepEqual(flavourFaults(without, debug), ["kfree is exported by the release flavour only"]);
  const other = release.exports.map((entry) =>
    entry.name === "kfree" ? { ...entry, signature: { params: ["i64"], results: [] } } : entry,
  );
  assert.deepEqual(flavourFaults(debug, { ...release, exports: other }), [
    "kfree has another type in the release flavour",
  ]);
});

test("static data that runs into the allocator's RAM is refused, in one line", () => {
  assert.deepEqual(extentFaults(ARENA), []);
  assert.deepEqual(extentFaults(ARENA + 16), [
    "the core's constants and bss end at 0x140010, 16 bytes inside the allocator's RAM: " +
      "raise ARENA, 0x140000, in assembly/arch/wasm/memory.ts",
  ]);
});

test("the size table has a line for each", () => {
  const [heading, ...rows] = sizeTable(images);
  assert.match(heading, /^flavour +bytes +gzip -9 +code +constants +segments +exports$/);
  assert.deepEqual(
    rows.map((row) => row.split(/ +/)[0]),
    ["debug", "release"],
  );
  for (const row of rows) assert.equal(row.length, heading.length);
});
