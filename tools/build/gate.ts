// What an image of the core must not hold (DESIGN.md 7): anything that would make state per instance, reset it when a
// second CPU instantiates, make JavaScript garbage, or pull in asc's managed runtime.

import * as map from "../../assembly/arch/wasm/memory.ts";
import type { WasmImage } from "./image.ts";

/** The only mutable global that an image may define: which CPU the instance is. */
const CPU_GLOBAL = "assembly/arch/wasm/cpu/cpu_id";

/** The faults of an image, in words; empty: it may be used. */
export function gate(image: WasmImage): string[] {
  const faults: string[] = [];
  for (const entry of image.imports) {
    if (entry.module === "env" && entry.kind === "function") faults.push(`it imports env.${entry.name}: asc's runtime crept in`);
    if (entry.module === "host" && entry.signature && [...entry.signature.params, ...entry.signature.results].includes("i64")) {
      faults.push(`host import ${entry.name} passes an i64, which is a BigInt in JavaScript: pass it through memory`);
    }
  }
  for (const name of image.functionNames.values()) {
    if (name.startsWith("~lib/rt") || name.endsWith("__new")) faults.push(`it holds ${name}: a managed object crept in`);
  }
  for (const { name, mutable } of image.globals) {
    if (mutable && name !== CPU_GLOBAL) faults.push(`global ${name} is mutable, so each CPU would have its own: use memory.data`);
  }
  const outside = image.data.filter(({ address, bytes }) => address < map.CORE_DATA || address + bytes.length > map.ARENA);
  if (outside.length > 0) {
    const place = `0x${map.CORE_DATA.toString(16)} to 0x${map.ARENA.toString(16)}`;
    faults.push(`${outside.length} constants lie outside the core's part of the memory map, ${place}`);
  }
  return faults;
}
