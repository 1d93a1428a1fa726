// A module file, read for the commands that only look at it.

import { KpiError } from "../error.ts";
import { readRegularFile } from "../regular-file.ts";
import { readObject, type WasmObject } from "./object.ts";
import { ObjectError } from "./reader.ts";

export function readModule(file: string): WasmObject {
  let bytes: Uint8Array;
  try {
    bytes = readRegularFile(file);
  } catch (error) {
    throw new KpiError(`${file}: ${(error as KpiError).message}`);
  }
  try {
    return readObject(bytes);
  } catch (error) {
    if (error instanceof ObjectError) throw new KpiError(`${file}: ${error.message}`);
    throw error;
  }
}
