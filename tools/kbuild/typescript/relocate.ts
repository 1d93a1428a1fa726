// asc writes linked images: addresses and table slots stand in the code as plain numbers. So a driver is compiled twice,
// for two places of its memory and its table. What moved with them is an address or a slot, and becomes a relocation;
// a number that changed in any other way was computed from an address at compile time, which is refused.
//
// A module's variables (`let` at top level) are wasm globals to asc. They become words in memory here: a global belongs
// to an instance, and module parameters point at memory.

import {
  FUNCTION_INDEX_LEB,
  MEMORY_ADDR_I32,
  MEMORY_ADDR_LEB,
  MEMORY_ADDR_SLEB,
  TABLE_INDEX_I32,
  TABLE_INDEX_SLEB,
} from "../../../host/loader/link.ts";
import { ObjectError, Reader } from "../../../host/loader/reader.ts";
import { Writer } from "../../../host/loader/writer.ts";
import { skipInstruction } from "../../build/instruction.ts";
import type { Compiled } from "./compiled.ts";
import type { Patch } from "./object.ts";

/** Where one of the two images was placed. */
export interface Bases {
  readonly memory: number;
  readonly table: number;
}

/** Numbers of both take five bytes as LEB128, signed and not, so that code has one length. */
export const FIRST: Bases = { memory: 0x10000000, table: 0x08000000 };
export const SECOND: Bases = { memory: 0x20010000, table: 0x0c000000 };

const MEMORY_DELTA = SECOND.memory - FIRST.memory;
const TABLE_DELTA = SECOND.table - FIRST.table;

const CALL = 0x10;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const FIRST_LOAD = 0x28;
const LAST_STORE = 0x3e;
const I32_CONST = 0x41;
const ATOMIC = 0xfe;
const ATOMIC_FENCE = 3;

/** By value type: the opcodes of load and store, and log2 of their alignment. */
const ACCESS: Record<number, readonly [load: number, store: number, log2: number]> = {
  0x7f: [0x28, 0x36, 2],
  0x7e: [0x29, 0x37, 3],
  0x7d: [0x2a, 0x38, 2],
  0x7c: [0x2b, 0x39, 3],
};

/** What addresses and indices of the images are in the object. */
export interface Target {
  /** Symbol and addend of an address of the first image. */
  address(value: number): { symbol: number; addend: number };
  /** Symbol of a function. */
  functionSymbol(index: number): number;
  /** An imported global: the stack pointer, or undefined data and its symbol. */
  importedGlobal(index: number): "stack pointer" | number;
  /** Symbol of the variable that was global `index`. */
  global(index: number): number;
}

/** Five bytes, for the loader to patch. */
function padded(out: Writer, value: number): void {
  for (let i = 0; i < 4; i++) out.u8(((value >>> (7 * i)) & 0x7f) | 0x80);
  out.u8(value >>> 28);
}

/** A number that the two images do not agree on. */
export class NotRelocatable extends Error {}

type Moved = "address" | "slot" | undefined;

/** How a number moved from the first image to the second. */
function moved(first: number, second: number): Moved {
  const delta = (second - first) | 0;
  if (delta === 0) return undefined;
  if (delta === MEMORY_DELTA) return "address";
  if (delta === TABLE_DELTA) return "slot";
  throw new NotRelocatable("computes with an address at compile time, which no relocation can express");
}

export class Relocator {
  readonly #image: Compiled;
  readonly #target: Target;

  constructor(image: Compiled, target: Target) {
    this.#image = image;
    this.#target = target;
  }

