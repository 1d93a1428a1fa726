// The name section apart from the image. Function names are a third of a compact image and only reports want them, so
// kpi.wasm goes without, and kpi.wasm.names holds the section for hosts that print stack traces.

import { Reader } from "../../host/loader/reader.ts";

/** The image without its name section, and the section, header and all. Appended again, it makes the image whole. */
export function splitNames(image: Uint8Array): { code: Uint8Array; names: Uint8Array } {
  const r = new Reader(image, 8);
  while (r.more) {
    const start = r.at;
    const id = r.u8();
    const body = r.sub(r.u32());
    if (id !== 0 || body.name() !== "name") continue;
    const code = Buffer.concat([image.subarray(0, start), image.subarray(r.at)]);
    return { code, names: image.subarray(start, r.at) };
  }
  return { code: image, names: new Uint8Array() };
}
