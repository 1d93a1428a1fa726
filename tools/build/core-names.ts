// The names that the core has for modules.
import { readFileSync } from "node:fs";
import { buildCore } from "./core.ts";
import { readImage } from "./image.ts";

/** The core's exports; `show`: what it takes to build the core is shown. */
export async function coreNames(show = false): Promise<ReadonlySet<string>> {
  const { file } = await buildCore("debug", show);
  return new Set(readImage(readFileSync(file)).exports.map(({ name }) => name));
}