  #slotSymbol(slot: number): number {
    const index = this.#image.elements[slot - FIRST.table];
    if (index === undefined) throw new NotRelocatable("takes a table slot that no function has");
    return this.#target.functionSymbol(index);
  }

  /** The body of a function of `parameters` parameters. */
  body(first: Uint8Array, second: Uint8Array, parameters: number): { bytes: number[]; patches: Patch[] } {
    const a = new Reader(first);
    const b = new Reader(second);
    const groups = a.vector((r): [number, number] => [r.u32(), r.u8()]);
    b.vector((r) => [r.u32(), r.u8()]);
    const scratch = new Map<number, number>();
    let locals = parameters + groups.reduce((sum, [count]) => sum + count, 0);
    const code = new Writer();
    const patches: Patch[] = [];
    const patch = (type: number, symbol: number, addend?: number): void => {
      patches.push({ type, offset: code.bytes.length, symbol, ...(addend !== undefined && { addend }) });
      padded(code, 0);
    };
    /** `op` with an offset that is the address of variable `symbol`. */
    const access = (op: number, log2: number, symbol: number): void => {
      code.u8(op).u8(log2);
      patch(MEMORY_ADDR_LEB, symbol, 0);
    };
    while (a.more) {
      const start = a.at;
      const op = a.u8();
      if (b.u8() !== op) throw new ObjectError("asc has compiled the driver in two ways");
      if (op === CALL) {
        const index = a.u32();
        b.u32();
        code.u8(CALL);
        patches.push({
          type: FUNCTION_INDEX_LEB,
          offset: code.bytes.length,
          symbol: this.#target.functionSymbol(index),
        });
        padded(code, index);
      } else if (op === GLOBAL_GET || op === GLOBAL_SET) {
        this.#global(op, a.u32(), {
          code,
          patch,
          access,
          scratch: (type) => {
            if (!scratch.has(type)) scratch.set(type, locals++);
            return scratch.get(type)!;
          },
        });
        b.u32();
      } else if (op === I32_CONST) {
        const value = a.s32();
        const how = moved(value, b.s32());
        if (!how) {
          code.raw(first.subarray(start, a.at));
          continue;
        }
        code.u8(I32_CONST);
        if (how === "slot") patch(TABLE_INDEX_SLEB, this.#slotSymbol(value));
        else {
          const { symbol, addend } = this.#target.address(value);
          patch(MEMORY_ADDR_SLEB, symbol, addend);
        }
      } else if ((op >= FIRST_LOAD && op <= LAST_STORE) || op === ATOMIC) {
        let fence = false;
        if (op === ATOMIC) {
          fence = a.u32() === ATOMIC_FENCE;
          b.u32();
        }
        a.u32();
        b.u32();
        const before = a.at;
        const value = fence ? 0 : a.u32();
        const how = fence ? undefined : moved(value, b.u32());
        if (how === "slot") throw new NotRelocatable("reads memory at a table slot");
        if (!how) {
          code.raw(first.subarray(start, a.at));
          continue;
        }
        code.raw(first.subarray(start, before));
        const { symbol, addend } = this.#target.address(value);
        patch(MEMORY_ADDR_LEB, symbol, addend);
      } else {
        a.at = start;
        b.at--;
        const from = b.at;
        skipInstruction(a);
        skipInstruction(b);
        const bytes = first.subarray(start, a.at);
        if (Buffer.compare(bytes, second.subarray(from, b.at)) !== 0) moved(0, 1);
        code.raw(bytes);
      }
    }
    const head = new Writer();
    const all = [...groups, ...[...scratch.keys()].map((type): [number, number] => [1, type])];
    head.vector(all, ([count, type]) => head.u32(count).u8(type));
    const shift = head.bytes.length;
    return {
      bytes: [...head.bytes, ...code.bytes],
      patches: patches.map((entry) => ({ ...entry, offset: entry.offset + shift })),
    };
  }

  #global(
    op: number,
    index: number,
    {
      code,
      patch,
      access,
      scratch,
    }: {
      code: Writer;
      patch: (type: number, symbol: number, addend?: number) => void;
      access: (op: number, log2: number, symbol: number) => void;
      scratch: (type: number) => number;
    },
  ): void {
    const imported = this.#image.globalImports.length;
    if (index < imported) {
      const what = this.#target.importedGlobal(index);
      if (what === "stack pointer") code.u8(op).u32(0);
      else {
        code.u8(I32_CONST);
        patch(MEMORY_ADDR_SLEB, what, 0);
      }
      return;
    }
    const { type } = this.#image.globals[index - imported]!;
    const found = ACCESS[type];
    if (!found) throw new ObjectError("a variable is of a type that memory cannot hold");
    const [load, store, log2] = found;
    const symbol = this.#target.global(index);
    if (op === GLOBAL_GET) {
      code.u8(I32_CONST).u8(0);
      access(load, log2, symbol);
      return;
    }
    const local = scratch(type);
    code.u8(LOCAL_SET).u32(local).u8(I32_CONST).u8(0).u8(LOCAL_GET).u32(local);
    access(store, log2, symbol);
  }

  /** Words of data that are addresses or slots. */
  data(first: Uint8Array, second: Uint8Array): Patch[] {
    const [a, b] = [first, second].map((bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
    const patches: Patch[] = [];
    for (let offset = 0; offset + 4 <= first.length; offset += 4) {
      const value = a!.getInt32(offset, true);
      const how = moved(value, b!.getInt32(offset, true));
      if (how === "address") patches.push({ type: MEMORY_ADDR_I32, offset, ...this.#target.address(value) });
      else if (how === "slot") patches.push({ type: TABLE_INDEX_I32, offset, symbol: this.#slotSymbol(value) });
    }
    return patches;
  }
}
