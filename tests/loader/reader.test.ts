// The bounds-checked reader: numbers at their limits, and nothing past the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ObjectError, Reader } from "../../host/loader/reader.ts";
import { Writer } from "../../host/loader/writer.ts";
import { padded } from "./object-builder.ts";

const reader = (...bytes: number[]): Reader => new Reader(Uint8Array.from(bytes));
const refused = (read: () => unknown, message: RegExp): void =>
  assert.throws(read, (error) => error instanceof ObjectError && message.test(error.message));

test("unsigned numbers to 2^32 - 1, padded or not", () => {
  for (const value of [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 0x7fffffff, 0x80000000, 0xffffffff]) {
    assert.equal(reader(...new Writer().u32(value).bytes).u32(), value);
    assert.equal(reader(...padded(value)).u32(), value);
  }
});

test("signed numbers of 32 bits, padded or not", () => {
  for (const value of [0, 1, -1, 63, 64, -64, -65, 0x7fffffff, -0x80000000, -0x8000000, 0x7ffffff]) {
    assert.equal(reader(...new Writer().s32(value).bytes).s32(), value);
    const five = padded(value);
    five[4] = (value >> 28) & 0x7f;
    assert.equal(reader(...five).s32(), value);
  }
});

test("numbers of more than 32 bits, and ones that never end, are refused", () => {
  refused(() => reader(0xff, 0xff, 0xff, 0xff, 0x1f).u32(), /out of range/);
  refused(() => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x00).u32(), /out of range/);
  refused(() => reader(0x80, 0x80, 0x80, 0x80, 0x08).s32(), /out of range/);
  refused(() => reader(0xff, 0xff, 0xff, 0xff, 0x77).s32(), /out of range/);
  refused(() => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x00).s32(), /out of range/);
  refused(() => reader(0x80).u32(), /truncated at byte 1/);
  refused(() => reader(0x80).s32(), /truncated at byte 1/);
});

test("a part ends where it ends, also inside a larger buffer", () => {
  const outer = new Reader(Uint8Array.of(0, 2, 1, 2, 3).subarray(1));
  const part = outer.sub(outer.u32());
  assert.deepEqual([part.u8(), part.u8(), part.more], [1, 2, false]);
  refused(() => part.u8(), /truncated at byte 3/);
  assert.equal(outer.u8(), 3);
  refused(() => outer.sub(1), /truncated at byte 4/);
  refused(() => reader(1).take(0xffffffff), /truncated/);
});

test("a count that the rest cannot hold is refused before any work", () => {
  let items = 0;
  refused(() => reader(0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2).vector(() => items++), /truncated/);
  assert.equal(items, 0);
  assert.deepEqual(
    reader(2, 7, 8).vector((r) => r.u8()),
    [7, 8],
  );
});

test("names are UTF-8 on one line", () => {
  assert.equal(reader(2, 0xc3, 0xa9).name(), "é");
  refused(() => reader(1, 0xff).name(), /not UTF-8/);
  refused(() => reader(3, 0x61, 0x0a, 0x62).name(), /control characters/);
  refused(() => reader(3, 0xe2, 0x80, 0xa8).name(), /control characters/);
  refused(() => reader(5, 0x61).name(), /truncated/);
});
