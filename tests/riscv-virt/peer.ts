// The other end of the board's cable: QEMU's -netdev dgram, a frame a datagram. It resolves the board's address and pings.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

const MAC = [0x02, 0, 0, 0, 0, 0x01];
const ADDRESS = [10, 0, 2, 2];
const BOARD = [10, 0, 2, 15];
const RETRY_MS = 500;
/** An answer that has not come by then is lost: more than a loaded machine needs. */
const LATE_MS = 30_000;

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

function arpRequest(): Buffer {
  const ethernet = [...Array<number>(6).fill(0xff), ...MAC, 0x08, 0x06];
  return Buffer.from([
    ...ethernet,
    0,
    1,
    8,
    0,
    6,
    4,
    0,
    1,
    ...MAC,
    ...ADDRESS,
    0,
    0,
    0,
    0,
    0,
    0,
    ...BOARD,
    ...Array<number>(18).fill(0),
  ]);
}

function echoRequest(to: readonly number[], sequence: number): Buffer {
  const icmp = Buffer.concat([Buffer.of(8, 0, 0, 0, 0, 7, sequence >> 8, sequence & 255), Buffer.alloc(56, sequence)]);
  icmp.writeUInt16BE(checksum(icmp), 2);
  const ip = Buffer.from([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 0, ...ADDRESS, ...BOARD]);
  ip.writeUInt16BE(ip.length + icmp.length, 2);
  ip.writeUInt16BE(checksum(ip), 10);
  return Buffer.concat([Buffer.from([...to, ...MAC, 0x08, 0x00]), ip, icmp]);
}

/** Whether a frame is the board's answer to that ping, with checksums that are right. */
function isAnswer(frame: Buffer, sequence: number): boolean {
  if (frame.length < 98 || frame.readUInt16BE(12) !== 0x0800 || frame[23] !== 1 || frame[34] !== 0) return false;
  const end = 14 + frame.readUInt16BE(16);
  return (
    checksum(frame.subarray(14, 34)) === 0 &&
    checksum(frame.subarray(34, end)) === 0 &&
    frame.readUInt16BE(40) === sequence
  );
}

export class Peer {
  readonly #socket: Socket;
  readonly #boardPort: number;
  #seen: (frame: Buffer) => void = () => {};

  private constructor(socket: Socket, boardPort: number) {
    this.#socket = socket;
    this.#boardPort = boardPort;
    socket.on("message", (frame) => this.#seen(frame));
  }

  static async open(): Promise<Peer> {
    const [socket, other] = [createSocket("udp4"), createSocket("udp4")];
    socket.bind(0, "127.0.0.1");
    other.bind(0, "127.0.0.1");
    await Promise.all([once(socket, "listening"), once(other, "listening")]);
    const { port } = other.address();
    await new Promise<void>((resolve) => other.close(() => resolve()));
    return new Peer(socket, port);
  }

  /** QEMU's arguments for a card that is connected to this. */
  card(model: string): string[] {
    const end = (name: string, port: number): string => `${name}.type=inet,${name}.host=127.0.0.1,${name}.port=${port}`;
    const netdev = `dgram,id=net0,${end("local", this.#boardPort)},${end("remote", this.#socket.address().port)}`;
    return ["-netdev", netdev, "-device", `${model},netdev=net0`];
  }

  /** Sends `frame`, again and again, until one comes that `wanted` takes. */
  #exchange(frame: Buffer, wanted: (frame: Buffer) => boolean, tries: number, ms: number): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const send = (): void =>
        void (tries-- > 0 ? this.#socket.send(frame, this.#boardPort, "127.0.0.1") : done(undefined));
      const timer = setInterval(send, ms);
      const done = (answer: Buffer | undefined): void => {
        clearInterval(timer);
        resolve(answer);
      };
      this.#seen = (answer) => void (wanted(answer) && done(answer));
      send();
    });
  }

  /** Pings `count` times, each once; how many were answered. */
  async ping(count: number): Promise<number> {
    const reply = await this.#exchange(
      arpRequest(),
      (frame) => frame.readUInt16BE(12) === 0x0806 && frame[21] === 2,
      240,
      RETRY_MS,
    );
    if (!reply) return 0;
    const mac = [...reply.subarray(6, 12)];
    let answered = 0;
    for (let sequence = 0; sequence < count; sequence++) {
      if (await this.#exchange(echoRequest(mac, sequence), (frame) => isAnswer(frame, sequence), 1, LATE_MS))
        answered++;
    }
    return answered;
  }

  close(): void {
    this.#socket.close();
  }
}
