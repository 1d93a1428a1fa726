// Datagram sockets, UDP and UNIX, that are bound and connected, and that one can read without making garbage.

import { closeSync, lstatSync, rmSync } from "node:fs";
import { isIP } from "node:net";
import { KpiError } from "../error.ts";
import { errorText } from "../errno.ts";
import type { SocketAddress } from "../../boards/links/address.ts";
import { NativeFd } from "./fd.ts";
import { koffi, libcFunction } from "./koffi.ts";

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const SUN_PATH = 108;

const EADDRINUSE = 98;
const ECONNREFUSED = 111;

/** struct sockaddr_un, _in or _in6. Hosts are addresses here, or localhost: looking up a name would take time. */
function sockaddr(address: SocketAddress, where: string): Uint8Array {
  if ("path" in address) {
    const bytes = new Uint8Array(2 + SUN_PATH);
    bytes[0] = AF_UNIX;
    bytes.set(Buffer.from(address.path), 2);
    return bytes;
  }
  const host = address.host === "localhost" ? "127.0.0.1" : address.host;
  const version = isIP(host);
  if (version === 0) throw new KpiError(`${where}: "${host}" is not an IP address`, 2);
  const bytes = new Uint8Array(version === 4 ? 16 : 28);
  bytes[0] = version === 4 ? AF_INET : AF_INET6;
  new DataView(bytes.buffer).setUint16(2, address.port);
  if (version === 4) bytes.set(host.split(".").map(Number), 4);
  else bytes.set(ipv6(host), 8);
  return bytes;
}

/** The 16 bytes of an address that is known to be one. */
function ipv6(text: string): number[] {
  const [head = "", tail] = text.split("%")[0]!.split("::");
  const words = (part: string): number[] => (part === "" ? [] : part.split(":").map((word) => parseInt(word, 16)));
  const [first, last] = [words(head), words(tail ?? "")];
  const zeros = new Array<number>(8 - first.length - last.length).fill(0);
  return [...first, ...zeros, ...last].flatMap((word) => [word >>> 8, word & 0xff]);
}

export class Datagram {
  readonly fd: number;
  readonly #native: NativeFd;
  readonly #path: string | undefined;

  /** A socket at `local` that sends to `remote`, and hears only that one. */
  constructor(name: string, local: SocketAddress, remote: SocketAddress) {
    const purpose = `link ${name}`;
    const call = (prototype: string) => libcFunction(purpose, prototype);
    this.#native = new NativeFd(purpose);
    const [own, other] = [sockaddr(local, purpose), sockaddr(remote, purpose)];
    if (own[0] !== other[0]) throw new KpiError(`${purpose}: both ends have to be of the same kind`, 2);
    const { errno } = koffi(purpose);
    this.fd = call("int socket(int family, int type, int protocol)")(own[0], SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
    const check = (result: number, what: string): void => {
      if (result >= 0) return;
      const why = errorText(-errno());
      if (this.fd >= 0) closeSync(this.fd);
      throw new KpiError(`${purpose}: cannot ${what}: ${why}`);
    };
    check(this.fd, "make a socket");
    const bind = call("int bind(int fd, void *address, uint length)");
    const connect = call("int connect(int fd, void *address, uint length)");
    this.#path = "path" in local ? local.path : undefined;
    let bound = bind(this.fd, own, own.length) as number;
    // A socket's file that nobody listens on was left by a program that was killed.
    if (bound < 0 && errno() === EADDRINUSE && this.#path !== undefined && connect(this.fd, own, own.length) < 0) {
      if (errno() === ECONNREFUSED && lstatSync(this.#path).isSocket()) rmSync(this.#path, { force: true });
      bound = bind(this.fd, own, own.length) as number;
    }
    check(bound, "bind to local=");
    this.#connect = () => connect(this.fd, other, other.length) as number;
    // A UNIX socket that is not there yet may come: each write asks again.
    this.#connected = this.#connect() >= 0;
  }

  readonly #connect: () => number;
  #connected: boolean;

  read(bytes: Uint8Array, length: number): number {
    return this.#native.read(this.fd, bytes, length);
  }

  write(frame: Uint8Array): number {
    if (!this.#connected) this.#connected = this.#connect() >= 0;
    return this.#native.write(this.fd, frame, frame.length);
  }

  close(): void {
    closeSync(this.fd);
    if (this.#path !== undefined) rmSync(this.#path, { force: true });
  }
}
