// An in-process cable between two ends. A frame arrives `latency` after it was sent, by the board's clock: under
// virtual time a run repeats exactly. Frames wait in buffers that are used again and again.
import type { Clock, Timer } from "../board.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { MAX_FRAME } from "./link.ts";
import type { Link } from "./link.ts";

/** Frames under way in one direction; a sender that outruns the clock by more loses them, as on any switch. A card
 *  here is infinitely fast: 64 buffers of large send make some 3000 frames at one instant. */
const RING = 4096;
/** Buffers begin small, and one that is too small is replaced. */
const BUFFER_BYTES = 2048;

const ignoreFrame = (): void => {};
const ignoreCarrier = (): void => {};

export class WireEnd implements Link {
  onReceive: (frame: Uint8Array) => void = ignoreFrame;
  onCarrier: (carrier: boolean) => void = ignoreCarrier;
  /** Frames that this end sent and the wire lost. */
  dropped = 0;

  readonly #wire: Wire;
  readonly #clock: Clock;
  /** The frames under way, and buffers for more: the last that came free goes first, since it is in the caches. */
  readonly #frames: (FrameBuffer | undefined)[] = new Array<FrameBuffer | undefined>(RING).fill(undefined);
  readonly #free: FrameBuffer[] = [];
  readonly #lengths = new Int32Array(RING);
  readonly #due = new Float64Array(RING);
  /** Rings when the oldest frame arrives. */
  readonly #timer: Timer;
  #head = 0;
  #count = 0;
  #delivering = false;
  /** Counts pulled cables, so that a delivery notices one. */
  #epoch = 0;

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
    this.#timer = clock.timer(() => this.#arrive());
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
    let buffer = this.#free.pop();
    if (buffer === undefined || buffer.capacity < frame.length) {
      buffer = new FrameBuffer(Math.max(BUFFER_BYTES, frame.length));
    }
    buffer.bytes.set(frame);
    this.#frames[index] = buffer;
    this.#lengths[index] = frame.length;
    this.#due[index] = this.#clock.now() + this.#wire.latency;
    this.#count++;
    // For the oldest frame: the rest follow from #arrive.
    if (!this.#timer.pending && !this.#delivering) this.#timer.set(this.#wire.latency);
    return true;
  }

  close(): void {
    this.#wire.close();
  }

  /** Forgets what is under way: the cable was pulled. */
  clear(): void {
    this.#timer.cancel();
    while (this.#count > 0) this.#drop();
    this.#epoch++;
  }

  /** The oldest frame is done with. */
  #drop(): void {
    const index = this.#head;
    this.#free.push(this.#frames[index]!);
    this.#frames[index] = undefined;
    this.#head = (index + 1) % RING;
    this.#count--;
  }

  #arrive(): void {
    const epoch = this.#epoch;
    const other = this.#wire.other(this);
    // Time stands still while alarms run.
    const now = this.#clock.now();
    this.#delivering = true;
    while (this.#count > 0) {
      const index = this.#head;
      if (this.#due[index]! > now) break;
      // The buffer stays taken during the call: the receiver may send, and must not overwrite what it is reading.
      other.onReceive(this.#frames[index]!.view(this.#lengths[index]!));
      if (this.#epoch !== epoch) break;
      this.#drop();
    }
    this.#delivering = false;
    if (this.#count > 0) this.#timer.set(Math.max(this.#due[this.#head]! - now, 0));
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
