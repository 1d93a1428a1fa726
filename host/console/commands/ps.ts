// ps, sysrq: the kernel's tasks, and its reports of them and of memory.

import { sysrq as report } from "../../inspect/files.ts";
import { consoleLogLevel, logLines, logRecords } from "../../inspect/log.ts";
import { tasks } from "../../inspect/tasks.ts";
import { KpiError } from "../../error.ts";
import { type ConsoleCommand, usageError } from "../command.ts";

/** "00:00:01", as ps prints CPU time. */
function cpuTime(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  return parts.map((part) => `${part}`.padStart(2, "0")).join(":");
}

export const ps: ConsoleCommand = {
  name: "ps",
  usage: "",
  summary: "the tasks and their states: R runs or could, S and D sleep, I is idle, X is dead",
  run({ system }, args) {
    // All tasks are the kernel's, so that every selection is the same.
    if (args.some((arg) => !/^-?(e|A|ax|aux|ef)$/.test(arg))) throw usageError(ps);
    const data = tasks(system.machine).filter(({ pid }) => pid > 0);
    const lines = data.map(({ pid, state, time, comm, waitsIn, rtprio, nice }) => {
      const where = (waitsIn ?? "-").slice(0, 16).padEnd(16);
      const urgency = rtprio === undefined ? `TS      - ${`${nice}`.padStart(3)}` : `FF ${`${rtprio}`.padStart(6)}   -`;
      return `${`${pid}`.padStart(7)} ${state.padEnd(4)} ${urgency}  ${where} ${cpuTime(time)} [${comm}]`;
    });
    const head = `${"PID".padStart(7)} STAT CLS RTPRIO NI WCHAN`.padEnd(46);
    return { data, lines: [`${head}    TIME CMD`, ...lines] };
  },
};

const KEYS: Readonly<Record<string, string>> = {
  t: "every task with its state and stack",
  w: "the tasks that sleep without being interruptible",
  m: "memory",
  d: "the locks that each task holds or waits for (debug flavour)",
};

export const sysrq: ConsoleCommand = {
  name: "sysrq",
  usage: "t|w|m|d",
  summary: "has the kernel report its tasks, memory or locks in the log, as echo t > /proc/sysrq-trigger does",
  details: Object.entries(KEYS),
  run({ system }, args) {
    const [key = ""] = args;
    if (args.length !== 1 || key.length !== 1) throw usageError(sysrq);
    if (!Object.hasOwn(KEYS, key))
      throw new KpiError(`sysrq: unknown key ${key}; known: ${Object.keys(KEYS).join(" ")}`, 2);
    const { machine } = system;
    const next = (logRecords(machine).at(-1)?.seq ?? -1) + 1;
    report(system, key);
    const records = logRecords(machine, next);
    // What the console lets through has been shown by now, and the first line whatever its level is.
    const hidden = records.slice(1).filter(({ level }) => level >= consoleLogLevel(machine));
    return { data: records, lines: hidden.flatMap(logLines) };
  },
  complete: () => Object.keys(KEYS),
};
