// A buffer for one frame that is used over and over, so that the packet path makes no garbage. It has byte and
// word views of the same memory (DMA copies by words), and remembers the views that it handed out.

/** Lengths up to here are remembered; longer frames are rare enough to be given a fresh view. */
const REMEMBERED = 2048;

/** Views of the bytes from `start` on, by length. Ethernet traffic uses few, so after a while one costs nothing. */
export class FrameViews {
  readonly start: number;
  readonly #bytes: Uint8Array;
  readonly #views: Uint8Array[] = [];

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.start = start;
  }

  view(length: number): Uint8Array {
    if (length > REMEMBERED) return this.#bytes.subarray(this.start, this.start + length);
    return (this.#views[length] ??= this.#bytes.subarray(this.start, this.start + length));
  }
}

export class FrameBuffer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Int32Array;
  readonly capacity: number;
  readonly #views: FrameViews;

  constructor(capacity: number) {
    this.capacity = capacity;
    const buffer = new ArrayBuffer((capacity + 7) & ~3);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.#views = new FrameViews(this.bytes, 0);
  }

  /** The first `length` bytes. */
  view(length: number): Uint8Array {
    return this.#views.view(length);
  }
}
