// A link to a descriptor on which each read is one packet and each write too: a TAP, a datagram socket. Packets are fetched
// in bursts, and only as long as the receiver has room: what is not fetched waits in the kernel, which drops and counts
// what does not fit there.
import { KpiError } from "../../host/error.ts";
import { errorText } from "../../host/errno.ts";
import { POLLIN, POLLOUT, Poller, type Watch } from "../../host/native/poller.ts";
import type { Timer } from "../clock.ts";
import { LinkEnd, type LinkServices } from "./link.ts";

/** Packets fetched in one go; then whoever else waits has a turn. */
const BURST = 256;
/** After a burst the next packet is near: it is looked for that often, ns, and so many times, before the thread that waits
 *  for the descriptor is sent for. */
const LOOK_NS = 20_000;
const LOOKS = 10;

const EAGAIN = 11;
const ENOBUFS = 105;

export abstract class DescriptorLink extends LinkEnd {
  readonly real = true;
  lost = 0;
  /** For messages: "tap:wire0". */
  protected readonly name: string;

  #watch: Watch | undefined;
  /** The receiver had no room for what was fetched. */
  #held = false;
  #looks = 0;
  #timer: Timer | undefined;
  #services: LinkServices | undefined;
  protected closed = false;
  /** What poll is asked for. */
  #wanted = 0;

  constructor(name: string) {
    super();
    this.name = name;
  }

  /** Fetches a packet; negative: the errno. */
  protected abstract fetch(): number;
  /** Gives what was fetched to the receiver; false: it has no room for it, or for all of it, and is asked again. */
  protected abstract deliver(): boolean;
  /** Writes a frame, as written() says. */
  protected abstract write(frame: Uint8Array): boolean;
  /** What an error of one of these means: the end of the link; undefined: a frame is lost, no more. */
  protected abstract fatal(errno: number): string | undefined;
  protected abstract release(): void;

  /** The descriptor is open. */
  protected opened(fd: number): void {
    this.#watch = Poller.shared(`link ${this.name}`).watch(fd, () => this.#polled());
  }

  start(services: LinkServices): void {
    this.#services = services;
    this.#timer = services.clock.timer(() => this.#fetch());
    this.#want(POLLIN);
  }

  send(frame: Uint8Array): boolean {
    if (this.closed) {
      this.lost++;
      return true;
    }
    this.expect();
    return this.write(frame);
  }

  /** What is sent has an answer, mostly, and that is near. */
  protected expect(): void {
    this.#looks = LOOKS;
    if (!this.#held && this.#timer?.pending === false) this.#timer.set(LOOK_NS);
  }

  /** What became of `frames` frames that were written, by the result: false: there is no room for them now. */
  protected written(result: number, frames = 1): boolean {
    if (result >= 0) return true;
    if (result === -EAGAIN || result === -ENOBUFS) {
      this.#want(this.#wanted | POLLOUT);
      return false;
    }
    this.lost += frames;
    const why = this.fatal(-result);
    if (why !== undefined) this.fail(why);
    return true;
  }

  /** There is room again. */
  protected writable(): void {
    this.onReady();
  }

  resume(): void {
    if (this.#held && !this.#timer!.pending) this.#timer!.set(0);
  }

  #want(events: number): void {
    this.#wanted = events;
    this.#watch!.arm(events);
  }

  /** One of the events wanted is there. */
  #polled(): void {
    const sending = (this.#wanted & POLLOUT) !== 0;
    const fetching = (this.#wanted & POLLIN) !== 0;
    this.#wanted = 0;
    if (fetching) this.#fetch();
    if (sending && !this.closed) this.writable();
  }

  #fetch(): void {
    if (this.closed) return;
    if (this.#held) {
      if (!this.deliver()) return;
      this.#held = false;
    }
    for (let i = 0; i < BURST; i++) {
      const length = this.fetch();
      if (length < 0) {
        this.#empty(-length, i > 0);
        return;
      }
      this.#held = !this.deliver();
      if (this.#held || this.closed) return;
    }
    this.#timer!.set(0);
  }

  /** Nothing more to fetch. */
  #empty(errno: number, fetched: boolean): void {
    const why = errno === EAGAIN ? undefined : this.fatal(errno);
    if (why !== undefined) {
      this.fail(why);
      return;
    }
    if (fetched) this.#looks = LOOKS;
    if (this.#looks > 0) {
      this.#looks--;
      this.#timer!.set(LOOK_NS);
    } else this.#want(this.#wanted | POLLIN);
  }

  /** The link is of no more use. */
  protected fail(why: string | number): void {
    if (this.closed) return;
    this.close();
    const text = typeof why === "number" ? errorText(-why) : why;
    this.#services?.fail(new KpiError(`link ${this.name}: ${text}`, 1, "ENODEV"));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#timer?.cancel();
    this.#watch?.close();
    this.release();
  }
}
