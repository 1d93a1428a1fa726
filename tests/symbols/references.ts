// What each function of an object refers to outside the object, directly or through the object's own functions and
// data.

import {
  SYMBOL_DATA,
  SYMBOL_FUNCTION,
  type ObjectSymbol,
  type Relocation,
  type WasmObject,
} from "../../host/loader/object.ts";
import { Reader } from "../../host/loader/reader.ts";

/** Relocations that name a function or data; the others name types, globals and tables. */
const NAMES_SYMBOL = new Set([0, 1, 2, 3, 4, 5]);

/** Start and end of each defined function in the code section's payload. */
function extents(code: Uint8Array): [number, number][] {
  return new Reader(code).vector((r): [number, number] => {
    const size = r.u32();
    const start = r.at;
    r.take(size);
    return [start, r.at];
  });
}

function within(relocations: Relocation[], start: number, end: number): Relocation[] {
  return relocations.filter(({ type, offset }) => offset >= start && offset < end && NAMES_SYMBOL.has(type));
}

/** Undefined names by the name of the function that needs them, sorted. */
export function references(object: WasmObject): Map<string, string[]> {
  const functions = extents(object.code);
  const imported = object.imports.filter((entry) => entry.kind === "function").length;
  const direct = (symbol: ObjectSymbol): number[] => {
    if (symbol.kind === SYMBOL_FUNCTION) {
      const [start, end] = functions[symbol.index - imported];
      return within(object.codeRelocations, start, end).map((relocation) => relocation.symbol);
    }
    if (symbol.kind !== SYMBOL_DATA) return [];
    const start = object.segments[symbol.index].offset + symbol.offset;
    return within(object.dataRelocations, start, start + symbol.size).map((relocation) => relocation.symbol);
  };
  const reached = (root: number): string[] => {
    const seen = new Set([root]);
    const names = new Set<string>();
    for (const index of seen) {
      const symbol = object.symbols[index];
      if (symbol.undefined) names.add(symbol.name);
      else for (const next of direct(symbol)) seen.add(next);
    }
    return [...names].sort();
  };
  return new Map(
    object.symbols.flatMap((symbol, index) =>
      symbol.kind === SYMBOL_FUNCTION && !symbol.undefined ? [[symbol.name, reached(index)] as const] : [],
    ),
  );
}
