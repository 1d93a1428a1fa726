// An in-process hub: what one port sends, all others get. Ports may belong to boards with clocks of their own. A port whose
// receiver has no room keeps frames; when one is full, nobody can send until it has room again.
import type { Timer } from "../clock.ts";
import { FrameQueue } from "./frame-queue.ts";
import { LinkEnd, type LinkServices, MAX_FRAME } from "./link.ts";

/** Frames that wait at a port. */
const FRAMES = 1024;

export class Hub {
  static readonly #named = new Map<string, Hub>();
  readonly #ports = new Set<HubPort>();

  /** The hub of that name, which is there as long as it has ports. */
  static named(name: string): Hub {
    let hub = Hub.#named.get(name);
    if (hub === undefined) Hub.#named.set(name, (hub = new Hub(() => Hub.#named.delete(name))));
    return hub;
  }

  readonly #empty: () => void;

  constructor(empty: () => void = () => {}) {
    this.#empty = empty;
  }

  port(): HubPort {
    const port = new HubPort(this);
    this.#ports.add(port);
    this.carrierChanged();
    return port;
  }

  remove(port: HubPort): void {
    if (!this.#ports.delete(port)) return;
    this.carrierChanged();
    this.ready();
    if (this.#ports.size === 0) this.#empty();
  }

  /** Whether somebody is there beside `port`. */
  get shared(): boolean {
    return this.#ports.size > 1;
  }

  carrierChanged(): void {
    for (const port of this.#ports) port.update();
  }

  send(from: HubPort, frame: Uint8Array): boolean {
    for (const port of this.#ports) if (port !== from && port.full) return false;
    for (const port of this.#ports) if (port !== from) port.deliver(frame);
    return true;
  }

  ready(): void {
    for (const port of this.#ports) port.ready();
  }
}

export class HubPort extends LinkEnd {
  readonly real = false;
  lost = 0;
  readonly #hub: Hub;
  readonly #waiting = new FrameQueue(FRAMES);
  #timer: Timer | undefined;
  #carrier = false;
  #held = false;
  #refused = false;

  constructor(hub: Hub) {
    super();
    this.#hub = hub;
  }

  get carrier(): boolean {
    return this.#carrier;
  }

  start(services: LinkServices): void {
    this.#timer = services.clock.timer(() => this.#arrive());
    // The board, which is not there yet, sees for itself.
    this.#carrier = this.#hub.shared;
    this.#hub.carrierChanged();
  }

  send(frame: Uint8Array): boolean {
    if (!this.#carrier || frame.length > MAX_FRAME) {
      this.lost++;
      return true;
    }
    this.#refused = !this.#hub.send(this, frame);
    return !this.#refused;
  }

  resume(): void {
    this.#held = false;
    this.#timer?.set(0);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#hub.remove(this);
    this.update();
  }

  // ── What the hub calls. ──

  /** A port without a board has a cable and no card. */
  get full(): boolean {
    return this.#timer !== undefined && this.#waiting.full;
  }

  deliver(frame: Uint8Array): void {
    if (this.#timer === undefined) return;
    this.#waiting.push(frame);
    if (!this.#held && !this.#timer.pending) this.#timer.set(0);
  }

  ready(): void {
    if (!this.#refused) return;
    this.#refused = false;
    this.onReady();
  }

  update(): void {
    const carrier = this.#timer !== undefined && this.#hub.shared;
    if (carrier === this.#carrier) return;
    this.#carrier = carrier;
    this.onCarrier(carrier);
  }

  #arrive(): void {
    const wasFull = this.#waiting.full;
    for (let count = this.#waiting.count; count > 0; count--) {
      if (this.onReceive(this.#waiting.first) === false) {
        this.#held = true;
        break;
      }
      this.#waiting.drop();
    }
    if (!this.#held && this.#waiting.count > 0) this.#timer!.set(0);
    if (wasFull && !this.#waiting.full) this.#hub.ready();
  }
}
