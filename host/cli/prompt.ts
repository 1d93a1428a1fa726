// The console at a terminal: a prompt with line editing, history and Tab. From a pipe it takes commands until the first
// that fails, as --exec does.

import { clearLine, createInterface, cursorTo, type Interface } from "node:readline";
import { complete } from "../console/completion.ts";
import { Console } from "../console/console.ts";
import { commandsOf } from "../console/words.ts";
import { KpiError } from "../error.ts";
import type { System } from "../system.ts";
import { History } from "./history.ts";
import { complain } from "./report.ts";

const PROMPT = "# ";

/** Where lines go; the prompt puts itself in between, so that they do not end up in what is being typed. */
export interface Screen {
  print(line: string): void;
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

/** Runs the lines that come from a pipe, command by command. */
export async function fromPipe(
  system: System,
  run: (words: string[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for await (const line of linesOf(createInterface({ input: process.stdin }), signal)) {
    for (const words of commandsOf(line)) {
      await run(words);
      if (!system.machine.alive) return;
    }
  }
  signal.throwIfAborted();
}

/** What Ctrl-C does: it ends the command that runs, or drops the line that is being typed. On an empty line the second
 *  one shuts the board down in order, as from any program by the signal; a command that does not end is left so too. */
function onInterrupt(input: Interface, running: () => AbortController | undefined): void {
  let asked = false;
  input.on("line", () => (asked = false));
  input.on("SIGINT", () => {
    const command = running();
    const typed = input.line !== "";
    if (command ? command.signal.aborted : asked && !typed) return void process.kill(process.pid, "SIGINT");
    if (command) return command.abort(new KpiError("interrupted"));
    asked = !typed;
    process.stdout.write(typed ? "^C\n" : "^C\n(Ctrl-C again, Ctrl-D or poweroff switches the board off)\n");
    input.write(null, { ctrl: true, name: "e" });
    input.write(null, { ctrl: true, name: "u" });
    input.prompt();
  });
}

/** Runs what is typed until Ctrl-D, or until the board is off. */
export async function atTerminal(system: System, screen: Screen, signal: AbortSignal): Promise<void> {
  const history = new History();
  const input = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: PROMPT,
    history: history.lines.toReversed(),
    historySize: history.lines.length + 1000,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: null, result: [string[], string]) => void) =>
      void complete(system, line).then((result) => done(null, result)),
  });
  let command: AbortController | undefined;
  let closed = false;
  input.once("close", () => (closed = true));
  // Ctrl-D may come while a command runs.
  const prompt = (): void => {
    if (!closed) input.prompt(true);
  };
  onInterrupt(input, () => command);
  const { print } = screen;
  // Under the real clock the kernel logs while somebody types.
  screen.print = (line) => {
    if (command) return print(line);
    cursorTo(process.stdout, 0);
    clearLine(process.stdout, 0);
    print(line);
    prompt();
  };
  const shell = new Console(system, (line) => print(line), { interactive: true, history: history.lines });
  print("A console: `help` lists the commands, Tab completes, Ctrl-D or `poweroff` ends.");
  prompt();
  try {
    for await (const line of linesOf(input, signal)) {
      history.add(line);
      command = new AbortController();
      try {
        await shell.run(line, AbortSignal.any([signal, command.signal]));
      } catch (error) {
        if (!system.machine.alive || signal.aborted) throw error;
        if (!command.signal.aborted) complain(error);
      }
      command = undefined;
      if (!system.machine.alive) return;
      prompt();
    }
  } finally {
    screen.print = print;
  }
  signal.throwIfAborted();
  process.stdout.write("\n");
}
