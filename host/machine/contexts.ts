// Tasks on JSPI. Each kernel task runs on a wasm stack of its own, as one call of a promising export; parking it is a
// promise that some later switch resolves. No JavaScript frame stands between a sleeping task and its entry.

import { TaskExit } from "./faults.ts";

/** How long tasks may hand the CPU to each other before the event loop gets a turn, ms. */
const TURN_MS = 1;
/** Under the virtual clock: how many switches, polls and idle jumps. What host code does next happens in a turn, so a
 *  turn at a moment that the real clock picks would make two runs differ. */
const TURN_STEPS = 64;

export interface ContextHooks {
  /** Runs a task from its start; resolves when it returns, rejects when it traps. */
  run(task: number): Promise<unknown>;
  /** The running task returned: says which task is next, or undefined if the machine stops. */
  ended(task: number): number | undefined;
  /** The running task trapped: says which task is next, or undefined if the machine stops. */
  trapped(task: number, error: unknown): number | undefined;
}

/** A task that does not run. */
interface Parked {
  wake(): void;
  /** Where it parked: the engine notes the frames, and makes text of them only if somebody asks. */
  place: Error | undefined;
}

export class Contexts {
  #hooks: ContextHooks;
  #virtual: boolean;
  /** Whether to note where tasks park: the debug flavour of the core asks for it. */
  #traced: boolean;
  #parked = new Map<number, Parked>();
  #lastTurn = performance.now();
  #steps = 0;
  #stopped = false;
  /** What goes on after the turn of the event loop. */
  #afterwards: () => void = () => {};

  constructor(hooks: ContextHooks, virtual: boolean, traced: boolean) {
    this.#hooks = hooks;
    this.#virtual = virtual;
    this.#traced = traced;
  }

  /** The number of tasks that hold a wasm stack while parked. */
  get parked(): number {
    return this.#parked.size;
  }

  /** The JavaScript stack trace with which `task` parked; "" if it is not parked. */
  stackOf(task: number): string {
    return this.#parked.get(task)?.place?.stack ?? "";
  }

  /** No task runs again. Parked stacks are dropped with their promises. */
  stop(): void {
    this.#stopped = true;
    this.#parked.clear();
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Import `task_park`: `prev` sleeps, `next` runs. */
  park = (prev: number, next: number): Promise<void> => {
    const place = this.#traced ? new Error() : undefined;
    const woken = new Promise<void>((wake) => this.#parked.set(prev, { wake, place }));
    this.#switchTo(next);
    return woken;
  };

  /** One step of the CPU; whether the event loop has waited long enough. */
  step(): boolean {
    if (this.#virtual) return ++this.#steps >= TURN_STEPS;
    return performance.now() - this.#lastTurn >= TURN_MS;
  }

  /** Import `yield_`: one turn of the event loop for the task that runs. */
  turn = (): Promise<void> => new Promise((resolve) => this.afterTurn(resolve));

  /** Does `action` after one turn of the event loop. There is one CPU, and so one thing at a time that it does next. */
  afterTurn(action: () => void): void {
    this.#afterwards = action;
    setImmediate(this.#turned);
  }

  readonly #turned = (): void => {
    this.#steps = 0;
    this.#lastTurn = performance.now();
    this.#afterwards();
  };

  /** Does `action` when everything has run that promises made ready, however long their chains: whoever waited for what
   *  just happened has gone on. A turn of the event loop does that too, and costs ten times as much; it comes as often
   *  as the event loop needs it. */
  afterPromises(action: () => void): void {
    if (this.step()) {
      this.afterTurn(action);
      return;
    }
    this.#afterwards = action;
    queueMicrotask(this.#drain);
  }

  // Ticks follow each other directly, but a tick that a microtask asks for waits for the end of the microtasks.
  readonly #drain = (): void => process.nextTick(this.#drained);
  readonly #drained = (): void => this.#afterwards();

  /** Resolved promises would starve timers and signals, so every so often a switch takes the long way. */
  #switchTo(task: number): void {
    if (this.step()) this.afterTurn(() => this.#resume(task));
    else this.#resume(task);
  }

  #resume(task: number): void {
    if (this.#stopped) return;
    const parked = this.#parked.get(task);
    if (parked) {
      this.#parked.delete(task);
      parked.wake();
    } else {
      // Not now: the task that parks is still on the stack below.
      queueMicrotask(() => this.#start(task));
    }
  }

  #start(task: number): void {
    if (this.#stopped) return;
    this.#hooks.run(task).then(
      () => this.#next(this.#hooks.ended(task)),
      (error) => this.#next(error instanceof TaskExit ? this.#hooks.ended(task) : this.#hooks.trapped(task, error)),
    );
  }

  #next(task: number | undefined): void {
    if (task !== undefined) this.#switchTo(task);
  }
}
