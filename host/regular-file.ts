// Reads what a user names as a file, whatever the name stands for: a device or a pipe would never end.

import { readFileSync, statSync } from "node:fs";
import { systemErrorText } from "./errno.ts";
import { KpiError } from "./error.ts";

/** More than any module or Makefile, and less than what would get in the way. */
const SIZE_MAX = 64 << 20;

/** The bytes of a file. A KpiError says only why not: who reads knows how to begin the line. */
export function readRegularFile(file: string): Uint8Array {
  try {
    const found = statSync(file);
    if (!found.isFile() && !found.isDirectory()) throw new KpiError("Not a regular file");
    if (found.size > SIZE_MAX) throw new KpiError("File too large");
    return readFileSync(file);
  } catch (error) {
    if (error instanceof KpiError) throw error;
    throw new KpiError(systemErrorText(error), 1, (error as NodeJS.ErrnoException).code);
  }
}
