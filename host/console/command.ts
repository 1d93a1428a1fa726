// What a console command is. A command prints by calling `out` once a line; it fails by throwing KpiError.

import { KpiError } from "../error.ts";
import type { System } from "../system.ts";

export interface CommandContext {
  system: System;
  out(line: string): void;
  /** Aborts when whoever typed the command wants no more of it (Ctrl-C). */
  signal: AbortSignal;
}

export interface ConsoleCommand {
  name: string;
  /** The words after the name, for `help`. */
  usage: string;
  summary: string;
  run(context: CommandContext, args: string[]): Promise<void> | void;
}

/** What every command says of words it does not understand. */
export function usageError(command: ConsoleCommand): KpiError {
  return new KpiError(`usage: ${command.name} ${command.usage}`.trimEnd(), 2);
}

/** Prints a text that ends in a newline, line by line. */
export function printText(out: (line: string) => void, text: string): void {
  if (text === "") return;
  for (const line of text.replace(/\n$/, "").split("\n")) out(line);
}
