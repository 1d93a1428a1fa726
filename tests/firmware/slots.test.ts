// The firmware boots the newer of the slots that are whole and meant for it, and says of the others what is wrong.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SLOT_BYTES, type FirmwareBoard } from "../../tools/image/boards.ts";
import { ABI_VERSION } from "../../tools/image/image-header.ts";
import { readSlot, withSequence, type Slot } from "../../tools/image/slot.ts";
import { blank, RAM_KIB, slots } from "./blank.ts";
import { BOARDS, RISCV_VIRT, TestBoard } from "./board.ts";

const LINES = 64;

async function consoleOf(contents: Buffer, of: FirmwareBoard): Promise<string> {
  const board = new TestBoard(contents, RAM_KIB, of);
  try {
    board.on();
    await board.says(/slot \d, sequence \d+, \d+ bytes|kpi flash/);
    return board.text;
  } finally {
    await board.remove();
  }
}

function damaged(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
}

const BOARD_AT = 4;
const KIND_AT = 8;

/** With another word in its header, and the CRC of that. */
function withWord(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(value, at);
  return withSequence(copy, 1);
}

for (const { board, skip } of BOARDS) {
  const own = (changes: Partial<Slot> = {}): Buffer => blank(board, changes);
  const [other] = BOARDS.filter((one) => one.board !== board);
  for (const [what, bytes, said] of [
    ["an empty flash", Buffer.alloc(0), "empty"],
    ["a body with a wrong bit", damaged(own(), 1024 + 5000), "its body is damaged"],
    ["a header with a wrong bit", damaged(own(), 20), "its header is damaged"],
    [
      "another ABI version",
      own({ abi: ABI_VERSION + 1 }),
      "an image of another ABI version; make it anew with: kpi image",
    ],
    ["more memory than there is", own({ memoryBytes: RAM_KIB << 10 }), "it needs more memory than the board has"],
    ["an image for another board", blank(other!.board), "an image for another board"],
    ["memory whose size overflows", own({ memoryBytes: 0xfffff000 }), "it needs more memory than the board has"],
    ["a body of something else", own({ body: Buffer.alloc(500, "?") }), "its body is no image"],
    ["a kind that it does not run", withWord(own(), KIND_AT, 9), "an image of a kind that this firmware does not run"],
  ] as const) {
    test(`${board.name} refuses ${what}`, { skip }, async () => {
      const text = await consoleOf(bytes, board);
      assert.ok(text.includes(`kpi: slot 0: ${said}\r\n`), text.slice(0, LINES * 80));
      assert.match(text, /no bootable slot; write one with: kpi flash/);
    });
  }

  test(`${board.name}: of two good slots the newer one is booted`, { skip }, async () => {
    const both = (first: number, second: number): Buffer => slots(own({ sequence: first }), own({ sequence: second }));
    assert.match(await consoleOf(both(7, 8), board), /slot 1, sequence 8/);
    assert.match(await consoleOf(both(8, 7), board), /slot 0, sequence 8/);
  });
}

test("what writeSlot writes readSlot reads, and it refuses what is damaged", () => {
  const bytes = withSequence(blank(RISCV_VIRT, { symbols: 12 }), 42);
  const slot = readSlot(bytes, "board.img");
  assert.equal(slot.board, "riscv-virt");
  assert.equal(slot.sequence, 42);
  assert.equal(slot.symbols, 12);
  assert.equal(slot.body.length, 16 * 1024 + 36);
  assert.throws(
    () => readSlot(damaged(bytes, 2000), "board.img"),
    /^KpiError: board\.img: its body is damaged$|its body is damaged/,
  );
  assert.throws(() => readSlot(bytes.subarray(0, 5000), "board.img"), /it is cut off: 3976 of 16420 bytes/);
  const other = blank(RISCV_VIRT, { body: Buffer.alloc(20, "?") });
  assert.throws(() => readSlot(other, "board.img"), /board\.img: its body is no image/);
  assert.throws(() => blank(RISCV_VIRT, { bytes: SLOT_BYTES }), /the image has 4194304 bytes, a slot room for 4193280/);
  const strange = withWord(bytes, BOARD_AT, 0x30303030);
  assert.throws(() => readSlot(strange, "board.img"), /an image for a board that this version does not know/);
  assert.throws(() => readSlot(Buffer.from("#!/bin/sh"), "board.img"), /no board image; make one with: kpi image/);
});
