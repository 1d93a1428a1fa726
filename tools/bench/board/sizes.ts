// What an image takes of a board's flash and RAM.

import { firmwareBoard } from "../../image/boards.ts";
import { cachedFirmware } from "../../image/cache.ts";
import { readSlot, SLOT_HEADER_BYTES } from "../../image/slot.ts";
import type { Missing, Row } from "../bench.ts";

export type Fact = Omit<Row, "case"> | Missing;

/** `what` is in it, on a board with so much RAM. */
export function sizes(image: Buffer, ramKiB: number, what: string): Fact[] {
  const { board, body, symbols, memoryBytes } = readSlot(image, "image");
  const kib = (name: string, bytes: number): Fact => ({ name, unit: "KiB", value: bytes / 1024 });
  const firmware = cachedFirmware(firmwareBoard(board), ramKiB << 10).bytes.length;
  return [
    kib("flash: firmware", firmware),
    kib(`flash: ${what}`, symbols + SLOT_HEADER_BYTES),
    kib("flash: names of functions", body.length - symbols),
    kib("flash in all", firmware + image.length),
    kib("RAM: firmware and its stacks", (ramKiB << 10) - memoryBytes),
    kib(`RAM: ${what}, with their arena`, memoryBytes),
  ];
}
