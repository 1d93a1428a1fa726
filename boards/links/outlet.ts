// What stands between a sender that cannot keep frames and a link that may have no room: frames that the link did not
// take wait here, and the sender stops until they are gone. It is the transmit half of a card's packet buffer: what the
// card has begun (the segments of one large packet) still goes in.
import { FrameQueue } from "./frame-queue.ts";
import type { Link } from "./link.ts";

/** A card stops after the packet at hand; a packet of 64 KiB makes some hundreds of frames at most with any sane MSS. */
const FRAMES = 4096;

export class Outlet {
  /** Frames that found no place here. */
  lost = 0;
  readonly #send: (frame: Uint8Array) => boolean;
  readonly #waiting = new FrameQueue(FRAMES);
  readonly #limit: number;
  readonly #ready: () => void;

  /** `ready`: called when everything that waited is out. `limit`: how many frames may wait. `send`: how they are sent. */
  constructor(link: Link, ready: () => void, limit = FRAMES, send = (frame: Uint8Array): boolean => link.send(frame)) {
    this.#send = send;
    this.#limit = limit;
    this.#ready = ready;
    link.onReady = () => this.#drain();
  }

  /** Whether the next frame would go straight to the link. */
  get ready(): boolean {
    return this.#waiting.count === 0;
  }

  /** Sends a frame, now or later; false: it is lost. */
  send(frame: Uint8Array): boolean {
    if (this.#waiting.count === 0 && this.#send(frame)) return true;
    if (this.#waiting.count < this.#limit && this.#waiting.push(frame)) return true;
    this.lost++;
    return false;
  }

  clear(): void {
    this.#waiting.clear();
  }

  #drain(): void {
    const waiting = this.#waiting;
    if (waiting.count === 0) return;
    while (waiting.count > 0) {
      if (!this.#send(waiting.first)) return;
      waiting.drop();
    }
    this.#ready();
  }
}
