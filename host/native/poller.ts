// The event loop cannot watch every kind of descriptor (a TAP it cannot), so poll(2) runs on a thread of koffi's, one
// call for all descriptors. A descriptor is watched for one event at a time: who was called arms it again.

import { closeSync } from "node:fs";
import { NativeFd, systemError } from "./fd.ts";
import { koffi, libcFunction } from "./koffi.ts";

/** poll(2). */
export const POLLIN = 1;
export const POLLOUT = 4;

/** sys/eventfd.h. */
const EFD_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const FOR_EVER = -1;
const POLLFD_WORDS = 2;
/** Who was called and has not armed again looks for more without being called, and arms again soon, for a thread that is sent to wait
 *  costs more than many looks. The others wait no longer than that, ms. */
const REST_MS = 5;

/** One descriptor that is watched. */
export class Watch {
  readonly fd: number;
  readonly ready: () => void;
  events = 0;
  readonly #poller: Poller;

  constructor(poller: Poller, fd: number, ready: () => void) {
    this.#poller = poller;
    this.fd = fd;
    this.ready = ready;
  }

  /** Calls `ready` once when one of the events is there, or the descriptor has failed. */
  arm(events: number): void {
    if (this.events === events) return;
    this.events = events;
    this.#poller.changed();
  }

  /** Not any more; call it before the descriptor is closed. */
  close(): void {
    this.#poller.remove(this);
  }
}

type Poll = (fds: Int32Array, count: number, timeout: number, done: (error: unknown, result: number) => void) => void;

export class Poller {
  static #shared: Poller | undefined;
  readonly #poll: Poll;
  readonly #native: NativeFd;
  readonly #watches: Watch[] = [];
  /** Ends a call that waits: an eventfd. */
  readonly #bell: number;
  readonly #one = new Uint8Array(new BigUint64Array([1n]).buffer);
  readonly #counter = new Uint8Array(8);
  /** What the call at hand waits for: the bell, and some of the descriptors. */
  #fds = new Int32Array(16 * POLLFD_WORDS);
  #polled: Watch[] = [];
  #waiting = false;
  /** Callbacks run: what they arm is looked at when they are done. */
  #calling = false;
  #rung = false;
  /** Somebody has armed while callbacks ran. */
  #armed = false;
  #rest: NodeJS.Timeout | undefined;

  /** One for all. */
  static shared(purpose: string): Poller {
    return (Poller.#shared ??= new Poller(purpose));
  }

  private constructor(purpose: string) {
    this.#native = new NativeFd(purpose);
    this.#poll = libcFunction(purpose, "int poll(void *fds, ulong count, int timeout)").async as Poll;
    this.#bell = libcFunction(purpose, "int eventfd(uint value, int flags)")(0, EFD_NONBLOCK_CLOEXEC);
    if (this.#bell < 0) throw systemError("eventfd", koffi(purpose).errno());
    // A process that ends waits for its threads, also for one that waits for ever.
    process.on("exit", this.#ring);
  }

  watch(fd: number, ready: () => void): Watch {
    const watch = new Watch(this, fd, ready);
    this.#watches.push(watch);
    return watch;
  }

  remove(watch: Watch): void {
    const at = this.#watches.indexOf(watch);
    if (at < 0) return;
    this.#watches.splice(at, 1);
    watch.events = 0;
    this.changed();
    // A thread that waits keeps the process alive; nobody needs this one any more.
    if (this.#watches.length === 0) {
      Poller.#shared = undefined;
      clearTimeout(this.#rest);
      if (!this.#waiting && !this.#calling) this.#end();
    }
  }

  /** Somebody wants something else than the call at hand waits for. */
  changed(): void {
    this.#armed = true;
    if (this.#calling) return;
    if (!this.#waiting) this.#wait();
    else if (!this.#rung) this.#ring();
  }

  readonly #ring = (): void => {
    if (!this.#waiting) return;
    this.#rung = true;
    this.#native.write(this.#bell, this.#one, 8);
  };

  /** Nobody needs it any more. */
  #end(): void {
    process.off("exit", this.#ring);
    closeSync(this.#bell);
  }

  readonly #wait = (): void => {
    clearTimeout(this.#rest);
    const { length } = this.#watches;
    if (length === 0 || this.#waiting) return;
    if (this.#fds.length < (length + 1) * POLLFD_WORDS) this.#fds = new Int32Array(2 * (length + 1) * POLLFD_WORDS);
    const fds = this.#fds;
    fds[0] = this.#bell;
    fds[1] = POLLIN;
    let count = 1;
    this.#polled.length = 0;
    for (const watch of this.#watches) {
      if (watch.events === 0) continue;
      this.#polled.push(watch);
      fds[count * POLLFD_WORDS] = watch.fd;
      fds[count * POLLFD_WORDS + 1] = watch.events;
      count++;
    }
    if (count === 1) return;
    this.#waiting = true;
    this.#poll(fds, count, FOR_EVER, this.#done);
  };

  readonly #done = (): void => {
    this.#waiting = false;
    if (this.#rung) this.#native.read(this.#bell, this.#counter, 8);
    this.#rung = false;
    const fds = this.#fds;
    // Whom a callback closes, or arms anew, is not called for what was before.
    this.#calling = true;
    this.#armed = false;
    for (let i = 0; i < this.#polled.length; i++) {
      const watch = this.#polled[i]!;
      const returned = fds[(i + 1) * POLLFD_WORDS + 1]! >>> 16;
      if (returned === 0 || watch.events === 0) continue;
      watch.events = 0;
      watch.ready();
    }
    this.#calling = false;
    if (this.#watches.length === 0) this.#end();
    else if (this.#armed || this.#polled.length === 0) this.#wait();
    else this.#rest = setTimeout(this.#wait, REST_MS);
  };
}
