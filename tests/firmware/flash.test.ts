// An image over the serial line: also over a bad one, and when the power fails in the middle.

import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { KpiError } from "../../host/error.ts";
import { flash } from "../../tools/image/flash.ts";
import { Random } from "../random.ts";
import { RAM_KIB, small } from "./blank.ts";
import { BOARDS, TestBoard } from "./board.ts";
import { powerFails, STEPS } from "./power.ts";

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

for (const { board, skip } of BOARDS) {
  const image = (sequence: number, text: string): Buffer => small(board, sequence, text);
  const start = (slots: Buffer): TestBoard => new TestBoard(slots, RAM_KIB, board);

  test(`${board.name}: an image is written to the slot that is not booted, and is booted then`, { skip }, async () => {
    const tested = start(image(5, "old"));
    try {
      const { line } = tested.on();
      const result = await flash(() => line, image(0, "new"), "new.img");
      assert.equal(result.slot, 1);
      assert.equal(result.sequence, 6);
      await tested.says(/slot 1, sequence 6/);
    } finally {
      await tested.remove();
    }
  });

  test(`${board.name}: a line on which one byte of a hundred is wrong`, { skip }, async () => {
    const tested = start(image(1, "old"));
    try {
      const { line } = tested.on();
      const result = await flash(() => noisy(line, 1), image(0, "new"), "new.img");
      assert.ok(result.resent > 0, "nothing was sent again");
      await tested.says(/slot 1, sequence 2/);
    } finally {
      await tested.remove();
    }
  });

  test(`${board.name}: power that fails while it is written to leaves the old image or the new one`, { skip }, () =>
    powerFails(board, STEPS, 7, () => {}),
  );

  test(`${board.name}: an image for another board is refused before anything is written`, { skip }, async () => {
    const [other] = BOARDS.filter((one) => one.board !== board);
    const tested = start(image(5, "old"));
    try {
      const { line } = tested.on();
      await assert.rejects(
        flash(() => line, small(other!.board, 0, "new"), "new.img"),
        new KpiError(`new.img is an image for ${other!.board.name}; this board is ${board.name}`),
      );
      await tested.off();
      tested.on();
      await tested.says(/slot 1: empty[^]*slot 0, sequence 5/);
    } finally {
      await tested.remove();
    }
  });
}
