// tools/build/order.ts: functions change places, and nothing else changes.

import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "binaryen";
import { readImage } from "../../tools/build/image.ts";
import { inOrder } from "../../tools/build/order.ts";

function assemble(text: string): Uint8Array {
  binaryen.setDebugInfo(true);
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.MVP | binaryen.Features.BulkMemory | binaryen.Features.Atomics);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

const TEXT = `(module
  (import "env" "memory" (memory 1 1 shared))
  (import "host" "triple" (func $triple (param i32) (result i32)))
  (table $t 70 funcref)
  (elem (i32.const 64) $assembly/net/b/last $assembly/net/a/first)
  (type $unary (func (param i32) (result i32)))
  (export "last" (func $assembly/net/b/last))
  (export "first" (func $assembly/net/a/first))
  (export "table" (table $t))
  (func $assembly/net/b/last (param i32) (result i32)
    (local i64)
    (local.set 1 (i64.const -5000000000))
    (block $out (loop $again
      (br_table $out $again $out (local.get 0))))
    (drop (f64.const 16.0625)) (drop (f32.const 0.1))
    (memory.fill (i32.const 16) (i32.const 16) (i32.const 64))
    (memory.copy (i32.const 128) (i32.const 16) (i32.const 16))
    (drop (i32.atomic.rmw.add (i32.const 256) (i32.const 16)))
    (i32.add (call $triple (call $assembly/net/a/first (local.get 0))) (i32.load offset=128 (i32.const 0))))
  (func $assembly/net/a/first (param i32) (result i32)
    (call_indirect (type $unary) (i32.const 4112) (i32.const 66)))
  (func $assembly/lib/c/small (param i32) (result i32) (i32.const 16))
  (elem (i32.const 66) $assembly/lib/c/small))`;

const image = assemble(TEXT);
const ordered = inOrder(image);

function answers(bytes: Uint8Array): unknown[] {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const imports = { env: { memory }, host: { triple: (x: number) => 3 * x } };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), imports);
  const { first, last, table } = exports as Record<string, (x: number) => number> & { table: WebAssembly.Table };
  return [first(1), last(2), [64, 65, 66].map((slot) => table.get(slot)!(0))];
}

test("calls, exports and table slots reach what they reached", () => {
  assert.deepEqual(answers(image), [16, 48 + 0x10101010, [48 + 0x10101010, 16, 16]]);
  assert.deepEqual(answers(ordered), answers(image));
});

test("functions stand by folder, then by likeness, and keep their names", () => {
  const names = (bytes: Uint8Array): string[] =>
    [...readImage(bytes).functionNames].sort(([a], [b]) => a - b).map(([, name]) => name);
  assert.deepEqual(names(image).slice(1), ["assembly/net/b/last", "assembly/net/a/first", "assembly/lib/c/small"]);
  assert.deepEqual(names(ordered).slice(1), ["assembly/lib/c/small", "assembly/net/a/first", "assembly/net/b/last"]);
  assert.deepEqual(inOrder(ordered), ordered);
});

test("an instruction that the core never has is refused, not misread", () => {
  const simd = Uint8Array.from(image);
  const at = Buffer.from(simd).indexOf(Buffer.from([0xfe, 0x1e]));
  simd[at] = 0xfd;
  assert.throws(() => inOrder(simd), /an instruction 0xfd/);
});
