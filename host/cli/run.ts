// kpi run: boot a board, load modules, run commands, shut down.

import { unlessAborted } from "../abort.ts";
import { createBoard, parseDeviceSpec } from "../../boards/index.ts";
import { Console, commandOf } from "../console/console.ts";
import { commandsOf } from "../console/words.ts";
import type { Flavour } from "../flavour.ts";
import type { System } from "../system.ts";
import { builtModules } from "./modules-folder.ts";
import { prompt } from "./prompt.ts";
import { complain, explain } from "./report.ts";
import { powerOn } from "./session.ts";

export interface RunOptions {
  board: string;
  flavour: Flavour;
  device: string[];
  insmod: string[];
  clock?: string;
  mem: number;
  for?: number;
  ping: string[];
  exec: string[];
  loglevel: number;
  watchdog: number;
  json?: boolean;
}

/** `--insmod NAME param=value …`, as many times as there are names. */
function modulesToLoad(words: string[]): string[][] {
  const modules: string[][] = [];
  for (const word of words) {
    if (/^\w+=/.test(word) && modules.length > 0) modules.at(-1)!.push(word);
    else modules.push([word]);
  }
  return modules;
}

/** The commands of the run, in words of the console. */
function commands(options: RunOptions): string[][] {
  const load = modulesToLoad(options.insmod).map((words) => ["modprobe", ...words]);
  const pings = options.ping.map((address) => ["ping", "-c", "5", address]);
  const up = pings.length > 0 ? [["ip", "link", "set", "up"]] : [];
  return [...load, ...options.exec.flatMap(commandsOf), ...up, ...pings];
}

/** What --json prints: a command's output apart from the kernel's log. */
interface Transcript {
  log: string[];
  commands: { command: string; output: string[] }[];
}

export async function run(options: RunOptions): Promise<number> {
  const transcript: Transcript = { log: [], commands: [] };
  const log = (line: string): void => void (options.json ? transcript.log.push(line) : console.log(line));
  const out = (line: string): void => {
    if (options.json) transcript.commands.at(-1)!.output.push(line);
    else console.log(line);
  };
  const wanted = commands(options);
  // Better said before a board boots.
  for (const [name] of wanted) commandOf(name);
  const devices = options.device.length > 0 ? options.device : ["rtl8139"];
  const board = createBoard(options.board, devices.map(parseDeviceSpec));
  // Somebody at a terminal, or a pipe with commands; not the idle stdin of a program that only wants a module loaded.
  const idle = options.exec.length + options.ping.length === 0 && options.for === undefined;
  const interactive = !options.json && idle && (process.stdin.isTTY || options.insmod.length === 0);

  const work = async (system: System, signal: AbortSignal): Promise<void> => {
    const shell = new Console(system, out);
    for (const words of wanted) {
      if (!system.machine.alive) return;
      transcript.commands.push({ command: words.join(" "), output: [] });
      await shell.execute(words, signal);
    }
    if (options.for) await unlessAborted(system.wait(options.for), signal);
    if (interactive) await prompt(system, shell, signal);
  };
  const { failure, oopses } = await powerOn(
    {
      board,
      flavour: options.flavour,
      memoryMiB: options.mem,
      virtualClock: options.clock ? options.clock === "virtual" : board.virtualTime,
      logLevel: options.loglevel,
      modules: builtModules,
      watchdogMs: options.watchdog * 1000,
      showBuild: true,
      onLog: log,
    },
    work,
  );
  if (options.json) {
    const { exitCode, message } = failure ? explain(failure) : { exitCode: 0, message: null };
    console.log(JSON.stringify({ exitCode, error: message, oopses, ...transcript }));
  }
  return failure ? complain(failure) : 0;
}
