// kpi flash: writes an image into the slot of a board that is not booted, over its serial line.

import type { Duplex } from "node:stream";
import { KpiError } from "../../host/error.ts";
import { boardOfId, firmwareBoard } from "./boards.ts";
import { LoaderLine } from "./serial.ts";
import { ABI_VERSION, readSlot, SLOT_HEADER_BYTES, withSequence } from "./slot.ts";

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** A block takes a second or two to erase, an image has two of them. */
const ERASE_MS = 5000;

export interface FlashResult {
  slot: number;
  sequence: number;
  bytes: number;
  /** Frames that had to be sent again. */
  resent: number;
}

export async function flash(
  line: Duplex,
  bytes: Buffer,
  name: string,
  progress: (done: number, all: number) => void = () => {},
): Promise<FlashResult> {
  const slot = readSlot(bytes, name);
  const loader = new LoaderLine(line);
  const facts = await loader.exchange("H", undefined, 300);
  const [abi, target, sequence, chunk, id] = Array.from({ length: 5 }, (_, i) => facts.readUInt32LE(4 * i)) as [
    ...[number, number, number],
    ...[number, number],
  ];
  if (abi !== ABI_VERSION) throw new KpiError(`the board's firmware is of ABI version ${abi}, not ${ABI_VERSION}`);
  if (id !== firmwareBoard(slot.board).id) {
    throw new KpiError(
      `${name} is an image for ${slot.board}; this board is ${boardOfId(id) ?? "one that is not known"}`,
    );
  }
  const body = bytes.subarray(SLOT_HEADER_BYTES);
  await loader.exchange("B", word(body.length), ERASE_MS);
  await loader.sendAll("W", body, chunk - 4, (done) => progress(done, body.length));
  await loader.sendAll("D", withSequence(bytes, sequence).subarray(0, SLOT_HEADER_BYTES), chunk - 4);
  await loader.exchange("C", undefined, ERASE_MS);
  await loader.exchange("R");
  return { slot: target, sequence, bytes: body.length, resent: loader.resent };
}
