// The other end of a card's cable, as a test uses it: it sends frames to the card and sees those that the card sends.

import type { Cable } from "../../boards/desktop/cable.ts";
import { KpiError } from "../error.ts";
import { formatMac } from "../net/address.ts";
import type { PingResult } from "../net/ping-statistics.ts";
import type { System } from "../system.ts";
import { FrameQueue, type ReceiveOptions } from "./frames.ts";
import { ping, type PingOptions } from "./ping.ts";

export class Peer {
  /** Whether it answers ARP and echo requests by itself, as a host does. Frames are seen either way. */
  answers = true;
  readonly #system: System;
  readonly #cable: Pick<Cable, "wire" | "peer">;
  readonly #frames: FrameQueue;

  /** @internal */
  constructor(system: System, cable: Pick<Cable, "wire" | "peer">) {
    this.#system = system;
    this.#cable = cable;
    this.#frames = new FrameQueue(system, "the peer");
    const end = cable.wire.b;
    const answer = end.onReceive;
    end.onReceive = (frame) => {
      this.#frames.push(frame);
      if (this.answers) answer(frame);
    };
  }

  /** Its address, for frames to and from it. */
  get mac(): string {
    return formatMac(this.#cable.peer.stack.mac);
  }

  /** Puts a frame on the wire: from destination address to the end of the data, without FCS. */
  send(frame: Uint8Array): void {
    const { wire } = this.#cable;
    if (!wire.carrier) throw new KpiError("the peer cannot send: the cable is unplugged", 1, "ENETDOWN");
    if (!wire.b.send(frame)) throw new KpiError("the peer cannot send: the wire is full", 1, "ENOBUFS");
  }

  /** The next frame that the card has sent; fails with ETIMEDOUT. */
  receive(options?: ReceiveOptions): Promise<Uint8Array> {
    return this.#frames.take(options);
  }

  /** Frames from the card that `receive` has not taken, oldest first. */
  get frames(): readonly Uint8Array[] {
    return this.#frames.all;
  }

  /** Forgets them. */
  clear(): void {
    this.#frames.clear();
  }

  /** Pings the board from here: 5 times by default. */
  ping(address = "10.0.2.15", options: PingOptions = {}): Promise<PingResult> {
    return ping(this.#system, this.#cable.peer.stack, address, options);
  }

  /** Pulls the cable: the card loses carrier, and frames under way are lost. */
  unplug(): void {
    this.#cable.wire.plug(false);
  }

  /** Puts the cable back in. */
  plug(): void {
    this.#cable.wire.plug(true);
  }

  /** Takes the carrier away for so many seconds of board time. */
  async flap(seconds: number): Promise<void> {
    this.unplug();
    try {
      await this.#system.wait(seconds);
    } finally {
      this.plug();
    }
  }
}
