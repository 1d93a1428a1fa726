// Images that are good slots with nothing in them that could run: for tests of what comes before.

import { SLOT_BYTES, type FirmwareBoard } from "../../tools/image/boards.ts";
import { ABI_VERSION, IMAGE_WORDS, imageHeader } from "../../tools/image/image-header.ts";
import { KERNEL_ENTRIES } from "../../tools/image/kernel-entries.ts";
import { writeSlot, type Slot } from "../../tools/image/slot.ts";

/** RAM of boards that such an image is for. */
export const RAM_KIB = 2048;

const MEMORY_BYTES = 1 << 20;

/** A body of so many bytes for so much memory: what it says of itself, then text. */
function bodyOf(bytes: number, text: string, memoryBytes: number): Buffer {
  const none = {
    globals: [],
    entries: KERNEL_ENTRIES.map(() => 0),
    data: [0, 0],
    steps: [0, 0],
    table: [0, 0, 0],
  } as const;
  const header = imageHeader({ memoryBytes, ...none, scratch: 0, arena: 0, functions: 0, halts: false, rmmod: 0 });
  return Buffer.concat([header, Buffer.alloc(bytes - 4 * IMAGE_WORDS, text)]);
}

interface Changes extends Partial<Slot> {
  bytes?: number;
  text?: string;
}

export function blank(
  board: FirmwareBoard,
  { bytes = 16 * 1024 + 36, text = "not code; ", ...changes }: Changes = {},
): Buffer {
  const { memoryBytes = MEMORY_BYTES } = changes;
  return writeSlot({
    board: board.name,
    kind: board.native,
    abi: ABI_VERSION,
    sequence: 1,
    memoryBytes,
    symbols: 0,
    sources: [],
    body: bodyOf(bytes, text, memoryBytes),
    ...changes,
  });
}

/** One that is told from others by its text; it takes a few writes. */
export const small = (board: FirmwareBoard, sequence: number, text: string): Buffer =>
  blank(board, { sequence, bytes: 4 * 1024 + 20, text });

/** What lies where slots are, with an image in each. */
export function slots(first: Buffer, second: Buffer): Buffer {
  const all = Buffer.alloc(SLOT_BYTES + second.length, 0xff);
  first.copy(all);
  second.copy(all, SLOT_BYTES);
  return all;
}
