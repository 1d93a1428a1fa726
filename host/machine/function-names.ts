// The names of an image's functions, also of those that it does not export: its name section, read when first asked.

import { Reader } from "../loader/reader.ts";

/** The subsection of function names. */
const FUNCTIONS = 1;

export class FunctionNames {
  readonly #module: WebAssembly.Module;
  #names: Map<number, string> | undefined;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** The name of a function that a table or the exports of the instance gave: asc's "assembly/mm/slub/kfree" is
   *  "kfree"; undefined if the image came without names. */
  of(value: Function): string | undefined {
    this.#names ??= this.#read();
    // The JavaScript API has every such function called by its index.
    const name = this.#names.get(Number(value.name));
    return name?.slice(name.lastIndexOf("/") + 1);
  }

  #read(): Map<number, string> {
    const names = new Map<number, string>();
    for (const section of WebAssembly.Module.customSections(this.#module, "name")) {
      const r = new Reader(new Uint8Array(section));
      while (r.more) {
        const id = r.u8();
        const body = r.sub(r.u32());
        if (id === FUNCTIONS) body.vector((v) => void names.set(v.u32(), v.name()));
      }
    }
    return names;
  }
}
