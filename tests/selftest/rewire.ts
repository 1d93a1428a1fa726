// A module that gets other functions than it asks for: names in the import section of its object are replaced.

import { Reader } from "../../host/loader/reader.ts";
import { Writer } from "../../host/loader/writer.ts";

const HEADER_BYTES = 8;
const IMPORTS = 2;
const FUNCTION = "\0";

/** An import of a function, as it stands in the section. */
const entry = (name: string): string => `\x03env${String.fromCharCode(name.length)}${name}${FUNCTION}`;

export function rewired(object: Uint8Array, names: Readonly<Record<string, string>>): Uint8Array {
  const reader = new Reader(object, HEADER_BYTES);
  const out = new Writer().raw(object.subarray(0, HEADER_BYTES));
  while (reader.more) {
    const id = reader.u8();
    const end = reader.u32() + reader.at;
    let body = Buffer.from(object.subarray(reader.at, end)).toString("latin1");
    reader.at = end;
    for (const [name, other] of id === IMPORTS ? Object.entries(names) : []) {
      if (!body.includes(entry(name))) throw new Error(`the module does not import ${name}`);
      body = body.replace(entry(name), () => entry(other));
    }
    out.u8(id).counted(Buffer.from(body, "latin1"));
  }
  return Uint8Array.from(out.bytes);
}
