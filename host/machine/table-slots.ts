// The slots of the function table that modules use, from MODULE_SLOTS on. A module's slots return when it has been gone
// for a while, so that a board may load and unload for ever; until somebody takes them they keep what they hold.

export class TableSlots {
  readonly #table: WebAssembly.Table;
  /** First slots of runs that are free, by the length of the run: a module that comes back wants as many as before. */
  readonly #free = new Map<number, number[]>();

  constructor(table: WebAssembly.Table) {
    this.#table = table;
  }

  /** The first of `count` neighbouring slots. */
  take(count: number): number {
    return this.#free.get(count)?.shift() ?? this.#table.grow(count);
  }

  /** Gives a run back that `take` returned. */
  give(first: number, count: number): void {
    if (count === 0) return;
    const runs = this.#free.get(count);
    if (runs) runs.push(first);
    else this.#free.set(count, [first]);
  }
}
