// poweroff, sleep, timeout, history, clear: what has to do with the board's time and with the console itself.

import { KpiError } from "../../error.ts";
import { commandOf, commands } from "../commands.ts";
import { type ConsoleCommand, usageError } from "../command.ts";

export const poweroff: ConsoleCommand = {
  name: "poweroff",
  usage: "",
  summary: "take interfaces down, unload modules, switch the board off",
  async run({ system }, args) {
    if (args.length > 0) throw usageError(poweroff);
    await system.shutdown();
  },
};

function seconds(name: string, text: string | undefined): number {
  const value = text !== undefined && /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
  if (value <= 1e6) return value;
  throw new KpiError(`${name}: invalid time interval '${text ?? ""}'`, 2);
}

export const sleep: ConsoleCommand = {
  name: "sleep",
  usage: "SECONDS",
  summary: "let board time pass",
  async run({ system, signal }, args) {
    if (args.length !== 1) throw usageError(sleep);
    await system.wait(seconds("sleep", args[0]), signal);
  },
};

export const timeout: ConsoleCommand = {
  name: "timeout",
  usage: "SECONDS COMMAND…",
  summary: "end a command after so much board time: timeout 5 dmesg -w",
  async run(context, [time, name, ...args]) {
    if (!name) throw usageError(timeout);
    const command = commandOf(name);
    const ended = new AbortController();
    const { clock } = context.system.machine;
    const alarm = clock.after(seconds("timeout", time) * 1e9, () =>
      ended.abort(new KpiError(`timeout: ${name} ended`)),
    );
    try {
      return await command.run({ ...context, signal: AbortSignal.any([context.signal, ended.signal]) }, args);
    } finally {
      alarm.cancel();
    }
  },
  complete(system, words) {
    if (words.length === 2) return commands.map(({ name: other }) => other);
    return words.length > 2 ? (commandOf(words[1]!).complete?.(system, words.slice(2)) ?? []) : [];
  },
};

export const history: ConsoleCommand = {
  name: "history",
  usage: "",
  summary: "the lines typed so far",
  run({ history: data }, args) {
    if (args.length > 0) throw usageError(history);
    return { data, lines: data.map((line, index) => `${`${index + 1}`.padStart(5)}  ${line}`) };
  },
};

export const clear: ConsoleCommand = {
  name: "clear",
  usage: "",
  summary: "clear the screen",
  run({ interactive }, args) {
    if (args.length > 0) throw usageError(clear);
    return { data: null, lines: interactive ? ["\x1b[H\x1b[2J\x1b[3J"] : [] };
  },
};
