// An image over the serial line: also over a bad one, and when the power fails in the middle.

import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { flash } from "../../tools/image/flash.ts";
import { ABI_VERSION, writeSlot } from "../../tools/image/slot.ts";
import { Random } from "../random.ts";
import { SKIP as skip, TestBoard } from "./board.ts";

const image = (sequence: number, text: string): Buffer =>
  writeSlot({
    kind: "AOT-rv32",
    abi: ABI_VERSION,
    sequence,
    memoryBytes: 1 << 20,
    symbols: 0,
    sources: [],
    body: Buffer.alloc(4 * 1024 + 20, text),
  });

/** A line that changes one byte of a hundred, both ways. */
function noisy(line: Duplex, seed: number): Duplex {
  const draw = new Random(seed, 0);
  const spoil = (chunk: Buffer): Buffer =>
    Buffer.from(chunk.map((byte) => (draw.below(100) === 0 ? byte ^ (1 << draw.below(8)) : byte)));
  const bad = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => void line.write(spoil(chunk), () => done()),
  });
  line.on("data", (chunk: Buffer) => bad.push(spoil(chunk)));
  return bad;
}

test("an image is written to the slot that is not booted, and is booted then", { skip }, async () => {
  const board = new TestBoard(image(5, "old"));
  try {
    const { line } = board.on();
    const result = await flash(line, image(0, "new"), "new.img");
    assert.equal(result.slot, 1);
    assert.equal(result.sequence, 6);
    await board.says(/slot 1, sequence 6/);
  } finally {
    await board.remove();
  }
});

test("a line on which one byte of a hundred is wrong", { skip }, async () => {
  const board = new TestBoard(image(1, "old"));
  try {
    const { line } = board.on();
    const result = await flash(noisy(line, 1), image(0, "new"), "new.img");
    assert.ok(result.resent > 0, "nothing was sent again");
    await board.says(/slot 1, sequence 2/);
  } finally {
    await board.remove();
  }
});

test("power that fails while the flash is written leaves the old image or the new one", { skip }, async () => {
  const draw = new Random(7, 0);
  for (let i = 0; i < 10; i++) {
    const board = new TestBoard(image(1, "old"));
    try {
      const { line, child } = board.on();
      // After so many bytes of answers: the erase, any write, the header.
      let left = draw.below(11 * 24);
      line.on("data", (chunk: Buffer) => {
        left -= chunk.length;
        if (left < 0) child.kill("SIGKILL");
      });
      const writing = flash(line, image(0, "new"), "new.img").then(
        () => undefined,
        (error: Error) => error.message,
      );
      const gone = new Promise<void>((resolve) => child.on("exit", () => resolve()));
      await Promise.race([gone, writing]);
      await board.off();
      assert.match((await writing) ?? "gone", /gone/, "a line that has ended is not waited for");
      board.on();
      const [, slot] = await board.says(/slot (\d), sequence \d, \d+ bytes/);
      assert.match(board.text, slot === "0" ? /slot 0, sequence 1,/ : /slot 1, sequence 2,/);
    } finally {
      await board.remove();
    }
  }
});
