// The release flavour has none of the code that the debug flavour checks and tracks with.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { buildFlavours } from "../../tools/build/flavours.ts";
import { readImage, type WasmImage } from "../../tools/build/image.ts";

const [debug, release] = (await buildFlavours()).map(({ file }) => ({
  bytes: readFileSync(file),
  image: readImage(Buffer.concat([readFileSync(file), readFileSync(`${file}.names`)])),
}));

const hasFunction = ({ functionNames }: WasmImage, name: RegExp): boolean =>
  [...functionNames.values()].some((own) => name.test(own));

/** Words of each detector. */
const WORDS = [
  "sleeping function called from invalid context",
  "leaked lock or atomic",
  "preempt leak",
  "kmemleak: ",
  "allocinfo - version",
  "Redzone overwritten",
  "Poison overwritten",
  " in %pS age=",
  "possible circular locking dependency",
  "bad unlock balance",
  "circular locking deadlock",
  "still has locks held!",
  ", debug",
];

for (const word of WORDS) {
  test(`"${word}" is in the debug image only`, () => {
    assert.ok(debug.bytes.includes(word));
    assert.ok(!release.bytes.includes(word));
  });
}

test("nor does it have their functions, or ask the host for what they need", () => {
  const tracking =
    /^assembly\/mm\/debug\/|^assembly\/kernel\/debug\/(callback|stacktrace)\/|\/might_sleep\/|\/locking\/(held\/(?!lock_is_contended)|deadlock\/|lockdep\/(?!maps\/|fs_reclaim\/))/;
  assert.ok(hasFunction(debug.image, tracking));
  assert.ok(
    !hasFunction(release.image, tracking),
    `${[...release.image.functionNames.values()].find((n) => tracking.test(n))}`,
  );
  const asks = ({ imports }: WasmImage): boolean => imports.some(({ name }) => name === "task_backtrace");
  assert.ok(asks(debug.image) && !asks(release.image));
});

test("which shows in its size", () => {
  assert.ok(release.image.codeBytes < debug.image.codeBytes * 0.97);
  assert.ok(release.bytes.length < debug.bytes.length * 0.97);
});
