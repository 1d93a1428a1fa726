// The console at a terminal: a prompt, history, Tab. From a pipe it takes commands until the first that fails, as
// --exec does.

import { createInterface, type Interface } from "node:readline";
import { commandNames, type Console } from "../console/console.ts";
import { KpiError } from "../error.ts";
import type { System } from "../system.ts";
import { complain } from "./report.ts";

const PROMPT = "# ";

/** Tab, for the first word. */
function complete(line: string): [string[], string] {
  return [commandNames.filter((name) => name.startsWith(line)).map((name) => `${name} `), line];
}

async function* linesOf(input: Interface, signal: AbortSignal): AsyncGenerator<string> {
  const end = (): void => input.close();
  signal.addEventListener("abort", end);
  try {
    yield* input;
  } finally {
    signal.removeEventListener("abort", end);
    input.close();
  }
}

async function fromPipe(system: System, shell: Console, signal: AbortSignal): Promise<void> {
  for await (const line of linesOf(createInterface({ input: process.stdin }), signal)) {
    await shell.run(line, signal);
    if (!system.machine.alive) return;
  }
  signal.throwIfAborted();
}

async function atTerminal(system: System, shell: Console, signal: AbortSignal): Promise<void> {
  const input = createInterface({ input: process.stdin, output: process.stdout, prompt: PROMPT, completer: complete });
  let command: AbortController | undefined;
  // readline takes Ctrl-C for itself: it ends the command, or drops the line that is being typed. A command that does
  // not end is left with the second one, by the way that signals go without a console.
  input.on("SIGINT", () => {
    if (command?.signal.aborted) process.kill(process.pid, "SIGINT");
    else if (command) command.abort(new KpiError("interrupted"));
    else {
      process.stdout.write("^C\n");
      input.write(null, { ctrl: true, name: "u" });
      input.prompt();
    }
  });
  console.log("A console: `help` lists the commands, Ctrl-D or `poweroff` ends.");
  input.prompt();
  for await (const line of linesOf(input, signal)) {
    command = new AbortController();
    try {
      await shell.run(line, AbortSignal.any([signal, command.signal]));
    } catch (error) {
      if (!system.machine.alive || signal.aborted) throw error;
      if (!command.signal.aborted) complain(error);
    }
    command = undefined;
    if (!system.machine.alive) return;
    input.prompt();
  }
  signal.throwIfAborted();
  process.stdout.write("\n");
}

/** Runs what is typed until the end of input, or until the board is off. */
export function prompt(system: System, shell: Console, signal: AbortSignal): Promise<void> {
  return process.stdin.isTTY ? atTerminal(system, shell, signal) : fromPipe(system, shell, signal);
}
