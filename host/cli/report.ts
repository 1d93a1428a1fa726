// What the user is told of an error, whatever kind it is: one line, an exit code, never a stack.

import { SetupError } from "../../tools/setup/error.mjs";
import { KpiError } from "../error.ts";
import { BoardFault, isTrap } from "../machine/faults.ts";

export interface Explanation {
  exitCode: number;
  message: string;
  /** What a compiler said, for above the message. */
  detail: string;
}

export function explain(error: unknown): Explanation {
  if (error instanceof KpiError) {
    const lines = error.message.trimEnd().split("\n");
    return { exitCode: error.exitCode, message: lines.at(-1)!, detail: lines.slice(0, -1).join("\n") };
  }
  if (error instanceof SetupError) return { exitCode: error.exitCode, message: error.message, detail: "" };
  return { exitCode: 1, message: sentence(error), detail: process.env.KPI_DEBUG ? String((error as Error).stack) : "" };
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof BoardFault || isTrap(error)) return error.message;
  // What the system refuses: a full disk, a folder that cannot be written.
  if ("syscall" in error) return error.message;
  return `internal error: ${error.message} (KPI_DEBUG=1 shows where)`;
}

/** Prints it, on stderr, and as JSON on stdout for a program that asked for that. */
export function complain(error: unknown, json = false): number {
  const { exitCode, message, detail } = explain(error);
  if (detail) console.error(detail);
  console.error(`kpi: ${message}`);
  if (json) console.log(JSON.stringify({ exitCode, error: message }));
  return exitCode;
}
