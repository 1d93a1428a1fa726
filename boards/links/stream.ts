// A link over a stream socket: QEMU's `-netdev stream`, passt, another board. Frames of one turn go out together, in
// buffers that are used again when the socket has taken them; when all are under way, the link has no room.
import { once } from "node:events";
import { existsSync, lstatSync, rmSync } from "node:fs";
import { type Server, type Socket, connect, createServer } from "node:net";
import { dirname } from "node:path";
import { KpiError } from "../../host/error.ts";
import { systemErrorText } from "../../host/errno.ts";
import type { Timer } from "../clock.ts";
import { type SocketAddress, formatAddress } from "./address.ts";
import { FrameDecoder, LENGTH_BYTES, putLength } from "./framing.ts";
import { LinkEnd, MAX_FRAME, type LinkServices } from "./link.ts";

const INPUT_BYTES = 262144;
const OUTPUT_BYTES = 131072;
const OUTPUTS = 8;
/** Frames of less than a burst wait that long for company, ns: until the next interrupt window. */
const FLUSH_NS = 0;

class Output {
  readonly bytes = new Uint8Array(OUTPUT_BYTES);
  used = 0;
}

export class StreamLink extends LinkEnd {
  readonly real = true;
  lost = 0;
  readonly #name: string;
  readonly #decoder = new FrameDecoder((frame) => this.onReceive(frame));
  readonly #free: Output[] = Array.from({ length: OUTPUTS }, () => new Output());
  #current: Output | undefined;
  #refused = false;
  #flushTimer: Timer | undefined;
  #services: LinkServices | undefined;
  #socket: Socket | undefined;
  #server: Server | undefined;
  #closed = false;
  /** Bytes that came and wait for room at the receiver. */
  #rest: Uint8Array | undefined;
  #restAt = 0;
  #restEnd = 0;
  /** What else goes with the link: a process at the other end. */
  readonly #release: () => void;

  private constructor(name: string, release: () => void = () => {}) {
    super();
    this.#name = name;
    this.#release = release;
  }

