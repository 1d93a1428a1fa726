// Tasks on JSPI. Each kernel task runs on a wasm stack of its own, as one call of a promising export; parking it is a
// promise that some later switch resolves. No JavaScript frame stands between a sleeping task and its entry.

/** How long tasks may hand the CPU to each other before the event loop gets a turn, ms. */
const TURN_MS = 1;

export interface ContextHooks {
  /** Runs a task from its start; resolves when it returns, rejects when it traps. */
  run(task: number): Promise<unknown>;
  /** The running task returned: says which task is next, or undefined if the machine stops. */
  ended(task: number): number | undefined;
  /** The running task trapped: says which task is next, or undefined if the machine stops. */
  trapped(task: number, error: unknown): number | undefined;
}

export class Contexts {
  #hooks: ContextHooks;
  #parked = new Map<number, () => void>();
  #lastTurn = performance.now();
  #stopped = false;

  constructor(hooks: ContextHooks) {
    this.#hooks = hooks;
  }

  /** The number of tasks that hold a wasm stack while parked. */
  get parked(): number {
    return this.#parked.size;
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
    const woken = new Promise<void>((resolve) => this.#parked.set(prev, resolve));
    this.#switchTo(next);
    return woken;
  };

  /** Whether the event loop has waited longer than a turn. */
  get turnIsDue(): boolean {
    return performance.now() - this.#lastTurn >= TURN_MS;
  }

  /** Import `yield_`: one turn of the event loop for the task that runs. */
  turn = (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(() => {
        this.#lastTurn = performance.now();
        resolve();
      });
    });

  /** Resolved promises would starve timers and signals, so every millisecond a switch takes the long way. */
  #switchTo(task: number): void {
    if (this.turnIsDue) {
      setImmediate(() => {
        this.#lastTurn = performance.now();
        this.#resume(task);
      });
    } else {
      this.#resume(task);
    }
  }

  #resume(task: number): void {
    if (this.#stopped) return;
    const wake = this.#parked.get(task);
    if (wake) {
      this.#parked.delete(task);
      wake();
    } else {
      // Not now: the task that parks is still on the stack below.
      queueMicrotask(() => this.#start(task));
    }
  }

  #start(task: number): void {
    if (this.#stopped) return;
    this.#hooks.run(task).then(
      () => this.#next(this.#hooks.ended(task)),
      (error) => this.#next(this.#hooks.trapped(task, error)),
    );
  }

  #next(task: number | undefined): void {
    if (task !== undefined) this.#switchTo(task);
  }
}
