// The loader's frames (boards/firmware/loader.c), and the exchange of one for its answer.

import type { Duplex } from "node:stream";
import { crc32 } from "node:zlib";
import { KpiError } from "../../host/error.ts";

const FLAG = 0x7e;
const ESCAPE = 0x7d;

export function encode(number: number, type: string, data: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.of(number, type.charCodeAt(0)), data, Buffer.alloc(4)]);
  content.writeUInt32LE(crc32(content.subarray(0, -4)), content.length - 4);
  const out = [FLAG];
  for (const byte of content) {
    if (byte === FLAG || byte === ESCAPE) out.push(ESCAPE, byte ^ 0x20);
    else out.push(byte);
  }
  return Buffer.from([...out, FLAG]);
}

export interface Frame {
  number: number;
  type: string;
  data: Buffer;
}

/** Finds frames in what a board sends; the rest is its console. */
export class FrameReader {
  #bytes: number[] = [];
  #escaped = false;
  readonly #onFrame: (frame: Frame) => void;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Uint8Array): void {
    for (const byte of chunk) this.#byte(byte);
  }

  #byte(byte: number): void {
    if (byte === FLAG) {
      this.#end();
    } else if (byte === ESCAPE) {
      this.#escaped = true;
    } else {
      this.#bytes.push(this.#escaped ? byte ^ 0x20 : byte);
      this.#escaped = false;
    }
  }

  #end(): void {
    const content = Buffer.from(this.#bytes);
    this.#bytes = [];
    this.#escaped = false;
    if (content.length === 0) return;
    if (content.length < 6 || crc32(content.subarray(0, -4)) !== content.readUInt32LE(content.length - 4)) {
      // An answer that is damaged is as good as one that says that the question was.
      this.#onFrame({ number: 0, type: "N", data: Buffer.alloc(0) });
      return;
    }
    this.#onFrame({ number: content[0]!, type: String.fromCharCode(content[1]!), data: content.subarray(2, -4) });
  }
}

/** How often a frame is sent before the board is given up. */
const TRIES = 40;
/** A board is asked more often than it listens for after a reset, for there may be nothing else in it that listens; and for
 *  long, since it may be in the midst of anything. */
const ASK_MS = 40;
const ASKS = 750;

/** Bytes of data in a frame. */
const PART_MAX = 1020;
const PART_MIN = 32;
const PART_MS = 1000;
const SETTLE_MS = 30;
/** No frame: the line ended. */
const GONE = "";

export class LineGone extends KpiError {
  constructor() {
    super("the line to the board is gone; once it is back, begin again");
  }
}

/** The board knows nothing of what went before. */
export class BoardReset extends KpiError {
  constructor() {
    super("the board is reset again and again");
  }
}

export class LoaderLine {
  readonly #line: Duplex;
  #number = 0;
  #gone = false;
  #answer: ((frame: Frame) => void) | undefined;
  readonly #reader = new FrameReader((frame) => {
    if (frame.number === this.#number || frame.type === "N") this.#answer?.(frame);
  });
  /** Frames that were sent more than once. */
  resent = 0;

  constructor(line: Duplex) {
    this.#line = line;
    line.on("data", (chunk: Buffer) => this.#reader.push(chunk));
    // Who waits for an answer hears of a line that is gone by its silence.
    line.on("error", () => {});
    for (const end of ["end", "close"]) line.once(end, () => this.#over());
  }

  /** The line is no more: nothing will be heard on it. */
  #over(): void {
    this.#gone = true;
    this.#answer?.({ number: 0, type: GONE, data: Buffer.alloc(0) });
  }

  /** The answer to what was sent, or undefined after `wait` milliseconds; `denials`: whether one ends the wait. */
  #hear(wait: number, denials: boolean): Promise<Frame | undefined> {
    return new Promise((resolve) => {
      const done = (answer: Frame | undefined): void => {
        clearTimeout(timer);
        this.#answer = undefined;
        resolve(answer);
      };
      const timer = setTimeout(() => done(undefined), wait);
      this.#answer = (answer) => void (answer.type === "N" && !denials ? undefined : done(answer));
    });
  }

  async #once(frame: Buffer, wait: number): Promise<Frame | undefined> {
    this.#line.write(frame);
    const answer = await this.#hear(wait, true);
    // Before the next try, what is still under way: tries that overtake answers would only multiply both.
    return answer?.type === "N" ? this.#hear(SETTLE_MS, false) : answer;
  }

  /** Sends a frame until the board answers it, up to `tries` times; `wait`: milliseconds for one answer. */
  async attempt(type: string, data: Uint8Array, wait = 1000, tries = TRIES): Promise<Buffer | undefined> {
    this.#number = (this.#number + 1) & 0xff;
    const frame = encode(this.#number, type, data);
    for (let i = 0; i < tries; i++) {
      if (i > 0) this.resent++;
      const answer = await this.#once(frame, wait);
      if (answer?.type === "A") return answer.data;
      if (this.#gone) throw new LineGone();
      if (answer?.type === "L") throw new BoardReset();
      if (answer?.type === "E") throw new KpiError(`the board refuses the image: ${answer.data.toString("utf8")}`);
    }
    return undefined;
  }

  /** Asks the board whether it listens, until it does. Nothing has been lost that it did not hear. */
  async hello(): Promise<Buffer> {
    const answer = await this.attempt("H", Buffer.alloc(0), ASK_MS, ASKS);
    this.resent = 0;
    if (!answer) throw new KpiError("the board does not answer; is it on, and is the port the right one?");
    return answer;
  }

  async exchange(type: string, data: Uint8Array = Buffer.alloc(0), wait = 1000): Promise<Buffer> {
    const answer = await this.attempt(type, data, wait);
    if (!answer) throw new KpiError("the board does not answer any more");
    return answer;
  }

  /** Sends `bytes` in frames of a type that begins with an offset: large ones while all goes well, since each costs an
   *  answer, and small ones on a bad line, where no large one arrives whole. */
  async sendAll(
    type: string,
    bytes: Buffer,
    most: number,
    from = 0,
    progress: (done: number) => void = () => {},
  ): Promise<void> {
    let part = Math.min(most & ~3, PART_MAX);
    for (let at = from; at < bytes.length;) {
      const data = Buffer.alloc(4 + Math.min(part, bytes.length - at));
      data.writeUInt32LE(at);
      bytes.copy(data, 4, at);
      const before = this.resent;
      const sent = await this.attempt(type, data, PART_MS, part > PART_MIN ? 2 : TRIES);
      if (sent) progress((at += data.length - 4));
      else if (part === PART_MIN) throw new KpiError("the board does not answer any more");
      if (!sent) part = Math.max(PART_MIN, (part >> 1) & ~3);
      else if (this.resent === before) part = Math.min(most & ~3, PART_MAX, part * 2);
    }
  }
}
