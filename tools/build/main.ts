// Builds the core as a program: `main.ts` both flavours, with the size table when one was stale; `main.ts FLAVOUR` one.

import { KpiError } from "../../host/error.ts";
import { FLAVOURS } from "../../host/flavour.ts";
import { buildCore } from "./core.ts";
import { buildFlavours, sizeTable } from "./flavours.ts";

try {
  const flavour = FLAVOURS.find((name) => name === process.argv[2]);
  if (flavour) {
    await buildCore(flavour);
  } else {
    const images = await buildFlavours(true);
    if (images.some(({ built }) => built)) for (const line of sizeTable(images)) console.error(line);
  }
} catch (error) {
  if (!(error instanceof KpiError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
