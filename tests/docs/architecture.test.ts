// ARCHITECTURE.md names files and functions: they exist.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "../../tools/setup/paths.mjs";

const page = readFileSync(join(repoRoot, "ARCHITECTURE.md"), "utf8");

/** Whether a source defines a function or method of that name: with a body, or as an import of the core's. */
function defines(source: string, name: string): boolean {
  const escaped = name.replace(/[#$]/g, "\\$&");
  return new RegExp(
    `^ *((export )?(async )?function |export declare function |async )?${escaped}(\\(|: \\()`,
    "m",
  ).test(source);
}

test("each row's file exists and defines the functions that the row begins its sentences with", () => {
  const rows = [...page.matchAll(/^\| `([^`]+\.ts)` \| (.*) \|$/gm)];
  assert.ok(rows.length > 30);
  for (const [, file, text] of rows) {
    assert.ok(existsSync(join(repoRoot, file!)), file);
    const source = readFileSync(join(repoRoot, file!), "utf8");
    for (const [, name] of text!.matchAll(/`([^`.]+)`/g))
      assert.ok(defines(source, name!), `${file} does not define ${name}`);
  }
});

test("it fits on a page or two", () => {
  assert.ok(page.split("\n").length < 120);
});
