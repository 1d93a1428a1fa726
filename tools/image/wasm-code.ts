// The functions of a wasm module, and where the branches of each lead: what boards/firmware/interpreter.h needs to run
// them in place. Heights of the operand stack follow from the instructions alone, as in wasm's validation.

import { ObjectError, Reader } from "../../host/loader/reader.ts";
import { skipInstruction } from "../build/instruction.ts";

export interface FunctionType {
  params: number;
  results: number;
}

export interface Branch {
  /** From behind the branch's opcode to where it leads. */
  code: number;
  /** Operands that are there then, without the one that is carried over. */
  height: number;
  carries: boolean;
  /** From this branch to the one that comes next at the target. */
  next: number;
}

export interface FunctionCode {
  type: number;
  /** Offsets in the module: of the first instruction, and behind the last. */
  start: number;
  end: number;
  /** Arguments and locals. */
  slots: number;
  /** Operands at most. */
  operands: number;
  branches: Branch[];
}

const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const ELSE = 0x05;
const END = 0x0b;
const BR = 0x0c;
const BR_IF = 0x0d;
const BR_TABLE = 0x0e;
const RETURN = 0x0f;
const CALL = 0x10;
const CALL_INDIRECT = 0x11;
const UNREACHABLE = 0x00;
const EMPTY = 0x40;
const FIRST_ACCESS = 0x28;
const LAST_ACCESS = 0x3e;
const ATOMIC = 0xfe;
const FENCE = 3;

/** By how much an instruction makes the operand stack higher; what is not here depends on more than the opcode. */
const GROWTH = new Map<number, number>();
const growth = (by: number, ...ranges: [first: number, last: number][]): void => {
  for (const [first, last] of ranges) for (let op = first; op <= last; op++) GROWTH.set(op, by);
};
growth(0, [0x01, 0x01], [0x22, 0x22], [0x28, 0x29], [0x2c, 0x35], [0x40, 0x40], [0x45, 0x45], [0x50, 0x50]);
growth(0, [0x67, 0x69], [0x79, 0x7b], [0xa7, 0xa7], [0xac, 0xad], [0xc0, 0xc4]);
growth(1, [0x20, 0x20], [0x23, 0x23], [0x3f, 0x3f], [0x41, 0x42]);
growth(-1, [0x1a, 0x1a], [0x21, 0x21], [0x24, 0x24], [0x46, 0x4f], [0x51, 0x5a], [0x6a, 0x78], [0x7c, 0x8a]);
growth(-2, [0x1b, 0x1b], [0x36, 0x37], [0x3a, 0x3e]);
growth(-3, [0xfc, 0xfc]);
growth(0, [ATOMIC, ATOMIC]);

interface Label {
  kind: number;
  height: number;
  results: number;
  /** A loop: where it begins, and how many branches come before that. */
  start: number;
  before: number;
  /** Branches that wait for its end: their number, and where they count from. */
  waiting: [branch: number, from: number][];
  /** An `if` that may still have an `else`: its branch. */
  otherwise: [branch: number, from: number] | undefined;
}

class Walker {
  readonly #r: Reader;
  readonly #types: readonly FunctionType[];
  readonly #functions: readonly number[];
  readonly #labels: Label[] = [];
  readonly branches: Branch[] = [];
  readonly #memoryBytes: number;
  #height = 0;
  operands = 0;

  constructor(
    r: Reader,
    types: readonly FunctionType[],
    functions: readonly number[],
    results: number,
    memoryBytes: number,
  ) {
    this.#r = r;
    this.#memoryBytes = memoryBytes;
    this.#types = types;
    this.#functions = functions;
    this.#open(BLOCK, results);
  }

