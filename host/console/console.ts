// The console: words in, lines out. The same commands serve --exec, npm start and tests.

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

const help: ConsoleCommand = {
  name: "help",
  usage: "",
  summary: "this list",
  run({ out }) {
    for (const { name, usage, summary } of commands) out(`${`${name} ${usage}`.padEnd(44)} ${summary}`);
  },
};

const commands: ConsoleCommand[] = [insmod, modprobe, rmmod, lsmod, lspci, ip, ping, cat, dmesg, help];

export class Console {
  #system: System;
  #out: (line: string) => void;

  constructor(system: System, out: (line: string) => void) {
    this.#system = system;
    this.#out = out;
  }

  /** Runs the commands of one line, in order; the first that fails ends it with its KpiError. */
  async run(line: string): Promise<void> {
    for (const [name, ...args] of commandsOf(line)) {
      const command = commands.find((entry) => entry.name === name);
      if (!command) throw new KpiError(`${name}: command not found; try: help`, 2);
      await command.run({ system: this.#system, out: this.#out }, args);
    }
  }
}
