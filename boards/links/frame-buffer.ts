// A buffer for one frame that is used over and over, so that the packet path makes no garbage. It has byte and
// word views of the same memory (DMA copies by words), and remembers the views it handed out: Ethernet traffic
// uses few lengths, so after a while a view costs nothing.

/** Lengths up to here are remembered; longer frames are rare enough to be given a fresh view. */
const REMEMBERED = 2048;

export class FrameBuffer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Int32Array;
  readonly capacity: number;
  readonly #views: Uint8Array[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
    const buffer = new ArrayBuffer((capacity + 7) & ~3);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
  }

  /** The first `length` bytes. */
  view(length: number): Uint8Array {
    if (length > REMEMBERED) return this.bytes.subarray(0, length);
    return (this.#views[length] ??= this.bytes.subarray(0, length));
  }
}
