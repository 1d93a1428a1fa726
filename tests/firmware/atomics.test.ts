// Atomics of an image for one core: they do what they did, and fences stay where they are.

import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "../../tools/build/binaryen.ts";
import { lowerAtomics, withFences } from "../../tools/image/lower-atomics.ts";
import { shrink } from "../../tools/image/merge.ts";
import { translate } from "../../tools/image/to-c.ts";
import { readCode } from "../../tools/image/wasm-code.ts";
import { Random } from "../random.ts";

function assembled(functions: string): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(`(module (memory (export "memory") 1 1 shared) ${functions})`);
  module.setFeatures(binaryen.Features.Atomics | binaryen.Features.MutableGlobals);
  try {
    return new Uint8Array(module.emitBinary());
  } finally {
    module.dispose();
  }
}

/** Each with its bytes. */
const WIDTHS = [
  ["i32", "", 4],
  ["i32", "8", 1],
  ["i32", "16", 2],
  ["i64", "", 8],
  ["i64", "8", 1],
  ["i64", "16", 2],
  ["i64", "32", 4],
] as const;
const OPERATIONS = ["add", "sub", "and", "or", "xor", "xchg", "cmpxchg"];
const OFFSET = 24;

const names = WIDTHS.flatMap(([type, bits]) =>
  OPERATIONS.map((name) => `${type}.atomic.rmw${bits}.${name}${bits && "_u"}`),
);

const functions = names.map((name) => {
  const type = name.slice(0, 3);
  const third = name.includes("cmpxchg") ? "(local.get 2)" : "";
  return `(func (export "${name}") (param i32 ${type} ${type}) (result ${type})
    (${name} offset=${OFFSET} (local.get 0) (local.get 1) ${third}))`;
});

type Operation = (address: number, value: number | bigint, other: number | bigint) => number | bigint;

test("what reads, modifies and writes does so without atomics, at all widths", () => {
  const random = new Random(1, 0);
  const image = assembled(functions.join("\n"));
  const run = (wasm: Uint8Array): Record<string, WebAssembly.ExportValue> =>
    new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm))).exports;
  const [before, after] = [run(image), run(lowerAtomics(image))];
  for (const name of names) {
    for (let turn = 0; turn < 50; turn++) {
      const memories = [before, after].map(({ memory }) => new Uint8Array((memory as WebAssembly.Memory).buffer));
      const draw = (): number => random.below(2) * random.below(0x100000000);
      const word = (): number | bigint => (name.startsWith("i64") ? (BigInt(draw()) << 32n) | BigInt(draw()) : draw());
      const [address, value, other] = [8 * random.below(4), word(), word()];
      // Every other comparison finds what it expects, behind bits that do not count.
      const start = Buffer.from(Array.from({ length: 8 }, () => random.below(256)));
      if (turn % 2 === 0) start.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
      for (const memory of memories) memory.set(start, address + OFFSET);
      const [expected, found] = [before, after].map((all) => (all[name] as Operation)(address, value, other));
      assert.equal(found, expected, name);
      assert.deepEqual(memories[1]!.slice(0, 128), memories[0]!.slice(0, 128), name);
    }
  }
});

/** A descriptor as drivers read it: its status, then the rest; and a store that comes before what is looked at next. */
const ORDERED = `
  (func (export "read") (param i32) (result i32) (local i32 i32)
    (local.set 1 (i32.load offset=4 (local.get 0)))
    (atomic.fence)
    (local.set 2 (i32.load offset=8 (local.get 0)))
    (i32.sub (local.get 2) (local.get 1)))
  (func (export "forget") (param i32) (result i32)
    (i32.atomic.store offset=4 (local.get 0) (i32.const 0))
    (i32.atomic.load offset=8 (local.get 0)))`;

test("a fence parts the accesses before it from those behind it: optimized, as C, and for the interpreter", () => {
  const lowered = withFences(shrink(lowerAtomics(assembled(ORDERED))));
  const c = translate(lowered, ["read", "forget"]).c;
  assert.match(c, /_read_0\(\w+ \w+\) \{[^}]*load_default32\([^}]* \+ 4u?\)[^}]*atomic_fence\(\);[^}]* \+ 8u?\)/);
  assert.match(c, /_forget_0\(\w+ \w+\) \{[^}]*store_default32\([^}]* \+ 4[^}]*atomic_fence\(\);[^}]*load_default32\(/);
  assert.equal(readCode(lowered, 65536).code.length, 2);
  assert.throws(() => readCode(assembled(ORDERED), 65536), /atomics, other than fences, are to be lowered/);
});
