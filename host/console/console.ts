// The console: words in, answers out. The same commands serve the prompt, --exec, npm start and tests.

import { KpiError } from "../error.ts";
import type { System } from "../system.ts";
import { CommandFailure, type Reply } from "./command.ts";
import { commandOf } from "./commands.ts";
import { commandsOf } from "./words.ts";

/** Of a console at a terminal. */
export interface Session {
  readonly interactive: boolean;
  readonly history: readonly string[];
}

export class Console {
  readonly #system: System;
  readonly #out: (line: string) => void;
  readonly #session: Session;

  constructor(system: System, out: (line: string) => void, session: Session = { interactive: false, history: [] }) {
    this.#system = system;
    this.#out = out;
    this.#session = session;
  }

  /** Runs the commands of one line, in order, and prints what they say; the first that fails ends it with its
   *  KpiError. */
  async run(line: string, signal?: AbortSignal): Promise<void> {
    for (const words of commandsOf(line)) await this.show(words, signal);
  }

  /** Runs one command and prints what it says, also when it fails. */
  async show(words: string[], signal?: AbortSignal): Promise<void> {
    try {
      for (const line of (await this.execute(words, signal))?.lines ?? []) this.#out(line);
    } catch (error) {
      if (error instanceof CommandFailure) for (const line of error.reply.lines) this.#out(line);
      throw error;
    }
  }

  /** Runs one command and answers with what it found out. */
  async execute([name = "", ...args]: string[], signal = new AbortController().signal): Promise<Reply | undefined> {
    if ([name, ...args].some((word) => word.includes("\n")))
      throw new KpiError("a word has the end of a line in it", 2);
    const command = commandOf(name);
    signal.throwIfAborted();
    // A module's init cannot be interrupted in the middle; what takes its time looks at the signal itself.
    const context = { ...this.#session, system: this.#system, out: this.#out, signal };
    const reply = await command.run(context, args);
    signal.throwIfAborted();
    return reply ?? undefined;
  }
}
