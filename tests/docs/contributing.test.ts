// CONTRIBUTING.md and README.md show code and name files that are there.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import manifest from "../../package.json" with { type: "json" };
import { repoRoot } from "../../tools/setup/paths.mjs";

const text = (file: string): string => readFileSync(join(repoRoot, file), "utf8");
const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

test("the example symbol is the one in the tree, to the letter", () => {
  const snippet = /```ts\n([^]*?) *```/.exec(text("CONTRIBUTING.md"))![1]!.replace(/^ {3}/gm, "");
  assert.ok(text("assembly/lib/scatterlist.ts").includes(snippet));
  const line = /`(export \{ .*?)`/.exec(text("CONTRIBUTING.md"))![1]!;
  assert.ok(text("assembly/kpi.ts").includes(line));
});

test("every link leads to a file, every npm script that is named exists, and so does every test", () => {
  for (const page of pages) {
    for (const [, target] of text(page).matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      assert.ok(existsSync(join(repoRoot, target!)), `${page}: ${target}`);
    }
    for (const [, script] of text(page).matchAll(/\bnpm (?:run )?(start|test|(?<=run )[a-z-]+)/g)) {
      assert.ok(script! in manifest.scripts, `${page}: npm run ${script}`);
    }
    for (const [, path] of text(page).matchAll(/npm test -- (\S+)/g)) {
      const found =
        existsSync(join(repoRoot, path!)) ||
        existsSync(join(repoRoot, `${path}.test.ts`)) ||
        existsSync(join(repoRoot, `${path}.spec.ts`));
      assert.ok(found, `${page}: ${path}`);
    }
  }
});