  /** Connects to whoever listens there. */
  static async connect(address: SocketAddress, name = `stream:${formatAddress(address)}`): Promise<StreamLink> {
    const link = new StreamLink(name);
    const socket = connect({ ...address, onread: link.#onread() });
    try {
      await once(socket, "connect");
    } catch (error) {
      throw new KpiError(`link ${name}: cannot connect: ${why(error)}`);
    }
    link.#adopt(socket);
    return link;
  }

  /** A connection that is there already. `release` is called when the link closes. */
  static over(socket: Socket, name: string, release: () => void): StreamLink {
    const link = new StreamLink(name, release);
    link.#take(socket);
    return link;
  }

  /** Waits for somebody who connects, one at a time; who comes when the other has gone is served again. */
  static async listen(address: SocketAddress): Promise<StreamLink> {
    const name = `stream-listen:${formatAddress(address)}`;
    const link = new StreamLink(name);
    const server = createServer((socket) => link.#accept(socket));
    try {
      if ("path" in address) await removeStale(address.path);
      server.listen(address);
      await once(server, "listening");
    } catch (error) {
      // Node has no permission where there is no folder.
      const nowhere = "path" in address && !existsSync(dirname(address.path));
      throw new KpiError(`link ${name}: cannot listen: ${nowhere ? "No such file or directory" : why(error)}`);
    }
    link.#server = server;
    return link;
  }

  get carrier(): boolean {
    return this.#socket !== undefined;
  }

  start(services: LinkServices): void {
    this.#services = services;
    this.#flushTimer = services.clock.timer(() => this.#flush());
    this.resume();
  }

  // ── The connection. ──

  #onread(): { buffer: Uint8Array; callback: (length: number, bytes: Uint8Array) => boolean } {
    return {
      buffer: new Uint8Array(INPUT_BYTES),
      callback: (length, bytes) => this.#arrived(bytes, length),
    };
  }

  #accept(socket: Socket): void {
    if (this.#socket !== undefined) {
      socket.destroy();
      return;
    }
    this.#take(socket);
    this.#services?.report(`link ${this.#name}: connected`);
    this.onCarrier(true);
  }

  /** One that this link has not made, and that reads in its own way. */
  #take(socket: Socket): void {
    socket.on("data", (chunk: Buffer) => {
      if (!this.#arrived(chunk, chunk.length)) socket.pause();
    });
    this.#adopt(socket);
  }

  #adopt(socket: Socket): void {
    this.#socket = socket;
    socket.setNoDelay();
    socket.on("error", () => {});
    socket.on("close", () => this.#lost(this.#decoder.partial ? " in the midst of a frame" : ""));
  }

  /** The other end has closed. */
  #lost(how: string): void {
    if (this.#closed || this.#socket === undefined) return;
    this.#socket = undefined;
    this.#rest = undefined;
    this.#decoder.reset();
    if (this.#current !== undefined) this.#written(this.#current);
    this.#current = undefined;
    const why = `the other end has closed the connection${how}`;
    if (this.#server === undefined) {
      this.#fail(why);
      return;
    }
    this.#services?.report(`link ${this.#name}: ${why}`);
    this.onCarrier(false);
  }

  #fail(why: string): void {
    if (this.#closed) return;
    this.close();
    this.#services?.fail(new KpiError(`link ${this.#name}: ${why}`, 1, "EPIPE"));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#flushTimer?.cancel();
    this.#server?.close();
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#release();
    this.onCarrier(false);
  }

  // ── Receiving. ──

  /** Whether more may come. */
  #arrived(bytes: Uint8Array, length: number): boolean {
    this.#rest = bytes;
    this.#restAt = 0;
    this.#restEnd = length;
    return this.#read();
  }

  /** Takes what has come; false: it has to wait. */
  #read(): boolean {
    if (this.#rest === undefined) return true;
    // Nobody is there yet who could take it.
    if (this.#services === undefined) return false;
    try {
      this.#restAt = this.#decoder.decode(this.#rest, this.#restAt, this.#restEnd);
    } catch (error) {
      this.#fail(`it does not speak this protocol: ${(error as Error).message}`);
      return false;
    }
    if (this.#restAt < this.#restEnd || this.#decoder.refused) return false;
    this.#rest = undefined;
    return true;
  }

  resume(): void {
    // Not at once: who has room may be in the midst of making it.
    if (this.#rest !== undefined) setImmediate(this.#again);
  }

  readonly #again = (): void => {
    if (this.#rest !== undefined && this.#read()) this.#socket?.resume();
  };

  // ── Sending. ──

  send(frame: Uint8Array): boolean {
    if (this.#socket === undefined || frame.length > MAX_FRAME) {
      this.lost++;
      return true;
    }
    const need = LENGTH_BYTES + frame.length;
    if (this.#current !== undefined && this.#current.used + need > OUTPUT_BYTES) this.#flush();
    const output = (this.#current ??= this.#free.pop());
    if (output === undefined) {
      this.#refused = true;
      return false;
    }
    putLength(output.bytes, output.used, frame.length);
    output.bytes.set(frame, output.used + LENGTH_BYTES);
    output.used += need;
    if (!this.#flushTimer!.pending) this.#flushTimer!.set(FLUSH_NS);
    return true;
  }

  #flush(): void {
    const output = this.#current;
    if (output === undefined || this.#socket === undefined) return;
    this.#current = undefined;
    this.#socket.write(output.bytes.subarray(0, output.used), () => this.#written(output));
  }

  #written(output: Output): void {
    output.used = 0;
    this.#free.push(output);
    if (!this.#refused) return;
    this.#refused = false;
    this.onReady();
  }
}

function why(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOTFOUND" || code === "EAI_AGAIN" ? "no host of that name is known" : systemErrorText(error);
}

/** A socket's file that nobody listens on was left by a program that was killed. */
async function removeStale(path: string): Promise<void> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return;
  const socket = connect(path);
  try {
    await once(socket, "connect");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") rmSync(path, { force: true });
  } finally {
    socket.destroy();
  }
}
