// What an image of the core must not hold (DESIGN.md 7): anything that would make state per instance, reset it when a
// second CPU instantiates, make JavaScript garbage, or pull in asc's managed runtime.

import * as map from "../../assembly/arch/wasm/memory.ts";
import type { WasmImage } from "./image.ts";

/** The only mutable global that an image may define: the block of the CPU that the instance is. */
const CPU_GLOBAL = "assembly/arch/wasm/cpu/cpu_block";

/** The faults of an image, in words; empty: it may be used. */
export function gate(image: WasmImage): string[] {
  const faults: string[] = [];
  for (const entry of image.imports) {
    if (entry.module === "env" && entry.kind === "function")
      faults.push(`it imports env.${entry.name}: asc's runtime crept in`);
    if (
      entry.module === "host" &&
      entry.signature &&
      [...entry.signature.params, ...entry.signature.results].includes("i64")
    ) {
      faults.push(`host import ${entry.name} passes an i64, which is a BigInt in JavaScript: pass it through memory`);
    }
  }
  for (const name of image.functionNames.values()) {
    if (name.startsWith("~lib/rt") || name.endsWith("__new"))
      faults.push(`it holds ${name}: a managed object crept in`);
  }
  for (const { name, mutable } of image.globals) {
    if (mutable && name !== CPU_GLOBAL)
      faults.push(`global ${name} is mutable, so each CPU would have its own: use memory.data`);
  }
  const outside = image.data.filter(
    ({ address, bytes }) => address < map.CORE_DATA || address + bytes.length > map.IOMMU_TABLE,
  );
  if (outside.length > 0) {
    const place = `0x${map.CORE_DATA.toString(16)} to 0x${map.IOMMU_TABLE.toString(16)}`;
    faults.push(`${outside.length} constants lie outside the core's part of the memory map, ${place}`);
  }
  return faults;
}

/** What is wrong with static data that ends at `end`; empty: it has its place. */
export function extentFaults(end: number): string[] {
  if (end <= map.ARENA) return [];
  const over = end - map.ARENA;
  return [
    `the core's constants and bss end at 0x${end.toString(16)}, ${over} bytes inside the allocator's RAM: ` +
      `raise ARENA, 0x${map.ARENA.toString(16)}, in assembly/arch/wasm/memory.ts`,
  ];
}

/** How the exports of two flavours differ, in words; empty: a module that links with one links with the other. */
export function flavourFaults(debug: WasmImage, release: WasmImage): string[] {
  const text = ({ exports }: WasmImage): Map<string, string> =>
    new Map(exports.map(({ name, kind, signature }) => [name, JSON.stringify([kind, signature])]));
  const [inDebug, inRelease] = [text(debug), text(release)];
  return [...new Set([...inDebug.keys(), ...inRelease.keys()])].flatMap((name) => {
    if (!inRelease.has(name)) return [`${name} is exported by the debug flavour only`];
    if (!inDebug.has(name)) return [`${name} is exported by the release flavour only`];
    return inDebug.get(name) === inRelease.get(name) ? [] : [`${name} has another type in the release flavour`];
  });
}
