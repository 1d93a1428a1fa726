// Has a wasm module import something else, under another name: the rest of it stays as it is.

import { Reader } from "../../host/loader/reader.ts";
import { Writer } from "../../host/loader/writer.ts";

const HEADER_BYTES = 8;
const IMPORTS = 2;
const FUNCTION = 0;

export interface ImportName {
  module: string;
  name: string;
}

/** The description of an import, behind its names: only functions change theirs, so what others have is copied. */
function skip(reader: Reader, kind: number): void {
  if (kind === FUNCTION) return void reader.u32();
  if (kind === 3) return void reader.take(2); // a global: type and mutability
  if (kind === 1) reader.u8(); // a table: type and limits; a memory has limits alone
  const flags = reader.u8();
  reader.u32();
  if (flags & 1) reader.u32();
}

/** The module with its function imports under the names that `other` gives them; undefined: as they are. */
export function renameImports(wasm: Uint8Array, other: (name: ImportName) => ImportName | undefined): Uint8Array {
  const reader = new Reader(wasm, HEADER_BYTES);
  while (reader.more) {
    const start = reader.at;
    const id = reader.u8();
    const section = reader.sub(reader.u32());
    if (id !== IMPORTS) continue;
    const entries = section.vector((r) => {
      const own = { module: r.name(), name: r.name() };
      const at = r.at;
      const kind = r.u8();
      skip(r, kind);
      return { ...((kind === FUNCTION && other(own)) || own), rest: wasm.subarray(at, r.at) };
    });
    const body = new Writer();
    body.vector(entries, ({ module, name, rest }) => body.name(module).name(name).raw(rest));
    const renamed = Uint8Array.from(new Writer().u8(IMPORTS).counted(body.bytes).bytes);
    return Buffer.concat([wasm.subarray(0, start), renamed, wasm.subarray(reader.at)]);
  }
  return wasm;
}
