// kpi flash: writes an image into the slot of a board that is not booted, over its serial line. A line that is lost is
// opened again, and the board goes on where it was; one that was reset meanwhile begins again.

import type { Duplex } from "node:stream";
import { KpiError } from "../../host/error.ts";
import { boardOfId, firmwareBoard } from "./boards.ts";
import { BoardReset, LineGone, LoaderLine } from "./serial.ts";
import { readSlot, SLOT_HEADER_BYTES, withSequence } from "./slot.ts";

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** A block takes a second or two to erase, an image has two of them. */
const ERASE_MS = 5000;
/** Lines that are lost, or resets of the board, one after the other, nothing having been written, before that is given up. */
const IDLE_LINES = 10;

/** Opens the line to the board, when it begins and whenever it has been lost; throws if there will be none. Closing the
 *  last one is up to who opened it. */
export type Connect = () => Duplex | Promise<Duplex>;

export interface FlashResult {
  slot: number;
  sequence: number;
  bytes: number;
  /** Frames that had to be sent again. */
  resent: number;
  /** How often the line was lost. */
  lost: number;
}

/** What the board says to a hello. */
interface Hello {
  slot: number;
  sequence: number;
  /** Most bytes of a write. */
  chunk: number;
  /** Length of the body that has been begun. */
  begun: number;
}

/** The image's file, and what it says of itself. */
interface Of {
  name: string;
  board: string;
  abi: number;
}

class Writing {
  readonly #image: Buffer;
  readonly #of: Of;
  readonly #body: Buffer;
  readonly #progress: (done: number, all: number) => void;
  /** Where the image goes: what the first hello said. */
  to: Hello | undefined;
  /** Bytes of the body that the board has. */
  done = 0;

  constructor(image: Buffer, of: Of, progress: (done: number, all: number) => void) {
    this.#image = image;
    this.#of = of;
    this.#body = image.subarray(SLOT_HEADER_BYTES);
    this.#progress = progress;
  }

  async #hello(loader: LoaderLine): Promise<Hello> {
    const facts = await loader.hello();
    const words = Array.from({ length: facts.length >> 2 }, (_, i) => facts.readUInt32LE(4 * i));
    const [abi = 0, slot = 0, sequence = 0, chunk = 0, id = 0, begun = 0] = words;
    const { name, board, abi: own } = this.#of;
    if (id !== firmwareBoard(board).id) {
      throw new KpiError(`${name} is an image for ${board}; this board is ${boardOfId(id) ?? "one that is not known"}`);
    }
    if (abi !== own) {
      throw new KpiError(
        `${name} is of ABI version ${own}, the board's firmware of ${abi}: one of them is to be made anew`,
      );
    }
    return { slot, sequence, chunk, begun };
  }

  /** Takes the board from wherever it is to the end. */
  async run(loader: LoaderLine): Promise<void> {
    const hello = await this.#hello(loader);
    // A board that counts on has the image already: only its answer was lost.
    if (this.to?.sequence === undefined || hello.sequence !== this.to.sequence + 1) await this.#write(loader, hello);
    await loader.exchange("R");
  }

  async #write(loader: LoaderLine, hello: Hello): Promise<void> {
    const body = this.#body;
    if (hello.begun !== body.length || hello.slot !== this.to?.slot) {
      this.done = 0;
      this.to = undefined;
      const header = withSequence(this.#image, hello.sequence).subarray(0, SLOT_HEADER_BYTES);
      await loader.sendAll("D", header, hello.chunk - 4);
      await loader.exchange("B", undefined, ERASE_MS);
    }
    this.to = hello;
    const from = this.done;
    await loader.sendAll("W", body, hello.chunk - 4, from, (done) => this.#progress((this.done = done), body.length));
    await loader.exchange("C", undefined, ERASE_MS);
  }
}

export async function flash(
  connect: Connect,
  bytes: Buffer,
  name: string,
  progress: (done: number, all: number) => void = () => {},
): Promise<FlashResult> {
  const { board, abi } = readSlot(bytes, name);
  const writing = new Writing(bytes, { name, board, abi }, progress);
  let resent = 0;
  let lost = 0;
  let loader = new LoaderLine(await connect());
  for (let idle = 0; ;) {
    const before = writing.done;
    try {
      await writing.run(loader);
      const { slot, sequence } = writing.to!;
      return { slot, sequence, bytes: bytes.length - SLOT_HEADER_BYTES, resent: resent + loader.resent, lost };
    } catch (error) {
      idle = error instanceof LineGone && writing.done > before ? 0 : idle + 1;
      if (idle === IDLE_LINES) throw error;
      if (error instanceof BoardReset) continue;
      if (!(error instanceof LineGone)) throw error;
      resent += loader.resent;
      lost++;
      loader = new LoaderLine(await connect());
    }
  }
}
