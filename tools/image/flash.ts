// kpi flash: writes an image into the slot of a board that is not booted, over its serial line.

import type { Duplex } from "node:stream";
import { KpiError } from "../../host/error.ts";
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
  readSlot(bytes, name);
  const loader = new LoaderLine(line);
  const facts = await loader.exchange("H", undefined, 300);
  const [abi, slot, sequence, chunk] = [0, 4, 8, 12].map((at) => facts.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  if (abi !== ABI_VERSION) throw new KpiError(`the board's firmware is of ABI version ${abi}, not ${ABI_VERSION}`);
  const body = bytes.subarray(SLOT_HEADER_BYTES);
  await loader.exchange("B", word(body.length), ERASE_MS);
  await loader.sendAll("W", body, chunk - 4, (done) => progress(done, body.length));
  await loader.sendAll("D", withSequence(bytes, sequence).subarray(0, SLOT_HEADER_BYTES), chunk - 4);
  await loader.exchange("C", undefined, ERASE_MS);
  await loader.exchange("R");
  return { slot, sequence, bytes: body.length, resent: loader.resent };
}
