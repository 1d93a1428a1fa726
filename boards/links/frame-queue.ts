// Frames that wait, oldest first: copies in buffers that are used again and again. The last buffer that came free goes
// first, since it is in the caches.
import { FrameBuffer } from "./frame-buffer.ts";

/** Buffers begin small, and one that is too small is replaced. */
const BUFFER_BYTES = 2048;

export class FrameQueue {
  /** How many frames wait. */
  count = 0;
  readonly #size: number;
  readonly #frames: (FrameBuffer | undefined)[];
  readonly #lengths: Int32Array;
  /** A number that goes with each frame: when it is due. */
  readonly #times: Float64Array;
  readonly #free: FrameBuffer[] = [];
  #head = 0;

  constructor(size: number) {
    this.#size = size;
    this.#frames = new Array<FrameBuffer | undefined>(size).fill(undefined);
    this.#lengths = new Int32Array(size);
    this.#times = new Float64Array(size);
  }

  get full(): boolean {
    return this.count === this.#size;
  }

  /** Takes a copy of the frame; false: it is full. */
  push(frame: Uint8Array, time = 0): boolean {
    if (this.count === this.#size) return false;
    const index = (this.#head + this.count) % this.#size;
    let buffer = this.#free.pop();
    if (buffer === undefined || buffer.capacity < frame.length) {
      buffer = new FrameBuffer(Math.max(BUFFER_BYTES, frame.length));
    }
    buffer.bytes.set(frame);
    this.#frames[index] = buffer;
    this.#lengths[index] = frame.length;
    this.#times[index] = time;
    this.count++;
    return true;
  }

  // ── The oldest one. ──

  get first(): Uint8Array {
    return this.#frames[this.#head]!.view(this.#lengths[this.#head]!);
  }

  get firstTime(): number {
    return this.#times[this.#head]!;
  }

  /** It is done with. */
  drop(): void {
    this.#free.push(this.#frames[this.#head]!);
    this.#frames[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#size;
    this.count--;
  }

  clear(): void {
    while (this.count > 0) this.drop();
  }
}
