// An in-process cable between two ends. A frame arrives `latency` after it was sent, by the board's clock: under
// virtual time a run repeats exactly. Frames wait in a ring of buffers that are made once and reused.
import type { Alarm, Clock } from "../board.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { MAX_FRAME } from "./link.ts";
import type { Link } from "./link.ts";

/** Frames under way in one direction; a sender that outruns the clock by more loses them, as on any switch. A card
 *  here is infinitely fast: 64 buffers of large send make some 3000 frames at one instant. */
const RING = 4096;
/** Slots begin small and grow, once, to the frames that they meet. */
const SLOT_BYTES = 2048;

const ignoreFrame = (): void => {};
const ignoreCarrier = (): void => {};

export class WireEnd implements Link {
  onReceive: (frame: Uint8Array) => void = ignoreFrame;
  onCarrier: (carrier: boolean) => void = ignoreCarrier;
  /** Frames that this end sent and the wire lost. */
  dropped = 0;

  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #slots: FrameBuffer[] = [];
  readonly #lengths = new Int32Array(RING);
  readonly #due = new Float64Array(RING);
  readonly #deliver = (): void => this.#arrive();
  #head = 0;
  #count = 0;
  #alarm: Alarm | undefined;
  #delivering = false;
  /** Counts pulled cables, so that a delivery notices one. */
  #epoch = 0;

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
  }

  get carrier(): boolean {
    return this.#wire.carrier;
  }

  send(frame: Uint8Array): boolean {
    if (!this.#wire.carrier || this.#count === RING || frame.length > MAX_FRAME) {
      this.dropped++;
      return false;
    }
    const index = (this.#head + this.#count) % RING;
    let slot = this.#slots[index];
    if (slot === undefined || slot.capacity < frame.length) {
      slot = new FrameBuffer(Math.max(SLOT_BYTES, frame.length));
      this.#slots[index] = slot;
    }
    slot.bytes.set(frame);
    this.#lengths[index] = frame.length;
    this.#due[index] = this.#clock.now() + this.#wire.latency;
    this.#count++;
    // One alarm at a time, for the oldest frame: the rest follow from #arrive.
    if (this.#alarm === undefined && !this.#delivering) {
      this.#alarm = this.#clock.after(this.#wire.latency, this.#deliver);
    }
    return true;
  }

  close(): void {
    this.#wire.close();
  }

  /** Forgets what is under way: the cable was pulled. */
  clear(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#count = 0;
    this.#epoch++;
  }

  #arrive(): void {
    const epoch = this.#epoch;
    const other = this.#wire.other(this);
    this.#alarm = undefined;
    this.#delivering = true;
    while (this.#count > 0) {
      const index = this.#head;
      if (this.#due[index]! > this.#clock.now()) break;
      // The slot stays taken during the call: the receiver may send, and must not overwrite what it is reading.
      other.onReceive(this.#slots[index]!.view(this.#lengths[index]!));
      if (this.#epoch !== epoch) break;
      this.#head = (index + 1) % RING;
      this.#count--;
    }
    this.#delivering = false;
    if (this.#count > 0) {
      const wait = this.#due[this.#head]! - this.#clock.now();
      this.#alarm = this.#clock.after(wait > 0 ? wait : 0, this.#deliver);
    }
  }
}

export class Wire {
  readonly a: WireEnd;
  readonly b: WireEnd;
  /** Nanoseconds from one end to the other. */
  latency: number;
  #plugged = true;
  #closed = false;

  constructor(clock: Clock, latency: number) {
    this.latency = latency;
    this.a = new WireEnd(this, clock);
    this.b = new WireEnd(this, clock);
  }

  get carrier(): boolean {
    return this.#plugged && !this.#closed;
  }

  other(end: WireEnd): WireEnd {
    return end === this.a ? this.b : this.a;
  }

  /** Puts the cable in or pulls it; frames under way are lost. */
  plug(plugged: boolean): void {
    this.#change(plugged, this.#closed);
  }

  close(): void {
    this.#change(this.#plugged, true);
  }

  #change(plugged: boolean, closed: boolean): void {
    const before = this.carrier;
    this.#plugged = plugged;
    this.#closed = closed;
    if (this.carrier === before) return;
    this.a.clear();
    this.b.clear();
    this.a.onCarrier(this.carrier);
    this.b.onCarrier(this.carrier);
  }
}
