// Where each function of a wasm image begins and ends, so that a report can say function+0x1a/0x7c as a kernel does.
// Images are remembered as they are, and read only when there is something to report.

import { Reader } from "../loader/reader.ts";

interface Extent {
  start: number;
  end: number;
}

/** Extents by function index; imported functions have none. */
function extents(image: Uint8Array): Map<number, Extent> {
  const found = new Map<number, Extent>();
  let imported = 0;
  const r = new Reader(image, 8);
  while (r.more) {
    const id = r.u8();
    const body = r.sub(r.u32());
    if (id === 2) {
      imported = countFunctionImports(body);
    } else if (id === 10) {
      let index = imported;
      body.vector((v) => {
        const size = v.u32();
        found.set(index++, { start: v.at, end: v.at + size });
        v.take(size);
      });
    }
  }
  return found;
}

function countFunctionImports(body: Reader): number {
  let functions = 0;
  const limits = (): void => {
    if (body.u8() & 1) body.u32();
    body.u32();
  };
  body.vector((v) => {
    v.name();
    v.name();
    const kind = v.u8();
    if (kind === 0) {
      functions++;
      v.u32();
    } else if (kind === 3) {
      v.take(2);
    } else {
      if (kind === 1) v.u8();
      limits();
    }
  });
  return functions;
}

export class CodeMap {
  #images = new Map<string, Uint8Array>();
  #extents = new Map<string, Map<number, Extent>>();
  #helpers = new Map<string, number>();

  /** Remembers the image that stack traces call `name`; its functions from `helpers` on are of no interest. */
  add(name: string, image: Uint8Array, helpers = Infinity): void {
    this.#images.set(name, image);
    this.#extents.delete(name);
    this.#helpers.set(name, helpers);
  }

  /** Whether a function of that image is one that the loader has put in. */
  isHelper(name: string, index: number): boolean {
    return index >= (this.#helpers.get(name) ?? Infinity);
  }

  /** "+0x1a/0x7c" for a position in the image, or the position itself if the image is not known. */
  place(name: string, index: number, position: number): string {
    const image = this.#images.get(name);
    if (image && !this.#extents.has(name)) this.#extents.set(name, extents(image));
    const extent = this.#extents.get(name)?.get(index);
    if (!extent) return `+0x${position.toString(16)}`;
    return `+0x${(position - extent.start).toString(16)}/0x${(extent.end - extent.start).toString(16)}`;
  }
}
