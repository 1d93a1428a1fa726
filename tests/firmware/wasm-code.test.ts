// The tables of kind WASM: where branches lead, and how high the operand stack is there.

import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "../../tools/build/binaryen.ts";
import { readCode, type FunctionCode } from "../../tools/image/wasm-code.ts";

const MEMORY_BYTES = 65536;

function codeOf(body: string): FunctionCode {
  const module = binaryen.parseText(`(module (memory 1) (func (param i32) (result i32) (local i32 i32) ${body}))`);
  try {
    return readCode(module.emitBinary(), MEMORY_BYTES).code[0]!;
  } finally {
    module.dispose();
  }
}

test("a branch out of a block leads behind its end, with the block's result", () => {
  const { branches, slots, operands, start, end } = codeOf(
    `(block (result i32) (br_if 0 (i32.const 7) (local.get 0)) (drop) (i32.const 8))`,
  );
  assert.equal(slots, 3);
  assert.equal(operands, 2);
  assert.equal(branches.length, 1);
  assert.deepEqual({ ...branches[0], code: 0 }, { code: 0, height: 0, carries: true, next: 1 });
  assert.ok(branches[0]!.code > 0 && start + branches[0]!.code < end);
});

test("a branch to a loop leads back, and to the branches in it", () => {
  const { branches } = codeOf(`(loop (br_if 0 (local.get 0)) (br_if 0 (local.get 1))) (local.get 0)`);
  assert.deepEqual(
    branches.map(({ next, carries }) => [next, carries]),
    [
      [0, false],
      [-1, false],
    ],
  );
  assert.ok(branches.every(({ code }) => code < 0));
});

test("an if leads to its else, the end of its first part over it", () => {
  const { branches } = codeOf(`(if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2)))`);
  assert.equal(branches.length, 2);
  const [condition, over] = branches as [(typeof branches)[0], (typeof branches)[0]];
  // Behind the opcode: the block's type, the constant and `else`; then the other constant and `end`.
  assert.deepEqual([condition.code, condition.next], [4, 2]);
  assert.deepEqual([over.code, over.next, over.height], [3, 1, 0]);
});

test("operands below a block stay, and a branch out of it drops what is above them", () => {
  const { branches } = codeOf(
    `(i32.add (i32.const 5) (block (result i32) (i32.add (i32.const 6) (br 0 (i32.const 7)))))`,
  );
  assert.deepEqual(
    branches.map(({ height, carries }) => [height, carries]),
    [[1, true]],
  );
});

test("what the interpreter does not have is refused", () => {
  assert.throws(
    () => codeOf(`(drop (f32.const 1)) (local.get 0)`),
    /an instruction 0x43, which the board's interpreter/,
  );
  assert.throws(() => codeOf(`(i32.load offset=65532 (local.get 0))`), /an offset beyond memory/);
});