  #open(kind: number, results: number): Label {
    const before = this.branches.length;
    const label: Label = {
      kind,
      height: this.#height,
      results,
      start: this.#r.at,
      before,
      waiting: [],
      otherwise: undefined,
    };
    this.#labels.push(label);
    return label;
  }

  #grow(by: number): void {
    this.#height += by;
    this.operands = Math.max(this.operands, this.#height);
  }

  #add(height: number, carries: boolean): number {
    return this.branches.push({ code: 0, height, carries, next: 0 }) - 1;
  }

  #leads([branch, from]: [number, number], to: number, before = this.branches.length): void {
    Object.assign(this.branches[branch]!, { code: to - from, next: before - branch });
  }

  /** A branch to the label of that depth; `from`: behind the opcode. */
  #branch(depth: number, from: number): void {
    const label = this.#labels.at(-1 - depth);
    if (!label) throw new ObjectError(`a branch out of its function at byte ${from}`);
    const loop = label.kind === LOOP;
    const branch = this.#add(label.height, !loop && label.results > 0);
    if (loop) this.#leads([branch, from], label.start, label.before);
    else label.waiting.push([branch, from]);
  }

  /** Code that is never reached, up to the `else` or `end` of its block. */
  #skipDead(): void {
    for (let depth = 0; ;) {
      const op = this.#r.bytes[this.#r.at]!;
      if (depth === 0 && (op === ELSE || op === END)) return;
      skipInstruction(this.#r);
      if (op === BLOCK || op === LOOP || op === IF) depth++;
      else if (op === END) depth--;
    }
  }

  #results(): number {
    const type = this.#r.u8();
    if (type < EMPTY) throw new ObjectError(`a block with parameters at byte ${this.#r.at}`);
    return type === EMPTY ? 0 : 1;
  }

  #small(): number {
    const value = this.#r.u8();
    if (value > 0x7f) throw new ObjectError(`a branch across more than 127 blocks at byte ${this.#r.at}`);
    return value;
  }

  /** The `else` of the innermost block; `live`: whether the code before it goes on behind the block. */
  #else(live: boolean): void {
    const label = this.#labels.at(-1)!;
    const from = this.#r.at;
    if (live) label.waiting.push([this.#add(label.height, label.results > 0), from]);
    this.#leads(label.otherwise!, from);
    label.otherwise = undefined;
    this.#height = label.height;
  }

  /** Whether there is more. */
  #end(): boolean {
    const label = this.#labels.pop()!;
    const last = this.#labels.length === 0;
    // What leads to the end of the function leads to the instruction that returns.
    const to = last ? this.#r.at - 1 : this.#r.at;
    for (const branch of label.waiting) this.#leads(branch, to);
    if (label.otherwise) this.#leads(label.otherwise, to);
    this.#height = label.height;
    this.#grow(label.results);
    return !last;
  }

  walk(): void {
    for (let live = true; ;) {
      if (!live) this.#skipDead();
      const at = this.#r.at;
      const op = this.#r.u8();
      if (op === END) {
        if (!this.#end()) return;
        live = true;
      } else if (op === ELSE) {
        this.#else(live);
        live = true;
      } else {
        this.#r.at = at;
        live = this.#instruction(op);
      }
    }
  }

  /** Whether what follows is reached. */
  #instruction(op: number): boolean {
    const r = this.#r;
    const from = r.at + 1;
    const known = GROWTH.get(op);
    if (op === ATOMIC && r.bytes[from] !== FENCE)
      throw new ObjectError("atomics, other than fences, are to be lowered");
    if (known !== undefined) {
      this.#grow(known);
      skipInstruction(r);
      if (op >= FIRST_ACCESS && op <= LAST_ACCESS) this.#checkOffset(from, r.at);
      return true;
    }
    r.at = from;
    if (op === BLOCK || op === LOOP) {
      this.#open(op, this.#results());
    } else if (op === IF) {
      this.#grow(-1);
      const branch = this.#add(0, false);
      this.#open(op, this.#results()).otherwise = [branch, from];
    } else if (op === BR) {
      this.#branch(this.#small(), from);
      return false;
    } else if (op === BR_IF) {
      this.#grow(-1);
      this.#branch(this.#small(), from);
    } else if (op === BR_TABLE) {
      this.#grow(-1);
      for (const depth of r.vector((v) => v.u32())) this.#branch(depth, from);
      this.#branch(r.u32(), from);
      return false;
    } else if (op === CALL) {
      this.#call(this.#types[this.#functions[r.u32()]!]!);
    } else if (op === CALL_INDIRECT) {
      this.#grow(-1);
      this.#call(this.#types[r.u32()]!);
      r.u32();
    } else if (op !== UNREACHABLE && op !== RETURN) {
      throw new ObjectError(`an instruction 0x${op.toString(16)}, which the board's interpreter does not have`);
    }
    return op !== UNREACHABLE && op !== RETURN;
  }

  /** The interpreter subtracts an access's offset from the size of memory. */
  #checkOffset(from: number, end: number): void {
    const immediates = new Reader(this.#r.bytes, from, end);
    if (immediates.u8() > 3) throw new ObjectError(`an alignment of more than 8 at byte ${from}`);
    if (immediates.u32() + 8 > this.#memoryBytes) throw new ObjectError(`an offset beyond memory at byte ${from}`);
  }

  #call({ params, results }: FunctionType): void {
    this.#grow(-params);
    this.#grow(results);
  }
}

