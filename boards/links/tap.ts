// A link to a TAP device: what the host's network stack sends there arrives here. It is fetched in bursts, and only as
// long as the receiver has room: what is not fetched waits in the kernel's queue of the interface, which drops and counts
// what does not fit. There is carrier while the interface is up.
import { KpiError } from "../../host/error.ts";
import { errorText } from "../../host/errno.ts";
import { POLLIN, Poller, type Watch } from "../../host/native/poller.ts";
import { EAGAIN, EBADFD, Tap } from "../../host/native/tuntap.ts";
import type { Timer } from "../board.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { LinkEnd, MAX_FRAME, type LinkServices } from "./link.ts";

/** Frames fetched in one go; then whoever else waits has a turn. */
const BURST = 256;
/** After a burst the next frame is near: it is looked for that often, ns, and so many times, before the thread that waits
 *  for the descriptor is sent for. */
const LOOK_NS = 20_000;
const LOOKS = 10;

export class TapLink extends LinkEnd {
  readonly real = true;
  lost = 0;

  readonly #tap: Tap;
  readonly #watch: Watch;
  readonly #frame = new FrameBuffer(MAX_FRAME);
  /** Bytes of the frame that was fetched and that the receiver had no room for. */
  #held = 0;
  #up = false;
  #looks = 0;
  #timer: Timer | undefined;
  #services: LinkServices | undefined;
  #closed = false;

  constructor(name: string, netns?: string) {
    super();
    this.#tap = new Tap(name, {
      netns,
      onState: ({ up }) => this.#changed(up),
      onGone: () => this.#fail("it is gone: somebody has deleted it"),
    });
    this.#watch = Poller.shared(`link tap:${name}`).watch(this.#tap.fd, () => this.#fetch());
  }

  get carrier(): boolean {
    return this.#up;
  }

  start(services: LinkServices): void {
    this.#services = services;
    this.#timer = services.clock.timer(() => this.#fetch());
    this.#watch.arm(POLLIN);
  }

  /** The interface gets the address of the one that it stands for. */
  setAddress(mac: Uint8Array): void {
    this.#tap.setAddress(mac);
  }

  send(frame: Uint8Array): boolean {
    // A TAP has always room; what its kernel cannot take it counts itself.
    if (this.#closed || this.#tap.write(frame) < 0) this.lost++;
    return true;
  }

  resume(): void {
    if (this.#held > 0 && !this.#timer!.pending) this.#timer!.set(0);
  }

  #changed(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    this.onCarrier(up);
  }

  #fetch(): void {
    if (this.#closed) return;
    if (this.#held > 0) {
      if (this.onReceive(this.#frame.view(this.#held)) === false) return;
      this.#held = 0;
    }
    const { bytes } = this.#frame;
    for (let i = 0; i < BURST; i++) {
      const length = this.#tap.read(bytes, MAX_FRAME);
      if (length <= 0) return this.#empty(length, i > 0);
      if (this.onReceive(this.#frame.view(length)) === false) {
        this.#held = length;
        return;
      }
    }
    this.#timer!.set(0);
  }

  /** Nothing more to fetch. */
  #empty(error: number, fetched: boolean): void {
    if (error === -EBADFD) return this.#fail("it is gone: somebody has deleted it");
    if (error !== -EAGAIN) return this.#fail(errorText(error));
    if (fetched) this.#looks = LOOKS;
    if (this.#looks > 0) {
      this.#looks--;
      this.#timer!.set(LOOK_NS);
    } else this.#watch.arm(POLLIN);
  }

  #fail(why: string): void {
    if (this.#closed) return;
    this.close();
    this.#services?.fail(new KpiError(`link tap:${this.#tap.name}: ${why}`, 1, "ENODEV"));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#watch.close();
    this.#tap.close();
    this.#changed(false);
  }
}
