// Imports `idle` and `wait`: the CPU has nothing to do. The virtual clock jumps to the next deadline; the real one waits
// for it.

import * as map from "../../assembly/arch/wasm/memory.ts";
import type { MachineClock } from "./clock.ts";
import type { Contexts } from "./contexts.ts";
import type { SharedWords } from "./words.ts";

/** Below this the real clock is awaited in turns of the event loop, since timers are no finer, ns. */
const SHORT_WAIT_NS = 1.5e6;

export interface IdleHooks {
  /** Whether anybody waits for the board. If not, virtual time stands still: it must not run ahead of whoever will ask
   *  next, and a board with a periodic timer would never rest. */
  awaited(): boolean;
  /** Whether it is host code that waits, for a promise: then that code gets a turn between any two events of the board,
   *  so that it may say stop before more time passes. */
  hostWaits(): boolean;
  /** Whether what is awaited is a driver that is being loaded, and nothing else. */
  secluded(): boolean;
  /** Whether all that could ever wake a task lives in this process: nothing comes from the real world. */
  closed: boolean;
  /** Every task sleeps and nothing on a closed board is left that could wake one. */
  quiet(): void;
  /** Has the board take what has come. */
  poll(): void;
  /** Time has passed while the CPU was idle. */
  passed(): void;
  /** With several CPUs: waits on the spot for a moment, in which another may have something for this one. */
  linger?: (() => void) | undefined;
}

export class Idle {
  #clock: MachineClock;
  #words: SharedWords;
  #contexts: Contexts;
  #kicked = false;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #reached!: () => void;
  /** Resolves when the CPU is idle for the first time: the board has booted. */
  readonly first = new Promise<void>((resolve) => (this.#reached = resolve));

  readonly #hooks: IdleHooks;

  constructor(clock: MachineClock, words: SharedWords, contexts: Contexts, hooks: IdleHooks) {
    this.#hooks = hooks;
    this.#clock = clock;
    this.#words = words;
    this.#contexts = contexts;
    // What the event loop brings (a frame from a socket) may set an alarm while the CPU rests.
    clock.onSooner = () => this.#wake?.();
  }

  /** Something outside changed: a task was created, a frame arrived, the machine shall stop. */
  kick(): void {
    this.#kicked = true;
    this.#wake?.();
  }

  #done(): boolean {
    const { words } = this.#words;
    return (
      this.#kicked ||
      words[map.IRQ_RAISED >>> 2] !== 0 ||
      words[map.HOST_STOP >>> 2] !== 0 ||
      this.#clock.idleEnds(this.#words)
    );
  }

  #finish(): void {
    this.#kicked = false;
    this.#clock.store(this.#words);
  }

  /** Whether time may go on to the next event without a turn of anybody else. */
  #mayGoOn(): boolean {
    const { virtual } = this.#clock;
    return virtual
      ? !this.#hooks.hostWaits() && this.#maySkip()
      : this.#clock.maySkip(this.#words, this.#hooks.secluded());
  }

  #maySkip(): boolean {
    return this.#hooks.awaited() && this.#clock.maySkip(this.#words, false);
  }

  #goOn(): void {
    while (!this.#done() && this.#mayGoOn() && !this.#contexts.step()) {
      this.#clock.skip(this.#words, this.#hooks.secluded());
      this.#clock.run();
      this.#hooks.passed();
    }
  }

  /** Import `idle`: 1 if there is still nothing to do. */
  idle = (): number => {
    this.#reached();
    this.#hooks.poll();
    this.#clock.run();
    this.#goOn();
    if (!this.#done() && this.#hooks.linger) {
      this.#hooks.linger();
      // What another CPU has written.
      this.#hooks.poll();
    }
    if (!this.#done()) return 1;
    this.#finish();
    return 0;
  };

  /** Import `wait`. */
  wait = (): Promise<void> => new Promise(this.#sleep);

  // A longer wait, in steps that are made once: an idle CPU makes no garbage but the promise that it waits for.

  readonly #sleep = (resolve: () => void, reject: (error: unknown) => void): void => {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#pause();
  };

  #pause(): void {
    if (this.#clock.virtual) this.#contexts.afterPromises(this.#paused);
    else this.#await(Math.min(this.#words.u64(map.IDLE_UNTIL), this.#clock.nextAlarm()));
  }

  /** Everybody had a turn, while virtual time stood still. */
  readonly #paused = (): void => {
    if (this.#done()) {
      this.#end();
    } else if (this.#maySkip()) {
      this.#clock.skip(this.#words, false);
      this.#passed();
    } else {
      this.#await(Infinity);
    }
  };

  /** Time has passed. */
  readonly #passed = (): void => {
    this.#wake = undefined;
    try {
      this.#clock.run();
      this.#hooks.passed();
      this.#goOn();
    } catch (error) {
      this.#reject(error);
      return;
    }
    if (this.#done()) this.#end();
    else this.#pause();
  };

  /** The machine has stopped, whoever stopped it: nothing shall keep the process alive. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#wake = undefined;
  }

  #end(): void {
    this.#finish();
    this.#resolve();
  }

  #await(time: number): void {
    if (time === Infinity && this.#hooks.closed && this.#hooks.awaited()) this.#hooks.quiet();
    const wait = time - this.#clock.now();
    if (wait < SHORT_WAIT_NS) {
      this.#contexts.afterTurn(this.#passed);
      return;
    }
    // An endless wait keeps no timer: what ends it (a kick) is held by whoever will do it.
    this.#timer = wait === Infinity ? undefined : setTimeout(this.#passed, (wait - SHORT_WAIT_NS) / 1e6);
    this.#wake = () => {
      clearTimeout(this.#timer);
      this.#wake = undefined;
      queueMicrotask(this.#passed);
    };
  }
}
