// Frames that have arrived at one place, for a test to take out.

import { KpiError } from "../error.ts";
import type { System } from "../system.ts";

/** Which frame: all that say true. */
export type FrameMatch = (frame: Uint8Array) => boolean;

export interface ReceiveOptions {
  /** Takes the first frame for which this is true, and leaves the others where they are; default: any. */
  readonly match?: FrameMatch;
  /** How long to wait, seconds of board time; default 1. */
  readonly timeout?: number;
}

/** Older frames are dropped: a flood that nobody looks at must not eat the memory. */
const KEPT = 4096;

interface Waiter {
  readonly match: FrameMatch;
  readonly take: (frame: Uint8Array) => void;
}

/** @internal */
export class FrameQueue {
  readonly #system: System;
  readonly #where: string;
  #frames: Uint8Array[] = [];
  #waiters: Waiter[] = [];

  /** `where`: for messages. */
  constructor(system: System, where: string) {
    this.#system = system;
    this.#where = where;
  }

  /** Keeps a copy of the frame, unless somebody waits for it. */
  push(frame: Uint8Array): void {
    const copy = frame.slice();
    const waiter = this.#waiters.find(({ match }) => match(copy));
    if (waiter) {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      waiter.take(copy);
      return;
    }
    if (this.#frames.length === KEPT) this.#frames.shift();
    this.#frames.push(copy);
  }

  /** Those that nobody has taken, oldest first. */
  get all(): readonly Uint8Array[] {
    return this.#frames;
  }

  clear(): void {
    this.#frames = [];
  }

  /** The next frame that matches; runs the board until there is one. */
  async take({ match = () => true, timeout = 1 }: ReceiveOptions = {}): Promise<Uint8Array> {
    const at = this.#frames.findIndex((frame) => match(frame));
    if (at >= 0) return this.#frames.splice(at, 1)[0]!;
    const { machine } = this.#system;
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const waiter: Waiter = { match, take: resolve };
    this.#waiters.push(waiter);
    const late = new KpiError(`no such frame at ${this.#where} within ${timeout} s`, 1, "ETIMEDOUT");
    const alarm = machine.clock.after(timeout * 1e9, () => reject(late));
    try {
      return await machine.whileRunning(promise);
    } finally {
      alarm.cancel();
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
    }
  }
}
