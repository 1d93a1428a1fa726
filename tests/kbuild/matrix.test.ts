// The reference modules build unmodified, without a word from the compiler: all of them with this machine's compiler,
// some with the npm package (tests/soak/kbuild.soak.ts has the rest).
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { buildModules } from "../../tools/kbuild/build.ts";
import { compilerNamed, findCompiler } from "../../tools/kbuild/compiler.ts";
import { buildMatrix, type MatrixResult } from "../../tools/kbuild/matrix/build.ts";
import { referenceRows } from "../../tools/kbuild/matrix/rows.ts";

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "kpi-test-"));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("every reference module", async (context) => {
  const results = await buildMatrix(referenceRows, await findCompiler(), folder(context));
  for (const result of results) {
    assert.ok(!("error" in result), `${result.module}: ${"error" in result && result.error}`);
    assert.equal(result.warnings, "", result.module);
  }
  const built = new Map((results as MatrixResult[]).map((result) => [result.module, result]));
  assert.equal(built.size, 23);
  assert.equal(built.get("e1000")!.files, 4);
  assert.equal(built.get("virtio_pci")!.files, 3);
  assert.ok(built.get("mii")!.exported.includes("mii_ethtool_sset"));
  assert.ok(built.get("8139cp")!.wanted.includes("mii_check_media"));
});

test("with @yowasp/clang: crc32 with its generated table, a driver, a test that includes a header by ..", async (context) => {
  const rows = referenceRows.filter(({ module }) => ["crc32", "mii", "virtio-rng", "test_printf"].includes(module));
  const results = await buildMatrix(rows, await compilerNamed("yowasp"), folder(context));
  assert.equal(results.length, 4);
  for (const result of results) {
    assert.ok(!("error" in result), `${result.module}: ${"error" in result && result.error}`);
    assert.equal(result.warnings, "", result.module);
  }
});

test("with @yowasp/clang: the scan of casts", async (context) => {
  let said = "";
  await buildModules({
    sources: [join(import.meta.dirname, "wrong-casts.c")],
    out: folder(context),
    compiler: await compilerNamed("yowasp"),
    events: { warning: (text) => (said += text) },
  });
  assert.equal(said.match(/but is cast to .*: a call of it would trap/g)?.length, 7);
});
