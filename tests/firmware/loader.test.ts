// The loader of a board, frame by frame: what it refuses before it erases anything, frames that make no sense, and a board
// that is reset while the line stays.

import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { test } from "node:test";
import type { FirmwareBoard } from "../../tools/image/boards.ts";
import { flash } from "../../tools/image/flash.ts";
import { ABI_VERSION } from "../../tools/image/image-header.ts";
import { BoardReset, encode, LoaderLine } from "../../tools/image/serial.ts";
import { Random } from "../random.ts";
import { blank, RAM_KIB, slots, small } from "./blank.ts";
import { BOARDS, TestBoard } from "./board.ts";

/** A line that leads to one board after the other. */
class Adapter extends Duplex {
  #board: Duplex | undefined;

  lead(board: Duplex): void {
    this.#board = board;
    board.on("data", (chunk: Buffer) => this.push(chunk));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#board!.write(chunk, done);
  }
}

const word = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);

for (const { board, skip } of BOARDS) {
  const start = (): TestBoard => new TestBoard(slots(small(board, 5, "old"), small(board, 4, "older")), RAM_KIB, board);

  test(`${board.name}: what it could not boot is refused before anything is erased`, { skip }, async () => {
    const tested = start();
    const refused = async (image: Buffer, why: RegExp): Promise<void> => {
      const { line } = tested.on();
      await assert.rejects(() => flash(() => line, image, "new.img"), why);
      await tested.off();
    };
    try {
      const abi = ABI_VERSION + 1;
      const both = `of ABI version ${abi}, the board's firmware of ${ABI_VERSION}`;
      await refused(blank(board, { abi }), new RegExp(`new\\.img is ${both}: one of them is to be made anew`));
      const memory = blank(board, { memoryBytes: RAM_KIB << 10 });
      await refused(memory, /the board refuses the image: it needs more memory than the board has/);
      tested.on();
      await tested.says(/slot 0, sequence 5/);
      assert.doesNotMatch(tested.text, /slot 1:/);
    } finally {
      await tested.remove();
    }
  });

  test(`${board.name}: frames that make no sense; what goes on without a beginning`, { skip }, async () => {
    const tested = start();
    const random = new Random(3, 0);
    try {
      const { line } = tested.on();
      const loader = new LoaderLine(line);
      await loader.hello();
      await assert.rejects(loader.exchange("B"), BoardReset);
      await assert.rejects(loader.exchange("W", Buffer.concat([word(0), Buffer.alloc(64)])), BoardReset);
      await assert.rejects(loader.exchange("C"), BoardReset);
      for (let i = 0; i < 300; i++) {
        const type = "HDBWC?"[random.below(6)]!;
        const offset = [0, 1020, 0xfffffffc, 1 << 20, random.below(2000)][random.below(5)]!;
        const data = Buffer.from(
          Array.from({ length: random.below(random.below(2) ? 12 : 1500) }, () => random.below(256)),
        );
        if (data.length >= 4) data.writeUInt32LE(offset);
        line.write(encode(128 + random.below(128), type, data)); // not what the answers below have
        line.write(Buffer.from(Array.from({ length: random.below(40) }, () => random.below(256))));
      }
      await loader.hello();
      await tested.off();
      tested.on();
      await tested.says(/slot 0, sequence 5/);
    } finally {
      await tested.remove();
    }
  });

  test(`${board.name}: it is reset while the line stays, and written to anew`, { skip }, async () => {
    const tested = start();
    const adapter = new Adapter();
    try {
      adapter.lead(tested.on().line);
      let resets = 0;
      const reset = async (): Promise<void> => {
        await tested.off();
        adapter.lead(tested.on().line);
      };
      const { slot, sequence, lost } = await flash(
        () => adapter,
        blank(board, { sequence: 0, bytes: 64 * 1024 }),
        "new.img",
        (done) => {
          if (resets === 2 || done < 20_000 * (resets + 1)) return;
          resets++;
          void reset();
        },
      );
      assert.deepEqual([slot, sequence, lost, resets], [1, 6, 0, 2]);
      await tested.says(/slot 1, sequence 6/);
    } finally {
      await tested.remove();
    }
  });
}
