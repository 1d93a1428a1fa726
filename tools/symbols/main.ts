// `npm run symbols`: writes docs/symbols.md and build/symbols.json, and says which symbols lack a doc comment or a part
// of it. `npm run symbols check` only says.

import { readFileSync } from "node:fs";
import { KpiError } from "../../host/error.ts";
import { buildCore } from "../build/core.ts";
import { readImage } from "../build/image.ts";
import { docsFile, writeDocs, writeSymbolsJson } from "./generate.ts";
import { collectRows } from "./rows.ts";

async function main(command: string | undefined): Promise<number> {
  if (command !== undefined && command !== "check") throw new KpiError("usage: npm run symbols [check]", 2);
  const core = await buildCore("debug", true);
  const image = readImage(readFileSync(core.file));
  let faults: string[];
  if (command === "check") {
    faults = collectRows(image).faults;
  } else {
    writeSymbolsJson(image);
    faults = writeDocs(image);
    console.log(`wrote ${docsFile}`);
  }
  for (const fault of faults) console.error(fault);
  return faults.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv[2]);
} catch (error) {
  if (!(error instanceof KpiError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
