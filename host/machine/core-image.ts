// Reads the core's image for a host that prints stack traces: with the function names that its build put beside it.

import { existsSync, readFileSync } from "node:fs";

export function readCoreImage(file: string): Uint8Array<ArrayBuffer> {
  const code = readFileSync(file);
  const names = `${file}.names`;
  // A custom section may stand anywhere, so at the end too.
  return new Uint8Array(existsSync(names) ? Buffer.concat([code, readFileSync(names)]) : code);
}
