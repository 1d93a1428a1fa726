// What can stop a wasm stack besides a trap. Each passes through wasm as a JavaScript exception.

/** The kernel panicked; its report is in the log. */
export class KernelPanic extends Error {
  constructor() {
    super("kernel panic");
    this.name = "KernelPanic";
  }
}

/** A device model or link threw: a bug of the board, not of the driver. */
export class BoardFault extends Error {
  constructor(cause: unknown) {
    super(`bug of the board: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "BoardFault";
  }
}

/** What to throw on when the board's code threw `error`. */
export function boardFault(error: unknown): Error {
  return error instanceof KernelPanic || error instanceof BoardFault ? error : new BoardFault(error);
}

/** Whether `error` is the wasm's own: a trap, or a call stack that ran out. */
export function isTrap(error: unknown): error is Error {
  return error instanceof WebAssembly.RuntimeError || (error instanceof RangeError && /call stack/.test(error.message));
}
