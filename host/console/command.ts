// What a console command is. It answers with data, and with the lines that a terminal shows of them; what takes its
// time prints as it goes. It fails by throwing KpiError.

import { parseArgs, type ParseArgsConfig } from "node:util";
import { KpiError } from "../error.ts";
import type { System } from "../system.ts";

/** What a command found out: for a program (--json), and as text. */
export interface Reply {
  readonly data: unknown;
  readonly lines: readonly string[];
}

export interface CommandContext {
  readonly system: System;
  /** Prints a line now; for commands that go on for a while. A program gets the reply's data only. */
  out(line: string): void;
  /** Somebody watches: a command that only waits lets board time pass no faster than theirs. */
  readonly interactive: boolean;
  /** The lines typed so far, oldest first. */
  readonly history: readonly string[];
  /** Aborts when whoever typed the command wants no more of it (Ctrl-C). */
  readonly signal: AbortSignal;
}

export interface ConsoleCommand {
  readonly name: string;
  /** The words after the name, for `help`. */
  readonly usage: string;
  readonly summary: string;
  /** What each option and subcommand does, for `help NAME`. */
  readonly details?: readonly (readonly [words: string, meaning: string])[];
  run(context: CommandContext, args: string[]): Promise<Reply | void> | Reply | void;
  /** What may stand in place of the last of `words`, which follow the name. What does not fit is sorted out later. */
  complete?(system: System, words: readonly string[]): Promise<readonly string[]> | readonly string[];
}

/** A failure of a command that has found out something all the same. */
export class CommandFailure extends KpiError {
  readonly reply: Reply;

  constructor(message: string, reply: Reply, exitCode = 1) {
    super(message, exitCode);
    this.reply = reply;
  }
}

/** What every command says of words it does not understand. */
export function usageError(command: { name: string; usage: string }, why?: string): KpiError {
  const usage = `usage: ${command.name} ${command.usage}`.trimEnd();
  return new KpiError(why ? `${command.name}: ${why}; ${usage}` : usage, 2);
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** The options of a command, by node's own parser, and between `least` and `most` other words. */
export function parseWords<T extends Options>(
  command: { name: string; usage: string },
  args: string[],
  options: T,
  [least, most]: readonly [number, number],
): ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>> {
  let parsed: ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    const { message } = error as Error;
    const option = /^Unknown option '(.+?)'/.exec(message)?.[1];
    throw usageError(command, option ? `invalid option ${option}` : message.split(/\.(?: |$)|\n/)[0]);
  }
  const { length } = parsed.positionals;
  if (length < least || length > most) throw usageError(command);
  return parsed;
}

/** A whole number from `least` to `most`, or an error that says which option wants one. */
export function wholeNumber(name: string, what: string, text: string, least: number, most: number): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new KpiError(`${name}: invalid ${what} "${text}": a whole number from ${least} to ${most}`, 2);
}

/** The lines of a text that ends in a newline. */
export function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
