// Frames in a stream of bytes, as QEMU's `-netdev stream` and passt have them: length, u32 big-endian, then the frame. Bytes
// come in pieces of any size.
import { FrameBuffer } from "./frame-buffer.ts";
import { MAX_FRAME } from "./link.ts";

export const LENGTH_BYTES = 4;

/** Writes the length of a frame. */
export function putLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length >>> 24;
  bytes[at + 1] = length >>> 16;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
}

export class FrameDecoder {
  readonly #take: (frame: Uint8Array) => boolean | void;
  readonly #frame = new FrameBuffer(MAX_FRAME);
  readonly #header = new Uint8Array(LENGTH_BYTES);
  /** Of the frame that is coming: how many bytes of it, length and all, have come. */
  #have = 0;
  #length = 0;

  /** `take` gets each frame; false: it wants it again. */
  constructor(take: (frame: Uint8Array) => boolean | void) {
    this.#take = take;
  }

  /** Whether a frame has begun and not ended. */
  get partial(): boolean {
    return this.#have > 0;
  }

  /** Whether a complete frame waits to be offered again. */
  get refused(): boolean {
    return this.#have > LENGTH_BYTES && this.#have === LENGTH_BYTES + this.#length;
  }

  /** Takes the bytes from `at` to `end`. Returns how far it came: to the end, or behind a frame that was refused, which the
   *  next call offers again first. Throws for a length that no frame has. */
  decode(bytes: Uint8Array, at: number, end: number): number {
    if (this.refused && !this.#offer()) return at;
    while (at < end) {
      if (this.#have < LENGTH_BYTES) {
        this.#header[this.#have++] = bytes[at++]!;
        if (this.#have < LENGTH_BYTES) continue;
        const [a, b, c, d] = this.#header as unknown as [number, number, number, number];
        this.#length = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
        if (this.#length > MAX_FRAME) {
          throw new RangeError(`a frame of ${this.#length} bytes, where ${MAX_FRAME} is the most`);
        }
      }
      const got = this.#have - LENGTH_BYTES;
      const part = Math.min(this.#length - got, end - at);
      if (part > 0) this.#frame.bytes.set(part === bytes.length ? bytes : bytes.subarray(at, at + part), got);
      at += part;
      this.#have += part;
      if (got + part === this.#length && !this.#offer()) break;
    }
    return at;
  }

  /** The frame is complete. */
  #offer(): boolean {
    // An empty one is nothing that could wait.
    if (this.#take(this.#frame.view(this.#length)) === false && this.#length > 0) return false;
    this.#have = 0;
    return true;
  }

  reset(): void {
    this.#have = 0;
  }
}
