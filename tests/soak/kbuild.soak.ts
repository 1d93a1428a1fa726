// What takes minutes to compile: every reference module with @yowasp/clang, and a wide sample of the kernel's drivers,
// every configured module of some folders, with this machine's compiler.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { KpiError } from "../../host/error.ts";
import { compilerNamed, findCompiler } from "../../tools/kbuild/compiler.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import { buildMatrix } from "../../tools/kbuild/matrix/build.ts";
import { referenceRows } from "../../tools/kbuild/matrix/rows.ts";
import { makePlans } from "../../tools/kbuild/plan.ts";

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "kpi-test-"));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("every reference module with @yowasp/clang", async (context) => {
  for (const result of await buildMatrix(referenceRows, await compilerNamed("yowasp"), folder(context))) {
    assert.ok(!("error" in result), `${result.module}: ${"error" in result && result.error}`);
    assert.equal(result.warnings, "", result.module);
  }
});

const FOLDERS = [
  "drivers/virtio",
  "drivers/watchdog",
  "drivers/char/hw_random",
  "drivers/net/phy",
  "lib",
  ...[
    "3com",
    "8390",
    "adaptec",
    "agere",
    "amd",
    "atheros/atlx",
    "broadcom",
    "cisco/enic",
    "dec/tulip",
    "dlink",
    "intel/igbvf",
  ],
  ...[
    "intel/e1000e",
    "marvell",
    "micrel",
    "natsemi",
    "neterion",
    "nvidia",
    "packetengines",
    "qlogic",
    "rdc",
    "realtek",
  ],
  ...["sis", "smsc", "silan", "sun", "tehuti", "via"],
].map((name) => (/^(drivers|lib)\b/.test(name) ? name : `drivers/net/ethernet/${name}`));

/** What Debian builds for a mipsel kernel and we cannot: it includes headers of subsystems that set-up leaves out. */
const FOREIGN = new Set(["cnic"]);

test("a wide sample of drivers: each configured module of many folders", async (context) => {
  const env = await prepareTree();
  const rows = FOLDERS.flatMap((place) => {
    try {
      return makePlans(env, [place]).map(({ name }) => ({ folder: place, module: name }));
    } catch (error) {
      if (error instanceof KpiError && /no module/.test(error.message)) return [];
      throw error;
    }
  });
  const wanted = rows.filter(({ module }) => !FOREIGN.has(module));
  assert.ok(wanted.length > 100);
  const results = await buildMatrix(wanted, await findCompiler(), folder(context));
  const failures = results.flatMap((result) => ("error" in result ? [`${result.module}: ${result.error}`] : []));
  assert.deepEqual(failures, []);
});
