// Sources and headers that the kernel makes with programs of its own while it is built; here TypeScript makes them.
// They lie in the cache under their places in the tree, where Kbuild's object folder would have them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KernelConfig } from "../config.ts";
import { crc32table, crc64table } from "./crc.ts";
import { oidRegistry } from "./oid.ts";
import { raid6tables, unroll, UNROLLED } from "./raid6.ts";

/** Bits that lib/crc32.c takes at a time: what lib/crc32defs.h makes of the configuration of a 32-bit kernel. */
function crc32Bits(config: KernelConfig): number {
  const bits = { SLICEBY8: 64, SLICEBY4: 32, SARWATE: 8, BIT: 1 };
  const chosen = Object.entries(bits).find(([name]) => config.has(`CONFIG_CRC32_${name}`));
  return chosen?.[1] ?? bits.SLICEBY4;
}

/** Every generated source of a tree: place in the tree to text. A tree that has not what one is made of goes without. */
export function generatedSources(tree: string, config: KernelConfig): Map<string, string> {
  const from = (path: string, make: (text: string) => [string, string][]): [string, string][] => {
    const file = join(tree, path);
    return existsSync(file) ? make(readFileSync(file, "utf8")) : [];
  };
  return new Map([
    ["lib/crc32table.h", crc32table(crc32Bits(config))],
    ["lib/crc64table.h", crc64table()],
    ["lib/raid6/tables.c", raid6tables()],
    ...from("lib/raid6/int.uc", (text) => UNROLLED.map((count) => [`lib/raid6/int${count}.c`, unroll(text, count)])),
    ...from("include/linux/oid_registry.h", (text) => [["lib/oid_registry_data.c", oidRegistry(text)]]),
  ]);
}
