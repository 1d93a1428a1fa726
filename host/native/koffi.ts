// koffi, the foreign-function package, loaded when something first needs a call that Node does not have. It is an optional
// dependency with native code in it: where npm could not install it, or the machine is none that it was built for, all that
// needs no such call works.

import { createRequire } from "node:module";
import type { KoffiFunc, LibraryHandle } from "koffi";
import { KpiError } from "../error.ts";

export type Koffi = typeof import("koffi");
/** Whoever asks for it knows its arguments. */
export type NativeFunction = KoffiFunc<(...args: any[]) => any>;

/** The one line of whatever stands in the way. */
function why(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0]!;
}

let loaded: Koffi | undefined;

/** The package; `purpose` says what for: "board qemu". */
export function koffi(purpose: string): Koffi {
  try {
    loaded ??= createRequire(import.meta.url)("koffi") as Koffi;
  } catch (error) {
    throw new KpiError(`${purpose} needs the npm package koffi, which does not load here: ${why(error)}`);
  }
  return loaded;
}

/** Whether anything has needed it. */
export const koffiLoaded = (): boolean => loaded !== undefined;

let library: LibraryHandle | undefined;

/** A function of the C library, by its prototype. */
export function libcFunction(purpose: string, prototype: string): NativeFunction {
  library ??= koffi(purpose).load(null);
  return library.func(prototype);
}
