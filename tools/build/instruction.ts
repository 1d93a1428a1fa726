// The lengths of wasm's instructions, as far as asc and binaryen make them.

import { ObjectError, type Reader } from "../../host/loader/reader.ts";

/** Passes a LEB128 of any width. */
function number(r: Reader): void {
  while (r.u8() & 0x80);
}

function numbers(r: Reader, count: number): void {
  for (; count > 0; count--) number(r);
}

/** How many LEB128s follow an opcode; what is not here has none, or is a case of its own below. */
const IMMEDIATES = new Map<number, number>([
  ...[0x02, 0x03, 0x04].map((op) => [op, 1] as const), // block, loop, if: a type
  ...[0x0c, 0x0d, 0x10].map((op) => [op, 1] as const), // br, br_if, call
  [0x11, 2], // call_indirect
  ...[0x20, 0x21, 0x22, 0x23, 0x24].map((op) => [op, 1] as const), // local.*, global.*
  ...Array.from({ length: 0x17 }, (_, i) => [0x28 + i, 2] as const), // loads and stores: alignment, offset
  ...[0x3f, 0x40, 0x41, 0x42].map((op) => [op, 1] as const), // memory.size, memory.grow, i32.const, i64.const
]);

const MEMORY_COPY = 10;
const MEMORY_FILL = 11;
const ATOMIC_FENCE = 3;

/** Exceptions, tail calls, references, SIMD: their instructions are of other lengths. */
const UNKNOWN = [
  [0x06, 0x0a],
  [0x12, 0x19],
  [0x1c, 0x1f],
  [0x25, 0x27],
  [0xc5, 0xff],
] as const;

/** Moves the reader from the start of an instruction to its end. */
export function skipInstruction(r: Reader): void {
  const op = r.u8();
  if (op === 0x0e) {
    numbers(r, r.u32() + 1); // br_table
  } else if (op === 0x43 || op === 0x44) {
    r.take(op === 0x43 ? 4 : 8); // f32.const, f64.const
  } else if (op === 0xfc) {
    const kind = r.u32();
    if (kind > 7 && kind !== MEMORY_COPY && kind !== MEMORY_FILL) throw new ObjectError(`an instruction 0xfc ${kind}`);
    if (kind > 7) numbers(r, kind === MEMORY_COPY ? 2 : 1);
  } else if (op === 0xfe) {
    numbers(r, r.u32() === ATOMIC_FENCE ? 1 : 2);
  } else if (UNKNOWN.some(([first, last]) => op >= first && op <= last)) {
    throw new ObjectError(`an instruction 0x${op.toString(16)}`);
  } else {
    numbers(r, IMMEDIATES.get(op) ?? 0);
  }
}
