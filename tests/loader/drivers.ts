// The two real modules that the loader's tests read: Linux's mii and 8139cp, built once (from the cache if it has
// them).

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { buildModules } from "../../tools/kbuild/build.ts";

export const folder = mkdtempSync(join(tmpdir(), "kpi-drivers-"));
after(() => rmSync(folder, { recursive: true, force: true }));
await buildModules({ sources: ["drivers/net/mii.c", "drivers/net/ethernet/realtek/8139cp.c"], out: folder });

export const moduleFile = (name: string): string => join(folder, `${name}.ko`);
export const moduleBytes = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(moduleFile(name)));
