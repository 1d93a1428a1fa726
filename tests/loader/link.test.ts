// Relocation: every type that wasm-ld -r writes, patched in place, and the kinds of nonsense that are refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressTaken, link, type Placement } from "../../host/loader/link.ts";
import { readObject, type WasmObject } from "../../host/loader/object.ts";
import { ObjectError, Reader } from "../../host/loader/reader.ts";
import { I32, ObjectBuilder, R, type Patched } from "./object-builder.ts";

function placement(options: Partial<Placement> = {}): Placement {
  return { segments: [], dataAddress: () => 0, tableSlot: () => 0, ...options };
}

/** An object whose one function holds `fields`, each behind an opcode. */
function withFields(build: (builder: ObjectBuilder) => Patched[]): WasmObject {
  const builder = new ObjectBuilder();
  const fields = build(builder);
  builder.func(
    "f",
    [],
    [],
    fields.flatMap((field) => [0x41, field, 0x1a]),
  );
  return readObject(builder.build());
}

/** What stands at each relocation of the code after linking. */
function patched(object: WasmObject, at: Placement): number[] {
  const { code } = link(object, at);
  return object.codeRelocations.map(({ type, offset }) => {
    const r = new Reader(code, offset, offset + 5);
    return type === R.TABLE_INDEX_SLEB || type === R.MEMORY_ADDR_SLEB ? r.s32() >>> 0 : r.u32();
  });
}

const ADDRESSES = [0x1000, 0x7ffffffc, 0x80000000, 0xc0000010, 0xfffffff8];

test("addresses in code, as unsigned and signed numbers of five bytes", () => {
  for (const base of ADDRESSES) {
    const object = withFields((builder) => {
      const symbol = builder.data("table", new Uint8Array(64));
      const inner = builder.dataAt("inner", 0, 16, 4);
      return [R.MEMORY_ADDR_LEB, R.MEMORY_ADDR_SLEB].flatMap((type) => [
        { type, symbol },
        { type, symbol, addend: 4 },
        { type, symbol, addend: -8 },
        { type, symbol: inner, addend: 3 },
      ]);
    });
    const expected = [base, base + 4, base - 8, base + 19].map((value) => value >>> 0);
    assert.deepEqual(patched(object, placement({ segments: [base] })), [...expected, ...expected]);
  }
});

test("addresses and slots in data, little endian, at any offset of any segment", () => {
  for (const base of ADDRESSES) {
    const builder = new ObjectBuilder();
    const run = builder.func("run", [], [], []);
    const target = builder.data("target", new Uint8Array(16));
    builder.data("empty", new Uint8Array(0));
    builder.data("record", Uint8Array.of(1, 0xaa, 0xaa, 0xaa, 0xaa, 2, 0xbb, 0xbb, 0xbb, 0xbb, 3), {
      fields: [
        { at: 1, type: R.MEMORY_ADDR_I32, symbol: target, addend: 12 },
        { at: 6, type: R.TABLE_INDEX_I32, symbol: run },
      ],
    });
    const object = readObject(builder.build());
    const { segments } = link(object, placement({ segments: [base, 0, 0], tableSlot: () => 4097 }));
    const record = Buffer.from(segments[2]);
    assert.deepEqual(
      [record[0], record.readUInt32LE(1), record[5], record.readUInt32LE(6), record[10]],
      [1, (base + 12) >>> 0, 2, 4097, 3],
    );
    assert.equal(object.segments[2].bytes[1], 0xaa, "the object itself stays as it was");
  }
});

test("slots in code, own and imported, and indices that stay", () => {
  const builder = new ObjectBuilder();
  const imported = builder.importFunction("free", [I32]);
  const own = builder.func("own", [], [], []);
  builder.func(
    "f",
    [],
    [],
    [
      0x41,
      { type: R.TABLE_INDEX_SLEB, symbol: own },
      0x1a,
      0x41,
      { type: R.TABLE_INDEX_SLEB, symbol: imported },
      ...builder.call(imported),
    ],
  );
  const object = readObject(builder.build());
  assert.deepEqual(addressTaken(object), [own, imported]);
  const slots = new Map([
    ["own", 5000],
    ["free", 12],
  ]);
  assert.deepEqual(patched(object, placement({ tableSlot: (symbol) => slots.get(symbol.name)! })), [5000, 12, 0]);
});

test("undefined data: an address of somebody else's, 0 if it is weak and absent", () => {
  const object = withFields((builder) => [
    { type: R.MEMORY_ADDR_LEB, symbol: builder.undefinedData("jiffies"), addend: 4 },
    { type: R.MEMORY_ADDR_SLEB, symbol: builder.undefinedData("absent", { weak: true }) },
  ]);
  assert.deepEqual(patched(object, placement({ dataAddress: (symbol) => (symbol.weak ? 0 : 0x9000) })), [0x9004, 0]);
});

test("relocations that make no sense", () => {
  const refused = (message: RegExp, change: (object: WasmObject) => void): void => {
    const builder = new ObjectBuilder();
    const data = builder.data("data", new Uint8Array(8), { fields: [{ at: 4, type: R.MEMORY_ADDR_I32, symbol: 0 }] });
    builder.func("f", [], [], [0x41, { type: R.MEMORY_ADDR_SLEB, symbol: data }, 0x1a]);
    const object = readObject(builder.build());
    change(object);
    assert.throws(
      () => link(object, placement({ segments: [0x1000] })),
      (error) => error instanceof ObjectError && message.test(error.message),
    );
  };
  refused(/type 9 is not supported; build the module with kpi build/, (object) => (object.codeRelocations[0].type = 9));
  refused(/type 11 is not supported/, (object) => (object.dataRelocations[0].type = 11));
  refused(/names symbol 99, which does not exist/, (object) => (object.codeRelocations[0].symbol = 99));
  refused(/names data of the wrong kind/, (object) => (object.codeRelocations[0].type = R.TABLE_INDEX_SLEB));
  refused(/names f of the wrong kind/, (object) => (object.codeRelocations[0].symbol = 1));
  refused(/not padded to five bytes/, (object) => (object.codeRelocations[0].offset -= 2));
  refused(/outside its section/, (object) => (object.codeRelocations[0].offset = 0xffffffff));
  refused(/outside its section/, (object) => (object.dataRelocations[0].offset += 1));
  refused(/outside its section/, (object) => (object.dataRelocations[0].offset = 0));
});
