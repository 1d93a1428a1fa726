// Import `idle`: the CPU has nothing to do. The virtual clock jumps to the next deadline; the real one waits for it.

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
  /** Whether it is host code that waits, for a promise: then the event loop gets a turn between any two events of the
   *  board, so that who was waited for may say stop before more time passes. */
  hostWaits(): boolean;
  /** Whether all that could ever wake a task lives in this process: nothing comes from the real world. */
  closed: boolean;
  /** Every task sleeps and nothing on a closed board is left that could wake one. */
  quiet(): void;
  /** Time has passed while the CPU was idle. */
  passed(): void;
}

export class Idle {
  #clock: MachineClock;
  #words: SharedWords;
  #contexts: Contexts;
  #kicked = false;
  #wake: (() => void) | undefined;
  #reached!: () => void;
  /** Resolves when the CPU is idle for the first time: the board has booted. */
  readonly first = new Promise<void>((resolve) => (this.#reached = resolve));

  readonly #hooks: IdleHooks;

  constructor(clock: MachineClock, words: SharedWords, contexts: Contexts, hooks: IdleHooks) {
    this.#hooks = hooks;
    this.#clock = clock;
    this.#words = words;
    this.#contexts = contexts;
  }

  /** Something outside changed: a task was created, a frame arrived, the machine shall stop. */
  kick(): void {
    this.#kicked = true;
    this.#wake?.();
  }

  #deadline(): number {
    return this.#words.u64(map.IDLE_UNTIL);
  }

  /** When something happens by itself; Infinity: not before somebody asks. */
  #nextEvent(): number {
    if (this.#clock.virtual && !this.#hooks.awaited()) return Infinity;
    return Math.min(this.#deadline(), this.#clock.nextAlarm());
  }

  #done(): boolean {
    const { words } = this.#words;
    return (
      this.#kicked ||
      words[map.IRQ_RAISED >>> 2] !== 0 ||
      words[map.HOST_STOP >>> 2] !== 0 ||
      this.#clock.now() >= this.#deadline()
    );
  }

  #finish(): void {
    this.#kicked = false;
    this.#words.setU64(map.CLOCK_NS, this.#clock.now());
  }

  wait = (): Promise<void> | undefined => {
    this.#reached();
    this.#clock.run();
    while (!this.#done() && this.#clock.virtual && !this.#hooks.hostWaits() && !this.#contexts.step()) {
      const next = this.#nextEvent();
      if (next === Infinity) break;
      this.#clock.idleUntil(next);
      this.#clock.run();
      this.#hooks.passed();
    }
    if (this.#done()) {
      this.#finish();
      return undefined;
    }
    return this.#sleep();
  };

  async #sleep(): Promise<void> {
    do {
      if (this.#clock.virtual) await this.#contexts.turn();
      if (this.#done()) break;
      const next = this.#nextEvent();
      if (this.#clock.virtual && next !== Infinity) this.#clock.idleUntil(next);
      else await this.#until(next);
      this.#clock.run();
      this.#hooks.passed();
    } while (!this.#done());
    this.#finish();
  }

  async #until(time: number): Promise<void> {
    if (time === Infinity && this.#hooks.closed && this.#hooks.awaited()) this.#hooks.quiet();
    const wait = time - this.#clock.now();
    if (wait < SHORT_WAIT_NS) return this.#contexts.turn();
    await new Promise<void>((resolve) => {
      // An endless wait keeps no timer: what ends it (a kick) is held by whoever will do it.
      const timer = wait === Infinity ? undefined : setTimeout(resolve, (wait - SHORT_WAIT_NS) / 1e6);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
