// The other end of the board's cable: QEMU's -netdev dgram, a frame a datagram. No root, no package: a host of this process.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { loopClock } from "../../boards/links/loop-clock.ts";
import { parseIp } from "../../host/net/address.ts";
import { LanHost } from "../net/lan-host.ts";
import { Random } from "../random.ts";

export const BOARD = "10.0.2.15";
const ECHO = 7;
/** An answer that has not come by then is lost: more than a loaded machine needs. */
const LATE_MS = 30_000;
/** How often a board that may not be up yet is asked, and for how long. */
const RETRY_MS = 500;
const TRIES = 240;
const PING_BYTES = new Uint8Array(56).map((_, i) => i);

/** Datagrams under way at once: what a socket's buffer has room for. */
const WINDOW = 16;
const LONGEST = 1472;
/** The number of a datagram is the beginning of its data. */
const NUMBER_BYTES = 4;

export interface Traffic {
  sent: number;
  /** Those that came back unchanged. */
  echoed: number;
  bytes: number;
}

export class Peer {
  readonly host: LanHost;
  readonly #socket: Socket;
  readonly #boardPort: number;

  private constructor(socket: Socket, boardPort: number, leases: string[]) {
    this.#socket = socket;
    this.#boardPort = boardPort;
    const transmit = (frame: Uint8Array): boolean => {
      socket.send(frame, boardPort, "127.0.0.1");
      return true;
    };
    this.host = new LanHost(loopClock, transmit, leases);
    socket.on("message", (frame) => this.host.receive(frame));
  }

  /** Calls back when a frame comes, once. */
  onFirstFrame(heard: () => void): void {
    this.#socket.once("message", heard);
  }

  /** `leases`: see LanHost. */
  static async open(leases: string[] = []): Promise<Peer> {
    const [socket, other] = [createSocket("udp4"), createSocket("udp4")];
    socket.bind(0, "127.0.0.1");
    other.bind(0, "127.0.0.1");
    await Promise.all([once(socket, "listening"), once(other, "listening")]);
    const { port } = other.address();
    await new Promise<void>((resolve) => other.close(() => resolve()));
    return new Peer(socket, port, leases);
  }

  /** QEMU's arguments for a card that is connected to this. */
  card(model: string): string[] {
    const end = (name: string, port: number): string => `${name}.type=inet,${name}.host=127.0.0.1,${name}.port=${port}`;
    const netdev = `dgram,id=net0,${end("local", this.#boardPort)},${end("remote", this.#socket.address().port)}`;
    return ["-netdev", netdev, "-device", `${model},netdev=net0`];
  }

  /** Whether an echo request is answered in time. */
  #echo(sequence: number, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const { stack } = this.host;
      const done = (answered: boolean): void => {
        clearTimeout(timer);
        stack.unlisten(id);
        resolve(answered);
      };
      const timer = setTimeout(() => done(false), ms);
      const id = stack.listen({
        reply: (_source, _ttl, number, frame, data, length, sound) => {
          if (number !== sequence) return;
          done(sound && Buffer.compare(frame.subarray(data, data + length), PING_BYTES) === 0);
        },
        error: () => {},
      });
      stack.sendEcho(parseIp(BOARD)!, id, sequence, PING_BYTES);
    });
  }

  /** Waits for the board to answer, then pings it `count` times, each once; how many were answered. */
  async ping(count: number): Promise<number> {
    for (let tries = TRIES; !(await this.#echo(0, RETRY_MS)); tries--) if (tries === 0) return 0;
    let answered = 0;
    for (let sequence = 1; sequence <= count; sequence++) if (await this.#echo(sequence, LATE_MS)) answered++;
    return answered;
  }

  /** Datagrams of `length` bytes to the board's echo service, one after the other; how many came back. */
  async echoes(count: number, length: number): Promise<number> {
    let echoed = 0;
    for (let i = 0; i < count; i++) {
      const data = Buffer.alloc(length, i);
      const came = new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), LATE_MS);
        this.host.onDatagram = ({ from, port, data: echo }) => {
          if (from !== BOARD || port !== ECHO || !data.equals(echo)) return;
          clearTimeout(timer);
          resolve(true);
        };
      });
      this.host.send(this.host.datagram(BOARD, ECHO, 1000, data));
      if (await came) echoed++;
    }
    return echoed;
  }

  /** Datagrams of any length to the board's echo service for that long, compared with what comes back; at most `window`
   *  are under way. */
  async traffic(seconds: number, longest = LONGEST, window = WINDOW): Promise<Traffic> {
    const result: Traffic = { sent: 0, echoed: 0, bytes: 0 };
    const random = new Random(1);
    const waiting = new Map<number, Buffer>();
    const end = performance.now() + seconds * 1000;
    await new Promise<void>((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const send = (): void => {
        const data = Buffer.from(
          Uint8Array.from({ length: NUMBER_BYTES + random.below(longest - NUMBER_BYTES + 1) }, () => random.below(256)),
        );
        data.writeUInt32BE(result.sent++);
        waiting.set(data.readUInt32BE(), data);
        this.host.send(this.host.datagram(BOARD, ECHO, 1000, data));
      };
      const more = (): void => {
        clearTimeout(timer);
        while (waiting.size < window && performance.now() < end) send();
        if (waiting.size === 0) resolve();
        else timer = setTimeout(resolve, LATE_MS);
      };
      this.host.onDatagram = ({ from, port, data }) => {
        if (from !== BOARD || port !== ECHO || data.length < NUMBER_BYTES) return;
        const number = data.readUInt32BE();
        if (!waiting.get(number)?.equals(data)) return;
        waiting.delete(number);
        result.echoed++;
        result.bytes += data.length;
        more();
      };
      more();
    });
    return result;
  }

  close(): void {
    this.#socket.close();
  }
}
