// Files and sockets below what Node's fs and net can do: calls that block for microseconds, or not at all, on a descriptor
// that the event loop knows too. No call here makes garbage.

import { constants } from "node:os";
import { koffi, libcFunction } from "./koffi.ts";

/** poll(2), asm-generic/poll.h. */
const POLLIN = 1;
const POLLFD_BYTES = 8;

/** fcntl.h on Linux, but for MIPS, Alpha and SPARC. */
const O_CLOEXEC = 0o2000000;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = O_CLOEXEC;

type Io = (fd: number, bytes: Uint8Array, length: number) => number;

export class NativeFd {
  readonly #read: Io;
  readonly #write: Io;
  readonly #poll: (fds: Int32Array, count: number, timeout: number) => number;
  readonly #pipe: (fds: Int32Array, flags: number) => number;
  readonly #socketpair: (family: number, type: number, protocol: number, fds: Int32Array) => number;
  readonly #errno: () => number;
  readonly #pollfd = new Int32Array(POLLFD_BYTES / 4);

  /** `purpose`: see koffi(). */
  constructor(purpose: string) {
    this.#errno = koffi(purpose).errno;
    this.#read = libcFunction(purpose, "intptr_t read(int fd, void *buffer, size_t size)") as Io;
    this.#write = libcFunction(purpose, "intptr_t write(int fd, void *buffer, size_t size)") as Io;
    this.#poll = libcFunction(purpose, "int poll(void *fds, ulong count, int timeout)");
    this.#pipe = libcFunction(purpose, "int pipe2(void *fds, int flags)");
    this.#socketpair = libcFunction(purpose, "int socketpair(int family, int type, int protocol, void *fds)");
  }

  /** Reads what there is, at most `length` bytes. 0 at the end; negative: the errno, for example -EAGAIN. */
  read(fd: number, bytes: Uint8Array, length: number): number {
    const count = this.#read(fd, bytes, length);
    return count < 0 ? -this.#errno() : count;
  }

  /** Writes the first `length` bytes, or as many as there is room for; negative: the errno. */
  write(fd: number, bytes: Uint8Array, length: number): number {
    const count = this.#write(fd, bytes, length);
    return count < 0 ? -this.#errno() : count;
  }

  /** Waits on the spot until there is something to read, or the other end has closed; false after `timeout` ms. */
  readable(fd: number, timeout: number): boolean {
    this.#pollfd[0] = fd;
    this.#pollfd[1] = POLLIN;
    return this.#poll(this.#pollfd, 1, timeout) !== 0;
  }

  /** A pipe: the end to read, the end to write. Both close in programs that this one starts. */
  pipe(): [number, number] {
    const fds = new Int32Array(2);
    this.#check(this.#pipe(fds, O_CLOEXEC), "pipe2");
    return [fds[0]!, fds[1]!];
  }

  /** A pair of connected UNIX stream sockets. */
  socketPair(): [number, number] {
    const fds = new Int32Array(2);
    this.#check(this.#socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), "socketpair");
    return [fds[0]!, fds[1]!];
  }

  #check(result: number, call: string): void {
    if (result < 0) throw systemError(call, this.#errno());
  }
}

/** The error that Node itself throws of a system call. */
export function systemError(syscall: string, errno: number): NodeJS.ErrnoException {
  const code = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
  return Object.assign(new Error(`${code}: ${syscall}`), { code, errno: -errno, syscall });
}
