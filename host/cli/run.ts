// kpi run: boot a board, load modules, run commands, shut down.

import { createBoard, DEFAULT_DEVICES, parseDevice } from "../../boards/index.ts";
import { type Link, closeAll } from "../../boards/links/link.ts";
import { openLinks, parseLinkSpec, parseNetdevSpec } from "../../boards/links/spec.ts";
import { CommandFailure } from "../console/command.ts";
import { commandOf } from "../console/commands.ts";
import { Console } from "../console/console.ts";
import { commandsOf } from "../console/words.ts";
import { KpiError } from "../error.ts";
import type { Flavour } from "../flavour.ts";
import { splitLogLine } from "../inspect/log.ts";
import { whenRunning } from "../net/when-running.ts";
import { isReal, type System } from "../system.ts";
import { builtModules } from "../built-modules.ts";
import { atTerminal, fromPipe, type Screen } from "./prompt.ts";
import { modulesToLoad } from "./modules-to-load.ts";
import { complain, explain } from "./report.ts";
import { powerOn } from "./session.ts";

export interface RunOptions {
  board: string;
  flavour: Flavour;
  device: string[];
  qemu: string[];
  link: string[];
  netdev: string[];
  insmod: string[];
  clock?: string;
  mem: number;
  cpus: number;
  for?: number;
  ping: string[];
  exec: string[];
  loglevel: number;
  watchdog: number;
  json?: boolean;
}

/** The commands of the run that can be told before it begins. */
function commands(options: RunOptions): string[][] {
  return [...modulesToLoad(options.insmod).map((words) => ["modprobe", ...words]), ...options.exec.flatMap(commandsOf)];
}

/** --json: a line for each thing that happens. */
function emit(type: "log" | "command" | "end", fields: object): void {
  console.log(JSON.stringify({ type, ...fields }));
}

/** A command's data as a JSON line, also if it fails. */
async function runJson(shell: Console, words: string[], signal: AbortSignal): Promise<void> {
  const command = words.join(" ");
  try {
    const reply = await shell.execute(words, signal);
    emit("command", { command, exitCode: 0, error: null, data: reply?.data ?? null });
  } catch (error) {
    const { exitCode, message } = explain(error);
    const data = error instanceof CommandFailure ? error.reply.data : null;
    emit("command", { command, exitCode, error: message, data });
    throw error;
  }
}

/** How long --ping waits for a link, seconds of board time: a negotiation takes up to five. */
const LINK_TIMEOUT = 10;

export async function run(options: RunOptions): Promise<number> {
  try {
    return await runBoard(options);
  } catch (error) {
    // There is no board yet: a device, a command that nobody knows. The last line is an "end" all the same.
    const { exitCode, message } = explain(error);
    if (options.json) emit("end", { exitCode, error: message, oopses: 0 });
    return complain(error);
  }
}

async function runBoard(options: RunOptions): Promise<number> {
  const specs = options.link.map(parseLinkSpec);
  const netdevSpecs = options.netdev.map(parseNetdevSpec);
  const named = new Set(netdevSpecs.map(([name]) => name));
  if (named.size < netdevSpecs.length) throw new KpiError("--netdev: an interface has one link, not two", 2);
  const links = await openLinks([...specs, ...netdevSpecs.map(([, spec]) => spec)]);
  try {
    const netdevs = new Map(netdevSpecs.map(([name], i) => [name, links[specs.length + i]!] as const));
    return await runLinked(options, links.slice(0, specs.length), netdevs);
  } finally {
    // Also when there was no board that would have closed them.
    closeAll(links);
  }
}

async function runLinked(
  options: RunOptions,
  links: readonly Link[],
  netdevs: ReadonlyMap<string, Link>,
): Promise<number> {
  const { json = false } = options;
  const screen: Screen = { print: (line) => console.log(line) };
  const log = (line: string, level: number): void => {
    if (json) emit("log", { level, ...splitLogLine(line) });
    else screen.print(line);
  };
  const wanted = commands(options);
  // Better said before a board boots.
  for (const [name] of wanted) commandOf(name!);
  const devices = options.device.length > 0 ? options.device : DEFAULT_DEVICES;
  const deviceSpecs = devices.map((text) => parseDevice(options.board, text));
  const board = createBoard(options.board, deviceSpecs, { links, qemu: options.qemu.flatMap(commandsOf).flat() });
  // Somebody at a terminal, or a pipe with commands; not the idle stdin of a program that only wants a module loaded.
  const idle = options.exec.length + options.ping.length === 0 && options.for === undefined;
  const terminal = process.stdin.isTTY && !json;
  const interactive = idle && (terminal || (!process.stdin.isTTY && options.insmod.length === 0));

  const work = async (system: System, signal: AbortSignal): Promise<void> => {
    const shell = new Console(system, (line) => void (json || screen.print(line)));
    const execute = (words: string[]): Promise<void> =>
      json ? runJson(shell, words, signal) : shell.show(words, signal);
    system.loader.onMissing = async (name) => (await import("./provide.ts")).provideModule(system, name);
    // Drivers for devices that were asked for, where none is named.
    if (options.device.length > 0 && options.insmod.length === 0) {
      const { coldplug } = await import("./coldplug.ts");
      await coldplug(system, (name) => execute(["modprobe", name]));
    }
    for (const words of wanted) {
      if (!system.machine.alive) return;
      await execute(words);
    }
    // With nobody at it, the board gets no more of them.
    if (!interactive) await system.interfaces.assertAttached();
    if (options.ping.length > 0) {
      await system.interfaces.refresh();
      const names = system.interfaces.names();
      for (const name of names) await execute(["ip", "link", "set", name, "up"]);
      // Without a link the pings say so themselves.
      for (const name of names) await whenRunning(system, name, LINK_TIMEOUT, signal);
    }
    for (const address of options.ping) await execute(["ping", "-c", "5", address]);
    if (options.for) await system.wait(options.for, signal);
    if (!interactive) return;
    await (terminal ? atTerminal(system, screen, signal) : fromPipe(system, execute, signal));
    if (system.machine.alive) await system.interfaces.assertAttached();
  };
  const { failure, oopses } = await powerOn(
    {
      board,
      flavour: options.flavour,
      memoryMiB: options.mem,
      cpus: options.cpus,
      netdevs,
      virtualClock: options.clock ? options.clock === "virtual" : !isReal({ board, netdevs }) && options.cpus === 1,
      logLevel: options.loglevel,
      modules: builtModules,
      watchdogMs: options.watchdog * 1000,
      showBuild: true,
      onLog: log,
    },
    work,
  );
  if (json) {
    const { exitCode, message } = failure ? explain(failure) : { exitCode: 0, message: null };
    emit("end", { exitCode, error: message, oopses });
  }
  return failure ? complain(failure) : 0;
}
