// kpi run: boot a board, load modules, run commands, shut down.

import { createBoard, parseDeviceSpec } from "../../boards/index.ts";
import { Console } from "../console/console.ts";
import { KpiError } from "../error.ts";
import { System } from "../system.ts";
import { builtModules } from "./modules-folder.ts";

export interface RunOptions {
  board: string;
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
function modulesToLoad(words: string[]): { module: string; params: string[] }[] {
  const modules: { module: string; params: string[] }[] = [];
  for (const word of words) {
    if (!word.includes("=") || modules.length === 0) modules.push({ module: word, params: [] });
    else modules.at(-1)!.params.push(word);
  }
  return modules;
}

/** The commands of the run, in the console's words. */
function commands(options: RunOptions): string[] {
  const load = modulesToLoad(options.insmod).map(({ module, params }) => ["modprobe", module, ...params].join(" "));
  const ping = options.ping.map((address) => `ip link set up; ping -c 5 ${address}`);
  return [...load, ...options.exec, ...ping];
}

export async function run(options: RunOptions): Promise<number> {
  const lines: string[] = [];
  const out = (line: string): void => {
    if (options.json) lines.push(line);
    else console.log(line);
  };
  const devices = options.device.length > 0 ? options.device : ["rtl8139"];
  const board = createBoard(options.board, devices.map(parseDeviceSpec));
  const system = await System.boot({
    board,
    memoryMiB: options.mem,
    virtualClock: options.clock ? options.clock === "virtual" : board.virtualTime,
    logLevel: options.loglevel,
    modules: builtModules,
    watchdogMs: options.watchdog * 1000,
    onLog: out,
  });
  const failure = await attempt(async () => {
    const console = new Console(system, out);
    for (const line of commands(options)) await console.run(line);
    if (options.for) await system.wait(options.for);
    await system.shutdown();
  });
  await system.powerOff();
  const exitCode = failure ? exitCodeOf(failure) : system.machine.oopses > 0 ? 1 : 0;
  if (options.json) console.log(JSON.stringify({ exitCode, error: failure?.message, output: lines }));
  else if (failure) console.error(`kpi: ${failure.message}`);
  return exitCode;
}

async function attempt(work: () => Promise<void>): Promise<Error | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

function exitCodeOf(error: Error): number {
  return error instanceof KpiError ? error.exitCode : 1;
}
