// Images that are good slots with nothing in them that could run: for tests of what comes before.

import type { FirmwareBoard } from "../../tools/image/boards.ts";
import { ABI_VERSION, writeSlot, type Slot } from "../../tools/image/slot.ts";

/** RAM of boards that such an image is for. */
export const RAM_KIB = 2048;

export const blank = (board: FirmwareBoard, changes: Partial<Slot> = {}): Buffer =>
  writeSlot({
    board: board.name,
    kind: board.native,
    abi: ABI_VERSION,
    sequence: 1,
    memoryBytes: 1 << 20,
    symbols: 0,
    sources: [],
    body: Buffer.alloc(16 * 1024 + 36, "not code; "),
    ...changes,
  });

/** One that is told from others by its text; it takes a few writes. */
export const small = (board: FirmwareBoard, sequence: number, text: string): Buffer =>
  blank(board, { sequence, body: Buffer.alloc(4 * 1024 + 20, text) });
