// What leads from a network card in QEMU to a link of this process: a socket with a stream of frames (-netdev stream). Both
// ways whoever has no room is waited for: the card for the link, and the link for QEMU, which takes no frame while its card
// has no receive buffers. Buffers are used over and over.

import { Socket } from "node:net";
import type { NativeFd } from "../../host/native/fd.ts";
import { POLLOUT, Poller, type Watch } from "../../host/native/poller.ts";
import type { Timer } from "../clock.ts";
import { FrameDecoder, LENGTH_BYTES, putLength } from "../links/framing.ts";
import { type Link, type LinkServices, MAX_FRAME } from "../links/link.ts";
import { PURPOSE } from "./process.ts";

const INPUT_BYTES = 262144;
/** What waits for the socket, at least one frame, and then the link waits. */
const OUTPUT_BYTES = 131072;
const EAGAIN = -11;

export class CardPort {
  readonly #native: NativeFd;
  readonly #fd: number;
  readonly #link: Link;
  readonly #socket: Socket;
  readonly #room: Watch;
  readonly #input = new Uint8Array(INPUT_BYTES);
  /** Of the bytes that have come, those that wait for room in the link. */
  #at = 0;
  #end = 0;
  readonly #decoder = new FrameDecoder((frame) => this.#link.send(frame));
  readonly #output = new Uint8Array(OUTPUT_BYTES);
  #waiting = 0;
  /** The link has a frame for which there was no room. */
  #refused = false;
  readonly #plug: (plugged: boolean) => void;
  #plugged = true;
  /** A fault: the plug is out of the card, whatever the link says. */
  #unplugged = false;
  #plugIn: Timer | undefined;

  /** `plug` puts the cable into the card, or pulls it. */
  constructor(
    native: NativeFd,
    fd: number,
    link: Link,
    plug: (plugged: boolean) => void,
    failed: (error: Error) => void,
  ) {
    this.#plug = plug;
    this.#native = native;
    this.#fd = fd;
    this.#link = link;
    const callback = (length: number): boolean => {
      this.#at = 0;
      this.#end = length;
      try {
        return this.#take();
      } catch (error) {
        failed(error as Error);
        return false;
      }
    };
    // The event loop makes the descriptor non-blocking, which writing relies on.
    this.#socket = new Socket({ fd, readable: true, writable: true, onread: { buffer: this.#input, callback } });
    this.#socket.on("error", () => {});
    this.#room = Poller.shared(PURPOSE).watch(fd, this.#flush);
    link.onReceive = (frame) => this.#send(frame);
    link.onReady = () => {
      if (this.#at < this.#end || this.#decoder.refused) setImmediate(this.#again);
    };
  }

  // ── The plug. ──

  /** The board is powered on: the link too. */
  start(services: LinkServices): void {
    this.#plugIn = services.clock.timer(() => this.#out(false));
    this.#link.onCarrier = () => this.#carrier();
    this.#link.start(services);
    this.#carrier();
  }

  /** The cable is out for so many seconds; Infinity: for good. */
  flap(seconds: number): void {
    this.#out(true);
    if (seconds === Infinity) this.#plugIn!.cancel();
    else this.#plugIn!.set(seconds * 1e9);
  }

  #out(out: boolean): void {
    this.#unplugged = out;
    this.#carrier();
  }

  /** The card has a carrier where the link has one. */
  #carrier(): void {
    const plugged = this.#link.carrier && !this.#unplugged;
    if (plugged === this.#plugged) return;
    this.#plugged = plugged;
    this.#plug(plugged);
  }

  // ── From the card. ──

  /** Hands on what has come; false: the link has no room. */
  #take(): boolean {
    this.#at = this.#decoder.decode(this.#input, this.#at, this.#end);
    return this.#at === this.#end && !this.#decoder.refused;
  }

  readonly #again = (): void => {
    if (this.#take()) this.#socket.resume();
  };

  // ── To the card. ──

  #send(frame: Uint8Array): boolean {
    const { length } = frame;
    if (this.#waiting + LENGTH_BYTES + length > OUTPUT_BYTES && length <= MAX_FRAME) {
      this.#refused = true;
      return false;
    }
    putLength(this.#output, this.#waiting, length);
    this.#output.set(frame, this.#waiting + LENGTH_BYTES);
    this.#waiting += LENGTH_BYTES + length;
    if (this.#room.events === 0) this.#flush();
    return true;
  }

  readonly #flush = (): void => {
    const count = this.#native.write(this.#fd, this.#output, this.#waiting);
    // Of a QEMU that has ended its channel tells.
    if (count < 0 && count !== EAGAIN) this.#waiting = 0;
    if (count > 0) {
      this.#output.copyWithin(0, count, this.#waiting);
      this.#waiting -= count;
    }
    if (this.#waiting > 0) this.#room.arm(POLLOUT);
    if (!this.#refused || count === EAGAIN) return;
    this.#refused = false;
    this.#link.resume();
  };

  close(): void {
    this.#link.onCarrier = () => {};
    this.#plugIn?.cancel();
    this.#room.close();
    this.#link.close();
    this.#socket.destroy();
  }
}
