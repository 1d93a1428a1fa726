// Relocates an object to fixed addresses and table slots. Index spaces are kept one to one, so only addresses and
// slots are patched; clang pads every LEB to five bytes, so patching happens in place.

import { ObjectError } from "./reader.ts";
import { SYMBOL_DATA, SYMBOL_FUNCTION, type ObjectSymbol, type Relocation, type WasmObject } from "./object.ts";

export const FUNCTION_INDEX_LEB = 0;
export const TABLE_INDEX_SLEB = 1;
export const TABLE_INDEX_I32 = 2;
export const MEMORY_ADDR_LEB = 3;
export const MEMORY_ADDR_SLEB = 4;
export const MEMORY_ADDR_I32 = 5;
const TYPE_INDEX_LEB = 6;
const GLOBAL_INDEX_LEB = 7;
const TABLE_NUMBER_LEB = 20;

const UNPATCHED = new Set([FUNCTION_INDEX_LEB, TYPE_INDEX_LEB, GLOBAL_INDEX_LEB, TABLE_NUMBER_LEB]);

/** Where everything that a relocation can name lies. */
export interface Placement {
  /** Address of each segment. */
  segments: number[];
  /** Address of an undefined data symbol; weak and absent: 0. */
  dataAddress(symbol: ObjectSymbol): number;
  /** Table slot of a function symbol; weak and absent: 0. */
  tableSlot(symbol: ObjectSymbol): number;
}

export interface Linked {
  code: Uint8Array;
  segments: Uint8Array[];
}

/** The function symbols whose address the object takes, each once, by symbol index. */
export function addressTaken(object: WasmObject): number[] {
  const taken = new Set<number>();
  for (const relocation of [...object.codeRelocations, ...object.dataRelocations]) {
    if (relocation.type === TABLE_INDEX_SLEB || relocation.type === TABLE_INDEX_I32) taken.add(relocation.symbol);
  }
  return [...taken];
}

function value(relocation: Relocation, object: WasmObject, placement: Placement): number {
  const symbol = object.symbols[relocation.symbol];
  if (!symbol) throw new ObjectError(`a relocation names symbol ${relocation.symbol}, which does not exist`);
  const wantsFunction = relocation.type === TABLE_INDEX_SLEB || relocation.type === TABLE_INDEX_I32;
  if (symbol.kind !== (wantsFunction ? SYMBOL_FUNCTION : SYMBOL_DATA)) {
    throw new ObjectError(
      `a relocation of type ${relocation.type} names ${symbol.name || "a symbol"} of the wrong kind`,
    );
  }
  if (wantsFunction) return placement.tableSlot(symbol);
  if (symbol.undefined) return placement.dataAddress(symbol) + relocation.addend;
  const base = placement.segments[symbol.index];
  if (base === undefined)
    throw new ObjectError(`symbol ${symbol.name} lies in segment ${symbol.index}, which does not exist`);
  return base + symbol.offset + relocation.addend;
}

/** Patches a five-byte LEB128; the sign of an SLEB fills the fifth byte. */
export function patchLeb(bytes: Uint8Array, at: number, word: number, signed: boolean): void {
  for (let i = 0; i < 4; i++) {
    if ((bytes[at + i] & 0x80) === 0) throw new ObjectError("a relocated number is not padded to five bytes");
    bytes[at + i] = ((word >>> (7 * i)) & 0x7f) | 0x80;
  }
  bytes[at + 4] = signed ? (word >> 28) & 0x7f : word >>> 28;
}

function patch(bytes: Uint8Array, at: number, relocation: Relocation, word: number): void {
  const size = relocation.type === TABLE_INDEX_I32 || relocation.type === MEMORY_ADDR_I32 ? 4 : 5;
  if (at < 0 || at + size > bytes.length) throw new ObjectError("a relocation points outside its section");
  switch (relocation.type) {
    case MEMORY_ADDR_LEB:
      return patchLeb(bytes, at, word, false);
    case TABLE_INDEX_SLEB:
    case MEMORY_ADDR_SLEB:
      return patchLeb(bytes, at, word, true);
    default:
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, word, true);
  }
}

function checkType(relocation: Relocation): boolean {
  if (UNPATCHED.has(relocation.type)) return false;
  if (relocation.type >= TABLE_INDEX_SLEB && relocation.type <= MEMORY_ADDR_I32) return true;
  throw new ObjectError(`relocation type ${relocation.type} is not supported; build the module with kpi build`);
}

/** The last segment that begins at or before `offset` of the data section; -1 if none does. */
function segmentAt(object: WasmObject, offset: number): number {
  let [low, high] = [0, object.segments.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (object.segments[middle].offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Returns patched copies; the object stays as it was. */
export function link(object: WasmObject, placement: Placement): Linked {
  const code = object.code.slice();
  for (const relocation of object.codeRelocations) {
    if (checkType(relocation)) patch(code, relocation.offset, relocation, value(relocation, object, placement));
  }
  const segments = object.segments.map((segment) => segment.bytes.slice());
  for (const relocation of object.dataRelocations) {
    if (!checkType(relocation)) continue;
    const index = segmentAt(object, relocation.offset);
    if (index < 0) throw new ObjectError("a relocation points outside its section");
    const at = relocation.offset - object.segments[index].offset;
    patch(segments[index], at, relocation, value(relocation, object, placement));
  }
  return { code, segments };
}
