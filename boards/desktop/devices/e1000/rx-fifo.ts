// The receive half of the packet buffer: frames that wait for descriptors. Its size is what PBA gives to reception;
// what does not fit is lost. Frames lie in slots that are made when they are first needed; an empty buffer begins at
// the first again, so there are no more of them than have waited at once.
import { FrameBuffer } from "../../../links/frame-buffer.ts";

const SLOTS = 1024;
/** Slots begin small and grow, once, to the frames that they meet. */
const SLOT_BYTES = 2048;
/** What the buffer adds to each frame, as the real one keeps its length and status there. */
const OVERHEAD = 16;

export interface FifoState {
  readonly frames: number[][];
  readonly good: boolean[];
}

export class ReceiveFifo {
  /** Frames that wait. */
  count = 0;
  /** Bytes that they take. */
  used = 0;

  readonly #slots: FrameBuffer[] = [];
  readonly #lengths = new Int32Array(SLOTS);
  /** Whether the FCS was right. */
  readonly #good = new Uint8Array(SLOTS);
  #head = 0;

  clear(): void {
    this.count = 0;
    this.used = 0;
    this.#head = 0;
  }

  /** Whether an empty buffer has room for a frame. */
  static takes(length: number, capacity: number): boolean {
    return length + OVERHEAD <= capacity;
  }

  /** Whether a frame finds room beside the others. */
  fits(length: number, capacity: number): boolean {
    return this.count < SLOTS && this.used + length + OVERHEAD <= capacity;
  }

  /** Takes a copy of a frame, if it fits into `capacity` bytes beside the others. */
  push(frame: Uint8Array, good: boolean, capacity: number): boolean {
    if (!this.fits(frame.length, capacity)) return false;
    const index = (this.#head + this.count++) % SLOTS;
    let slot = this.#slots[index];
    if (slot === undefined || slot.capacity < frame.length) {
      slot = new FrameBuffer(Math.max(SLOT_BYTES, frame.length));
      this.#slots[index] = slot;
    }
    slot.bytes.set(frame);
    this.#lengths[index] = frame.length;
    this.#good[index] = good ? 1 : 0;
    this.used += frame.length + OVERHEAD;
    return true;
  }

  // ── The oldest one. ──

  get first(): Uint8Array {
    return this.#slots[this.#head]!.view(this.#lengths[this.#head]!);
  }

  get firstGood(): boolean {
    return this.#good[this.#head] !== 0;
  }

  drop(): void {
    this.used -= this.#lengths[this.#head]! + OVERHEAD;
    this.#head = --this.count === 0 ? 0 : (this.#head + 1) % SLOTS;
  }

  save(): FifoState {
    const indices = Array.from({ length: this.count }, (_, i) => (this.#head + i) % SLOTS);
    return {
      frames: indices.map((index) => Array.from(this.#slots[index]!.view(this.#lengths[index]!))),
      good: indices.map((index) => this.#good[index] !== 0),
    };
  }

  restore(state: FifoState): void {
    this.clear();
    state.frames.forEach((frame, i) => this.push(Uint8Array.from(frame), state.good[i]!, Infinity));
  }
}
