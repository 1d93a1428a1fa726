// The tree type-checks, and the check finds an error.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { typeErrors } from "../../tools/check/types.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";

test("host, boards, tools, tests and examples type-check", () => {
  assert.equal(typeErrors(), "");
});

test("a type error is found, with file and line", (t) => {
  const dir = mkdtempSync(join(repoRoot, "build/types-"));
  t.after(() => rmSync(dir, { recursive: true }));
  writeFileSync(
    join(dir, "wrong.ts"),
    'import { KpiError } from "../../host/error.ts";\nexport const e = new KpiError(1);\n',
  );
  writeFileSync(join(dir, "tsconfig.json"), '{ "extends": "../../tsconfig.json", "include": ["wrong.ts"] }');
  assert.match(typeErrors(dir), /wrong\.ts\(2,\d+\): error TS2345/);
});
