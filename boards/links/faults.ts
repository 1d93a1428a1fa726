// loss=, duplicate=, reorder=, corrupt=, delay=, jitter=, rate=: a worse cable than the real one, as tc-netem makes it, each
// way on its own. What happens follows from the seed. A cable of a given rate fills up like any, and then stops the sender.
import type { Clock, Timer } from "../clock.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { FrameQueue } from "./frame-queue.ts";
import { type Link, type LinkServices, MAX_FRAME } from "./link.ts";
import { Middleware } from "./middleware.ts";
import { Random } from "./random.ts";

export interface FaultOptions {
  /** Shares of the frames, 0 to 1. */
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly corrupt: number;
  /** Nanoseconds; of the jitter, the most that comes on top. */
  readonly delay: number;
  readonly jitter: number;
  /** Bits per second; Infinity: as fast as it goes. */
  readonly rate: number;
  readonly seed: number;
}

/** Frames under way in one direction. */
const FRAMES = 1000;
/** How long a frame that was put aside waits for one to follow, ns. */
const ASIDE_NS = 10e6;
/** Preamble, FCS and gap: what a frame costs on a wire besides its bytes. */
const OVERHEAD_BYTES = 24;

/** One direction. */
class Lane {
  lost = 0;
  /** Whether somebody was told that there is no room. */
  refused = false;
  readonly #options: FaultOptions;
  readonly #random: Random;
  readonly #forward: (frame: Uint8Array) => boolean;
  readonly #ready: () => void;
  readonly #queue = new FrameQueue(FRAMES);
  readonly #frame = new FrameBuffer(MAX_FRAME);
  readonly #aside = new FrameQueue(1);
  #clock: Clock | undefined;
  #timer: Timer | undefined;
  #asideTimer: Timer | undefined;
  /** When the wire has sent all that it was given. */
  #free = 0;
  #last = 0;
  #held = false;

  constructor(options: FaultOptions, seed: number, forward: (frame: Uint8Array) => boolean, ready: () => void) {
    this.#options = options;
    this.#random = new Random(seed);
    this.#forward = forward;
    this.#ready = ready;
  }

  start(clock: Clock): void {
    this.#clock = clock;
    this.#timer = clock.timer(() => this.#deliver());
    this.#asideTimer = clock.timer(() => this.#putBack());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#asideTimer?.cancel();
    this.#queue.clear();
    this.#aside.clear();
  }

  /** False: there is no room. */
  push(frame: Uint8Array): boolean {
    // One frame may become three: itself, its double, and what was put aside.
    if (this.#queue.count + 3 > FRAMES) {
      this.refused = true;
      return false;
    }
    const { loss, duplicate, reorder, corrupt } = this.#options;
    if (this.#random.chance(loss)) {
      this.lost++;
      return true;
    }
    if (this.#random.chance(corrupt)) frame = this.#corrupted(frame);
    if (this.#aside.count === 0 && this.#random.chance(reorder)) {
      this.#aside.push(frame);
      this.#asideTimer!.set(ASIDE_NS);
      return true;
    }
    this.#enqueue(frame);
    if (this.#random.chance(duplicate)) this.#enqueue(frame);
    this.#putBack();
    return true;
  }

  /** The receiver has room. */
  resume(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#timer!.set(0);
  }

  /** One bit is another. */
  #corrupted(frame: Uint8Array): Uint8Array {
    if (frame.length === 0) return frame;
    const { bytes } = this.#frame;
    bytes.set(frame);
    bytes[this.#random.below(frame.length)]! ^= 1 << this.#random.below(8);
    return this.#frame.view(frame.length);
  }

  #putBack(): void {
    if (this.#aside.count === 0) return;
    this.#asideTimer!.cancel();
    this.#enqueue(this.#aside.first);
    this.#aside.drop();
  }

  #enqueue(frame: Uint8Array): void {
    const { delay, jitter, rate } = this.#options;
    const now = this.#clock!.now();
    this.#free = Math.max(this.#free, now) + ((frame.length + OVERHEAD_BYTES) * 8e9) / rate;
    const extra = jitter > 0 ? (this.#random.next() / 0x1_0000_0000) * jitter : 0;
    // A later frame does not overtake: that is what `reorder` is for.
    this.#last = Math.max(this.#last, Math.round(this.#free + delay + extra));
    this.#queue.push(frame, this.#last);
    if (!this.#held && !this.#timer!.pending) this.#timer!.set(this.#queue.firstTime - now);
  }

  #deliver(): void {
    const now = this.#clock!.now();
    const queue = this.#queue;
    while (queue.count > 0 && queue.firstTime <= now) {
      if (!this.#forward(queue.first)) {
        this.#held = true;
        break;
      }
      // Whom it was forwarded to may have closed the link.
      if (queue.count > 0) queue.drop();
    }
    if (!this.#held && queue.count > 0) this.#timer!.set(Math.max(queue.firstTime - now, 0));
    if (!this.refused || queue.count > FRAMES / 2) return;
    this.refused = false;
    this.#ready();
  }
}

export class Faults extends Middleware {
  readonly #out: Lane;
  readonly #in: Lane;

  constructor(inner: Link, options: FaultOptions) {
    super(inner);
    this.#out = new Lane(
      options,
      options.seed,
      (frame) => super.send(frame),
      () => this.onReady(),
    );
    this.#in = new Lane(
      options,
      ~options.seed,
      (frame) => this.onReceive(frame) !== false,
      () => super.resume(),
    );
    inner.onReady = () => this.#out.resume();
  }

  override get lost(): number {
    return super.lost + this.#out.lost + this.#in.lost;
  }

  override start(services: LinkServices): void {
    this.#out.start(services.clock);
    this.#in.start(services.clock);
    super.start(services);
  }

  override send(frame: Uint8Array): boolean {
    return this.#out.push(frame);
  }

  override resume(): void {
    this.#in.resume();
  }

  protected override received(frame: Uint8Array): boolean {
    return this.#in.push(frame);
  }

  override close(): void {
    this.#out.stop();
    this.#in.stop();
    super.close();
  }
}
