// What the rows are written to: build/symbols.json, which `kpi` reads at run time, and docs/symbols.md, which is
// committed.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { symbolsFile } from "../../host/symbols/index.ts";
import { MACROS } from "../../host/symbols/macros.ts";
import type { WasmImage } from "../build/image.ts";
import { writeWhole } from "../kbuild/cache.ts";
import { repoRoot } from "../setup/paths.mjs";
import { symbolsMarkdown } from "./markdown.ts";
import { collectRows } from "./rows.ts";

export const docsFile = join(repoRoot, "docs", "symbols.md");

/** Writes build/symbols.json; the build of the core does. */
export function writeSymbolsJson(image: WasmImage): void {
  writeWhole(symbolsFile, `${JSON.stringify({ symbols: collectRows(image).rows }, null, 1)}\n`);
}

/** Writes docs/symbols.md. Returns what is wrong with the symbols. */
export function writeDocs(image: WasmImage): string[] {
  const { rows, faults } = collectRows(image);
  mkdirSync(dirname(docsFile), { recursive: true });
  writeFileSync(docsFile, symbolsMarkdown(rows, MACROS));
  return faults;
}
