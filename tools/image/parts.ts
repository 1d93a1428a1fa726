// What of an image is whose: the core's, and each driver's.

import type { DataSegment } from "./data.ts";
import type { LinkedImage } from "./link.ts";
import type { NamedFunction } from "./names.ts";

export interface Part {
  /** Code, and data that is not zero. */
  flashBytes: number;
  /** Of linear memory: variables, zero or not. */
  ramBytes: number;
}

/** The core's part, then the drivers', in their order. `data`: all of the image's. What belongs to none
 *  of them (tables, the compiler's own functions) is in no part. */
export function partsOf(
  data: readonly DataSegment[],
  linked: LinkedImage,
  functions: readonly NamedFunction[],
): Part[] {
  const { drivers, scratch } = linked;
  const owner = new Map(drivers.map(({ name }, i) => [name, i + 1]));
  const parts = [scratch, ...drivers.map(({ bytes }) => bytes)].map((ramBytes): Part => ({ flashBytes: 0, ramBytes }));
  for (const { from, bytes } of functions) {
    // The core's paths are those of its files, the compiler's library among them.
    const part = parts[from === "" ? -1 : (owner.get(from) ?? 0)];
    if (part) part.flashBytes += bytes;
  }
  for (const { address, bytes } of data) {
    const i = drivers.findIndex(({ base, bytes: length }) => address >= base && address < base + length);
    parts[i + 1]!.flashBytes += bytes.length;
  }
  return parts;
}
