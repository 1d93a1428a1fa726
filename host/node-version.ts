// The first thing that the package's programs import: says in a line what would else fail in the middle of something.

import { KpiError } from "./error.ts";

if (typeof (WebAssembly as { promising?: unknown }).promising !== "function") {
  const remedy = "use the one that npm has installed with linuxkpi: npm test, or npx node --test";
  throw new KpiError(`linuxkpi needs Node 26 (JSPI), this is ${process.version}: ${remedy}`);
}
