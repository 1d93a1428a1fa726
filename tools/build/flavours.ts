// Both flavours of the core at once, and what sets them apart in size.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { gzipSync } from "node:zlib";
import { KpiError } from "../../host/error.ts";
import { FLAVOURS } from "../../host/flavour.ts";
import { runNode26 } from "../setup/process.mjs";
import { progress } from "../setup/progress.mjs";
import { buildCore, look, type CoreImage } from "./core.ts";
import { flavourFaults } from "./gate.ts";
import { readImage } from "./image.ts";

/** What asc takes for one image, and some room for the rest of the machine. */
const BYTES_PER_BUILD = 2.2e9;

/** Builds what is stale, both flavours side by side where the machine has the memory, and compares their exports. */
export async function buildFlavours(show = false): Promise<CoreImage[]> {
  const { images, stale } = await look(FLAVOURS);
  const parallel = availableParallelism() > 1 && process.availableMemory() > BYTES_PER_BUILD * FLAVOURS.length;
  if (stale.length < FLAVOURS.length || !parallel) {
    for (const flavour of stale) await buildCore(flavour, show);
  } else {
    const line = show ? progress(`building the KPI core (${FLAVOURS.join(" and ")}) with asc`) : undefined;
    const [here, beside] = FLAVOURS;
    try {
      const child = runNode26([new URL("./main.ts", import.meta.url).pathname, beside]);
      // A core that does not compile says so once.
      const [, code] = await Promise.all([buildCore(here), child]);
      if (code !== 0) throw new KpiError(`the ${beside} flavour of the KPI core is not built`);
      line?.done();
    } catch (error) {
      line?.failed();
      throw error;
    }
  }
  if (stale.length > 0) {
    const [debug, release] = images.map(({ file }) => readImage(readFileSync(file)));
    const faults = flavourFaults(debug, release);
    if (faults.length > 0) throw new KpiError(`${faults.join("\n")}\nthe two flavours are not interchangeable`);
  }
  return images.map((image) => ({ ...image, built: stale.includes(image.flavour) }));
}

/** The size table: a line for each image, below a heading. */
export function sizeTable(images: readonly CoreImage[]): string[] {
  const heading = ["flavour", "bytes", "gzip -9", "code", "constants", "segments", "exports"];
  const rows = images.map(({ flavour, file }) => {
    const bytes = readFileSync(file);
    const { codeBytes, data, exports } = readImage(bytes);
    const constants = data.reduce((sum, segment) => sum + segment.bytes.length, 0);
    const gzipped = gzipSync(bytes, { level: 9 }).length;
    return [flavour, ...[bytes.length, gzipped, codeBytes, constants, data.length, exports.length].map(String)];
  });
  const widths = heading.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i].length)));
  return [heading, ...rows].map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  "),
  );
}
