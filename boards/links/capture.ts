// pcap=FILE: notes the frames that pass, both ways, with the times at which they did.
import type { Clock } from "../clock.ts";
import type { Link, LinkServices } from "./link.ts";
import { Middleware } from "./middleware.ts";
import { INBOUND, OUTBOUND, PcapngWriter } from "./pcapng.ts";

/** How long a frame may be noted and not in the file, ns: somebody may look at it while the board runs. */
const FLUSH_NS = 5e8;

export class Capture extends Middleware {
  readonly #writer: PcapngWriter;
  #services: LinkServices | undefined;
  #clock: Clock | undefined;
  /** Seconds since 1970 at which the clock was 0, and the nanoseconds of that second. */
  #epoch = 0;
  #epochNs = 0;
  /** The frame that arrives next was refused, and is noted already. */
  #noted = false;
  /** Frames that arrived and that the receiver had no room for. */
  #missed = 0;
  #flush: () => void = () => {};
  #closed = false;

  constructor(inner: Link, path: string, name: string) {
    super(inner);
    try {
      this.#writer = new PcapngWriter(path, name);
    } catch (error) {
      inner.close();
      throw error;
    }
    inner.onMissed = (frame) => {
      this.#noted = false;
      this.#missed++;
      this.onMissed(frame);
    };
  }

  override start(services: LinkServices): void {
    this.#services = services;
    this.#clock = services.clock;
    // Under virtual time, which begins at 0, a run repeats to the byte.
    if (this.real) {
      const ms = performance.timeOrigin + performance.now() - services.clock.now() / 1e6;
      this.#epoch = Math.floor(ms / 1000);
      this.#epochNs = Math.round((ms - this.#epoch * 1000) * 1e6);
    }
    const timer = services.clock.timer(() => this.#guard(() => this.#writer.flush()));
    this.#flush = () => {
      if (!timer.pending) timer.set(FLUSH_NS);
    };
    super.start(services);
  }

  override send(frame: Uint8Array): boolean {
    const taken = super.send(frame);
    if (taken) this.#note(frame, OUTBOUND);
    return taken;
  }

  protected override received(frame: Uint8Array): boolean | void {
    if (!this.#noted) this.#note(frame, INBOUND);
    const taken = super.received(frame);
    this.#noted = taken === false;
    return taken;
  }

  #note(frame: Uint8Array, direction: number): void {
    const now = this.#clock!.now() + this.#epochNs;
    const seconds = Math.floor(now / 1e9);
    try {
      this.#writer.write(frame, direction, this.#epoch + seconds, Math.floor(now - seconds * 1e9));
    } catch (error) {
      this.#failed(error as Error);
    }
    this.#flush();
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  #failed(error: Error): void {
    if (!this.#closed) this.#services!.fail(error);
  }

  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    super.close();
    this.#writer.close(this.lost + this.#missed);
  }
}
