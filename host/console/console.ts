// The console: words in, lines out. The same commands serve the prompt, --exec, npm start and tests.

import { KpiError } from "../error.ts";
import type { System } from "../system.ts";
import type { ConsoleCommand } from "./command.ts";
import { commandsOf } from "./words.ts";
import { cat } from "./commands/cat.ts";
import { dmesg } from "./commands/dmesg.ts";
import { ip } from "./commands/ip.ts";
import { insmod, lsmod, modprobe, rmmod } from "./commands/modules.ts";
import { lspci } from "./commands/lspci.ts";
import { ping } from "./commands/ping.ts";
import { poweroff } from "./commands/poweroff.ts";

const help: ConsoleCommand = {
  name: "help",
  usage: "",
  summary: "this list",
  run({ out }) {
    const heads = commands.map(({ name, usage }) => `${name} ${usage}`);
    const width = Math.max(...heads.map((head) => head.length));
    commands.forEach(({ summary }, index) => out(`${heads[index].padEnd(width)}  ${summary}`));
  },
};

const commands: ConsoleCommand[] = [
  insmod, modprobe, rmmod, lsmod, lspci, ip, ping, cat, dmesg, poweroff, help,
];

export const commandNames: readonly string[] = commands.map(({ name }) => name);

/** The command of that name; a KpiError if there is none. */
export function commandOf(name: string): ConsoleCommand {
  const command = commands.find((entry) => entry.name === name);
  if (!command) throw new KpiError(`${name}: command not found; try: help`, 2);
  return command;
}

export class Console {
  #system: System;
  #out: (line: string) => void;

  constructor(system: System, out: (line: string) => void) {
    this.#system = system;
    this.#out = out;
  }

  /** Runs the commands of one line, in order; the first that fails ends it with its KpiError. */
  async run(line: string, signal?: AbortSignal): Promise<void> {
    for (const words of commandsOf(line)) await this.execute(words, signal);
  }

  /** Runs one command. */
  async execute([name, ...args]: string[], signal: AbortSignal = new AbortController().signal): Promise<void> {
    if ([name, ...args].some((word) => word.includes("\n"))) throw new KpiError("a word has the end of a line in it", 2);
    const command = commandOf(name);
    const context = { system: this.#system, out: this.#out, signal };
    signal.throwIfAborted();
    // A module's init cannot be interrupted in the middle; what takes its time looks at the signal itself.
    await command.run(context, args);
    signal.throwIfAborted();
  }
}
