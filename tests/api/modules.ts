// Modules for the tests of the package's interface, built into a folder of their own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { buildModules } from "../../host/index.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";

export const modules = mkdtempSync(join(tmpdir(), "kpi-api-"));
after(() => rmSync(modules, { recursive: true, force: true }));

const fixtures = ["params", "trap_init", "trap_where", "fail_init", "leaky"].map((name) =>
  join(repoRoot, `tests/fixtures/${name}.c`),
);
await buildModules(["drivers/net/mii.c", "drivers/net/ethernet/realtek/8139cp.c", ...fixtures], { out: modules });
