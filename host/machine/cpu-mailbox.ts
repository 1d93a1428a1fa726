// What passes between the main thread, which is CPU 0 and has the board, and the thread of another CPU: that one's calls of
// host functions that only the main thread can serve, one at a time, and how many of its orders it has carried out.
//
//   CPU n: state = WANTED, rings, waits    main thread, at a poll or when the bell rings: serves, state = SERVED, notifies

/** Host functions of the main thread. Their arguments are words, and addresses of the memory that all share. */
const SERVED_BY_MAIN = [
  "mmio_read",
  "mmio_write",
  "port_read",
  "port_write",
  "pci_read",
  "pci_write",
  "console",
  "symbol",
  "net_rx",
  "net_room",
  "net_event",
] as const;

export type ServedByMain = (typeof SERVED_BY_MAIN)[number];
export const servedByMain: readonly ServedByMain[] = SERVED_BY_MAIN;

const STATE = 0;
const FUNCTION = 1;
const RESULT = 2;
const ARGUMENTS = 3;
const MAX_ARGUMENTS = 4;
const ORDERS_DONE = 8;
const WORDS = 16;

const IDLE = 0;
const WANTED = 1;
const SERVED = 2;
const FAILED = 3;

export class CpuMailbox {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer = new SharedArrayBuffer(WORDS * 4)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** On the CPU's thread. Undefined: the function threw, and the main thread knows what. */
  call(name: ServedByMain, args: number[], ring: () => void): number | undefined {
    const words = this.#words;
    words[FUNCTION] = SERVED_BY_MAIN.indexOf(name);
    words.set(args, ARGUMENTS);
    Atomics.store(words, STATE, WANTED);
    ring();
    Atomics.wait(words, STATE, WANTED);
    const served = Atomics.exchange(words, STATE, IDLE) === SERVED;
    return served ? words[RESULT] : undefined;
  }

  /** On the main thread: serves what is wanted. Rethrows what the function throws. */
  serve(imports: WebAssembly.ModuleImports): void {
    const words = this.#words;
    if (Atomics.load(words, STATE) !== WANTED) return;
    let state = FAILED;
    try {
      const serve = imports[SERVED_BY_MAIN[words[FUNCTION]!]!] as (...args: number[]) => number | void;
      words[RESULT] = serve(...words.subarray(ARGUMENTS, ARGUMENTS + MAX_ARGUMENTS)) ?? 0;
      state = SERVED;
    } finally {
      Atomics.store(words, STATE, state);
      Atomics.notify(words, STATE);
    }
  }

  /** On the CPU's thread: one more order is carried out. */
  done(): void {
    Atomics.add(this.#words, ORDERS_DONE, 1);
    Atomics.notify(this.#words, ORDERS_DONE);
  }

  /** On the main thread: resolves when `count` orders are carried out. */
  async untilDone(count: number): Promise<void> {
    for (let done = 0; (done = Atomics.load(this.#words, ORDERS_DONE)) < count;) {
      const wait = Atomics.waitAsync(this.#words, ORDERS_DONE, done);
      if (wait.async) await wait.value;
    }
  }
}
