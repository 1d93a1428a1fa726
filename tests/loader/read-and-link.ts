// The way of a module's bytes through the loader, without a machine.

import { link } from "../../host/loader/link.ts";
import { ModInfo } from "../../host/loader/modinfo.ts";
import { readObject } from "../../host/loader/object.ts";
import { writeImage } from "../../host/loader/writer.ts";
import { checkError } from "../fuzz/invariants.ts";

/** Reads, relocates and writes a module as if all it wants were there. True: it could be loaded; false: it was refused as
 *  a user may see it. */
export function readAndLink(bytes: Uint8Array): boolean {
  try {
    const object = readObject(bytes);
    ModInfo.of(object);
    const linked = link(object, {
      segments: object.segments.map((_, i) => 0x10000 + i * 4096),
      dataAddress: () => 8,
      tableSlot: () => 4096,
    });
    writeImage(object, { name: "m", code: linked.code, exports: new Map(), tableBase: 4096, elements: [] });
    return true;
  } catch (error) {
    checkError(error);
    return false;
  }
}
