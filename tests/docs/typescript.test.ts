// docs/typescript.md: its driver builds and does what it says.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { boot, untimed } from "../run/harness.ts";

test("the driver on the page", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "kpi-page-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const page = readFileSync(join(repoRoot, "docs/typescript.md"), "utf8");
  const source = join(dir, "hello.ts");
  writeFileSync(source, /```ts\n([^]*?)```/.exec(page)![1]!);
  await buildModules({ sources: [source], out: dir });
  const { system, run, lines } = await boot([]);
  await run(`insmod ${join(dir, "hello.ko")} greeted=3`);
  await run("sleep 2; rmmod hello");
  assert.equal(untimed(lines.at(-1)!), "greeted 3 times");
  await system.shutdown();
});