export interface WasmCode {
  types: FunctionType[];
  /** How many functions are imported, and the types of all. */
  imported: number;
  functions: number[];
  code: FunctionCode[];
  /** The function table: function by slot. */
  table: Map<number, number>;
  exports: Map<string, number>;
  /** The first values of the globals. */
  globals: number[];
}

/** A constant expression, an i32. */
function constant(r: Reader): number {
  if (r.u8() !== 0x41) throw new ObjectError(`a value that is no constant at byte ${r.at}`);
  const value = r.s32();
  r.u8();
  return value;
}

export function readCode(module: Uint8Array, memoryBytes: number): WasmCode {
  const types: FunctionType[] = [];
  const functions: number[] = [];
  const table = new Map<number, number>();
  const exports = new Map<string, number>();
  const code: FunctionCode[] = [];
  const globals: number[] = [];
  let imported = 0;
  for (const r = new Reader(module, 8); r.more;) {
    const id = r.u8();
    const section = r.sub(r.u32());
    if (id === 1) {
      section.vector((v) => {
        v.u8();
        types.push({ params: v.vector((p) => p.u8()).length, results: v.vector((p) => p.u8()).length });
      });
    } else if (id === 2) {
      section.vector((v) => {
        const name = `${v.name()}.${v.name()}`;
        if (v.u8() !== 0) throw new ObjectError(`it imports ${name}, which is no function`);
        functions.push(v.u32());
        imported++;
      });
    } else if (id === 3) {
      functions.push(...section.vector((v) => v.u32()));
    } else if (id === 6) {
      section.vector((v) => {
        v.take(2);
        globals.push(constant(v));
      });
    } else if (id === 7) {
      section.vector((v) => {
        const name = v.name();
        if (v.u8() === 0) exports.set(name, v.u32());
        else v.u32();
      });
    } else if (id === 9) {
      section.vector((v) => {
        if (v.u32() !== 0) throw new ObjectError("a table that is not filled at the start");
        const first = constant(v);
        v.vector((e) => e.u32()).forEach((index, i) => table.set(first + i, index));
      });
    } else if (id === 10) {
      section.vector((v) => {
        const body = v.sub(v.u32());
        const type = functions[imported + code.length]!;
        const locals = body.vector((l) => ({ count: l.u32(), type: l.u8() }));
        const { params, results } = types[type]!;
        const start = body.at;
        const walker = new Walker(body, types, functions, results, memoryBytes);
        walker.walk();
        const slots = locals.reduce((sum, { count }) => sum + count, params);
        code.push({ type, start, end: body.at, slots, operands: walker.operands, branches: walker.branches });
      });
    }
  }
  return { types, imported, functions, code, table, exports, globals };
}
