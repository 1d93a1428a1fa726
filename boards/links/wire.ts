// An in-process cable between two ends. A frame arrives `latency` after it was sent, by the board's clock: under
// virtual time a run repeats exactly. Frames for a receiver without room wait on the wire, and a full wire stops the
// sender.
import type { Clock, Timer } from "../clock.ts";
import { FrameQueue } from "./frame-queue.ts";
import { LinkEnd, MAX_FRAME } from "./link.ts";

/** Frames under way in one direction. A card here is infinitely fast: 64 buffers of large send make some 3000 frames at
 *  one instant. */
const RING = 4096;
/** A sender that found the wire full hears of room when there is some worth the call. */
const ROOM = RING / 2;

export class WireEnd extends LinkEnd {
  readonly real = false;
  lost = 0;

  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #frames = new FrameQueue(RING);
  /** Rings when the oldest frame arrives. */
  readonly #timer: Timer;
  #delivering = false;
  /** The other end has no room. */
  #held = false;
  /** The sender waits for room. */
  #refused = false;
  /** Counts pulled cables, so that a delivery notices one. */
  #epoch = 0;

  constructor(wire: Wire, clock: Clock) {
    super();
    this.#wire = wire;
    this.#clock = clock;
    this.#timer = clock.timer(() => this.#arrive());
  }

  get carrier(): boolean {
    return this.#wire.carrier;
  }

  start(): void {}

  send(frame: Uint8Array): boolean {
    if (!this.#wire.carrier || frame.length > MAX_FRAME) {
      this.lost++;
      return true;
    }
    if (!this.#frames.push(frame, this.#clock.now() + this.#wire.latency)) {
      this.#refused = true;
      return false;
    }
    // For the oldest frame: the rest follow from #arrive.
    if (!this.#timer.pending && !this.#delivering && !this.#held) this.#timer.set(this.#wire.latency);
    return true;
  }

  /** What the other end sends goes on arriving here. Not at once: who has room may be in the midst of making it. */
  resume(): void {
    this.#wire.other(this).#release();
  }

  #release(): void {
    if (!this.#held) return;
    this.#held = false;
    if (!this.#delivering) this.#timer.set(0);
  }

  close(): void {
    this.#wire.close();
  }

  /** Forgets what is under way: the cable was pulled. */
  clear(): void {
    this.#timer.cancel();
    this.#frames.clear();
    this.#held = false;
    this.#epoch++;
  }

  /** The wire was cleared: a sender that waited may go on. */
  ready(): void {
    if (!this.#refused || this.#frames.count > ROOM) return;
    this.#refused = false;
    this.onReady();
  }

  #arrive(): void {
    const epoch = this.#epoch;
    const other = this.#wire.other(this);
    const frames = this.#frames;
    // Time stands still while alarms run.
    const now = this.#clock.now();
    this.#delivering = true;
    while (frames.count > 0 && frames.firstTime <= now) {
      // The frame stays in the queue during the call: the receiver may send, and must not overwrite what it is reading.
      const taken = other.onReceive(frames.first);
      if (this.#epoch !== epoch) break;
      if (taken === false && this.#wire.waits) {
        this.#held = true;
        break;
      }
      if (taken === false) other.onMissed(frames.first);
      frames.drop();
    }
    this.#delivering = false;
    if (!this.#held && frames.count > 0) this.#timer.set(Math.max(frames.firstTime - now, 0));
    this.ready();
  }
}

export class Wire {
  readonly a: WireEnd;
  readonly b: WireEnd;
  /** Nanoseconds from one end to the other. */
  latency: number;
  /** Whether frames wait for a receiver without room; else it misses them, as on any real cable. */
  waits = true;
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
    for (const end of [this.a, this.b]) end.clear();
    for (const end of [this.a, this.b]) {
      end.onCarrier(this.carrier);
      end.ready();
    }
  }
}
