// A board whose power fails while its flash is written.

import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import type { FirmwareBoard } from "../../tools/image/boards.ts";
import { flash } from "../../tools/image/flash.ts";
import { FrameReader } from "../../tools/image/serial.ts";
import { Random } from "../random.ts";
import { RAM_KIB, small } from "./blank.ts";
import { TestBoard } from "./board.ts";

/** What the board does for an image, with an answer each: hello, the erase, five writes, two parts of the header, that it
 *  counts from now on, a restart. */
export const STEPS = 11;
/** The most that power lasts after an answer, milliseconds. */
const LATER_MS = 4;

/** Whether the old image was left, or the new one was there already. */
async function failsOnce(of: FirmwareBoard, step: number, laterMs: number): Promise<"old" | "new"> {
  const board = new TestBoard(small(of, 1, "old"), RAM_KIB, of);
  try {
    const { line, child } = board.on();
    let timer: NodeJS.Timeout | undefined;
    let answered = 0;
    const reader = new FrameReader(({ type, data }) => {
      if (type !== "A") return;
      // Only a hello's answer has data, and there may be several.
      if (data.length === 0) answered++;
      if (answered === step) timer ??= setTimeout(() => child.kill("SIGKILL"), laterMs);
    });
    line.on("data", (chunk: Buffer) => reader.push(chunk));
    let opened = false;
    const connect = (): Duplex => {
      if (opened) throw new Error("the line is gone");
      opened = true;
      return line;
    };
    const writing = flash(connect, small(of, 0, "new"), "new.img").then(
      () => undefined,
      (error: Error) => error.message,
    );
    const gone = new Promise<void>((resolve) => child.on("exit", () => resolve()));
    await Promise.race([gone, writing]);
    await board.off();
    clearTimeout(timer);
    // A line that has ended is not waited for.
    assert.match((await writing) ?? "gone", /gone/);
    board.on();
    const [, slot] = await board.says(/slot (\d), sequence \d, \d+ bytes/);
    assert.match(board.text, slot === "0" ? /slot 0, sequence 1,/ : /slot 1, sequence 2,/);
    return slot === "0" ? "old" : "new";
  } finally {
    await board.remove();
  }
}

/** So many times, in one step after the other. */
export async function powerFails(
  board: FirmwareBoard,
  times: number,
  seed: number,
  done: (left: "old" | "new") => void,
): Promise<void> {
  const draw = new Random(seed, 0);
  for (let i = 0; i < times; i++) done(await failsOnce(board, i % STEPS, draw.below(LATER_MS)));
}
