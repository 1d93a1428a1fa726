// The link that a card has unless it is given another: a wire to a built-in peer.
import { LinkEnd, type Link, type LinkServices } from "./link.ts";
import { Middleware } from "./middleware.ts";
import { Peer } from "./peer.ts";
import { Wire } from "./wire.ts";

/** One way, about what a switch on a desk costs. */
const LATENCY_NS = 50_000;

export class PeerLink extends LinkEnd {
  readonly real = false;
  readonly #latency: number;
  #wire: Wire | undefined;
  #peer: Peer | undefined;

  /** `latency`: nanoseconds that a frame takes. */
  constructor(latency = LATENCY_NS) {
    super();
    this.#latency = latency;
  }

  /** The peer of a link that leads to one, whatever stands in between. */
  static of(link: Link): PeerLink | undefined {
    while (link instanceof Middleware) link = link.inner;
    return link instanceof PeerLink ? link : undefined;
  }

  /** The cable; there is one once the board is powered on. */
  get wire(): Wire {
    return this.#wire!;
  }

  get peer(): Peer {
    return this.#peer!;
  }

  get carrier(): boolean {
    return this.#wire !== undefined && this.#wire.carrier;
  }

  get lost(): number {
    return this.#wire?.a.lost ?? 0;
  }

  start({ clock }: LinkServices): void {
    this.#wire = new Wire(clock, this.#latency);
    const { a, b } = this.#wire;
    a.onReceive = (frame) => this.onReceive(frame);
    a.onMissed = (frame) => this.onMissed(frame);
    a.onReady = () => this.onReady();
    a.onCarrier = (carrier) => this.onCarrier(carrier);
    this.#peer = new Peer(b, clock);
  }

  send(frame: Uint8Array): boolean {
    return this.wire.a.send(frame);
  }

  resume(): void {
    this.wire.a.resume();
  }

  close(): void {
    this.#wire?.close();
  }
}
