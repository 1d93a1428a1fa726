// What can stop a wasm stack: a trap, or what passes through wasm as a JavaScript exception.

import { KpiError } from "../error.ts";

/** The kernel panicked; its report is in the log. */
export class KernelPanic extends KpiError {
  constructor() {
    super("kernel panic; its report is in the log");
    this.name = "KernelPanic";
  }
}

/** Not a fault: the running task ends where it is, without returning. */
export class TaskExit extends Error {
  constructor() {
    super("a task ends");
    this.name = "TaskExit";
  }
}

/** A device model or link threw: a bug of the board, not of the driver. */
export class BoardFault extends Error {
  constructor(cause: unknown) {
    super(`bug of the board: ${cause instanceof Error ? cause.message : String(cause)}${place(cause)}`, { cause });
    this.name = "BoardFault";
  }
}

/** The power went while a task ran that does not let go of the CPU. */
export class PowerLost extends Error {
  constructor() {
    super("power off");
    this.name = "PowerLost";
  }
}

/** What to throw on when the board's code threw `error`. A KpiError says itself what is wrong: QEMU has ended. */
export function boardFault(error: unknown): Error {
  if (error instanceof KpiError || error instanceof BoardFault) return error;
  // A driver that recursed to the end of the stack may meet it in the board's code.
  return isTrap(error) && /wasm:\/\//.test(error.stack ?? "") ? error : new BoardFault(error);
}

/** ", at function (file:line:column)": the innermost place that a JavaScript error knows. */
function place(cause: unknown): string {
  const frame = cause instanceof Error ? /^\s+(at .+)$/m.exec(cause.stack ?? "")?.[1] : undefined;
  return frame ? `, ${frame.replace("file://", "").replace(`${process.cwd()}/`, "")}` : "";
}

/** An error of the engine's: unlike one in general, it always has a stack. */
export type Trap = Error & { readonly stack: string };

/** Whether `error` is the wasm's own: a trap, or a call stack that ran out. */
export function isTrap(error: unknown): error is Trap {
  return error instanceof WebAssembly.RuntimeError || (error instanceof RangeError && /call stack/.test(error.message));
}

/** The engine's word for a trap, and what it means for a driver where the word does not say it. */
export function trapText({ message }: Error): string {
  if (/signature mismatch/.test(message)) {
    return `${message} (a call through NULL, or through a pointer to a function of another type)`;
  }
  if (/table index is out of bounds/.test(message)) return `${message} (a call through a pointer to no function)`;
  if (/memory access out of bounds/.test(message))
    return `${message} (a wild pointer, or one from ioremap without readl or writel)`;
  if (/call stack/.test(message)) return `${message} (endless recursion?)`;
  return message;
}

/** A kernel task that the host waited for was killed by a trap; the report is in the log. */
export class TaskKilled extends KpiError {
  /** What the trap was. */
  readonly reason: string;

  constructor(task: string, reason: string) {
    super(`${task} was killed: ${reason}`);
    this.name = "TaskKilled";
    this.reason = reason;
  }
}
