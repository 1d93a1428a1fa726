// A module file, read for the commands that only look at it.

import { readFileSync } from "node:fs";
import { KpiError } from "../error.ts";
import { readObject, type WasmObject } from "../loader/object.ts";
import { ObjectError } from "../loader/reader.ts";

export function readModule(file: string): WasmObject {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new KpiError(`${file}: cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  try {
    return readObject(bytes);
  } catch (error) {
    if (error instanceof ObjectError) throw new KpiError(`${file}: ${error.message}`);
    throw error;
  }
}
