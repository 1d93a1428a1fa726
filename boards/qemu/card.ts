// What leads from a network card in QEMU into a link of this process: a stream of frames (-netdev stream), each after its
// length, u32 big-endian. Both ways through buffers that are used over and over.

import { Socket } from "node:net";
import type { NativeFd } from "../../host/native/fd.ts";
import type { Clock, Timer } from "../board.ts";
import { FrameBuffer } from "../links/frame-buffer.ts";
import { MAX_FRAME, type Link } from "../links/link.ts";

const HEADER = 4;
const INPUT_BYTES = 262144;
/** What waits while QEMU takes nothing: its card has no receive buffers. As many frames as a wire holds. */
const BACKLOG_BYTES = 1 << 22;
const EAGAIN = -11;
/** How soon what waits is tried again, ns. */
const RETRY_NS = 200_000;

export class CardPort {
  readonly #native: NativeFd;
  readonly #fd: number;
  readonly #link: Link;
  readonly #socket: Socket;
  readonly #retry: Timer;
  readonly #frame = new FrameBuffer(MAX_FRAME);
  readonly #header = new Uint8Array(HEADER);
  /** Of the frame that is coming: how many bytes of it, header and all, have come. */
  #have = 0;
  #length = 0;
  readonly #out = new Uint8Array(BACKLOG_BYTES);
  #waiting = 0;
  /** Frames for the card that were lost, since QEMU took none for too long. */
  dropped = 0;

  constructor(native: NativeFd, fd: number, link: Link, clock: Clock, failed: (error: Error) => void) {
    this.#native = native;
    this.#fd = fd;
    this.#link = link;
    this.#retry = clock.timer(() => this.#flush());
    const callback = (length: number, bytes: Uint8Array): boolean => {
      try {
        this.#take(bytes as Buffer, length);
      } catch (error) {
        failed(error as Error);
      }
      return true;
    };
    // The event loop makes the descriptor non-blocking, which writing relies on.
    this.#socket = new Socket({
      fd,
      readable: true,
      writable: true,
      onread: { buffer: Buffer.alloc(INPUT_BYTES), callback },
    });
    this.#socket.on("error", () => {});
    link.onReceive = (frame) => this.#send(frame);
  }

  /** Frames from the card. */
  #take(bytes: Buffer, length: number): void {
    for (let at = 0; at < length;) {
      if (this.#have < HEADER) {
        this.#header[this.#have++] = bytes[at++]!;
        if (this.#have < HEADER) continue;
        const [a, b, c, d] = this.#header as unknown as [number, number, number, number];
        this.#length = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
        if (this.#length > MAX_FRAME) throw new Error(`QEMU sends a frame of ${this.#length} bytes`);
      }
      const got = this.#have - HEADER;
      const part = Math.min(this.#length - got, length - at);
      bytes.copy(this.#frame.bytes, got, at, at + part);
      at += part;
      this.#have += part;
      if (got + part < this.#length) continue;
      this.#have = 0;
      this.#link.send(this.#frame.view(this.#length));
    }
  }

  /** A frame for the card. */
  #send(frame: Uint8Array): void {
    const { length } = frame;
    if (this.#waiting + HEADER + length > BACKLOG_BYTES) {
      this.dropped++;
      return;
    }
    const out = this.#out;
    let at = this.#waiting;
    out[at++] = 0;
    out[at++] = length >>> 16;
    out[at++] = (length >>> 8) & 0xff;
    out[at++] = length & 0xff;
    out.set(frame, at);
    this.#waiting = at + length;
    if (!this.#retry.pending) this.#flush();
  }

  #flush(): void {
    if (this.#waiting === 0) return;
    const count = this.#native.write(this.#fd, this.#out, this.#waiting);
    // Of a QEMU that has ended its channel tells.
    if (count < 0 && count !== EAGAIN) this.#waiting = 0;
    if (count > 0) {
      this.#out.copyWithin(0, count, this.#waiting);
      this.#waiting -= count;
    }
    if (this.#waiting > 0) this.#retry.set(RETRY_NS);
  }

  close(): void {
    this.#retry.cancel();
    this.#link.close();
    this.#socket.destroy();
  }
}
