// dmesg: the kernel's log, also of what was below console_loglevel; options and columns are those of util-linux.

import { setTimeout } from "node:timers/promises";
import { KpiError } from "../../error.ts";
import {
  bootTime,
  consoleLogLevel,
  logLines,
  logRecords,
  type LogRecord,
  setConsoleLogLevel,
} from "../../inspect/log.ts";
import type { Machine } from "../../machine/machine.ts";
import { type CommandContext, type ConsoleCommand, parseWords, usageError, wholeNumber } from "../command.ts";

/** LOG_EMERG … LOG_DEBUG. */
const LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];
const FACILITIES = [
  "kern",
  "user",
  "mail",
  "daemon",
  "auth",
  "syslog",
  "lpr",
  "news",
  "uucp",
  "cron",
  "authpriv",
  "ftp",
];

/** How often -w looks, seconds. */
const POLL_S = 0.1;

/** Up to which record -c and -C have cleared the log that dmesg shows; the kernel keeps all. */
const cleared = new WeakMap<Machine, number>();

interface Format {
  levels: Set<number>;
  decode: boolean;
  raw: boolean;
  plain: boolean;
  wall: boolean;
}

function levelSet(names: readonly string[]): Set<number> {
  if (names.length === 0) return new Set(LEVELS.keys());
  return new Set(
    names
      .flatMap((list) => list.split(","))
      .map((name) => {
        const level = LEVELS.indexOf(name);
        if (level < 0) throw new KpiError(`dmesg: unknown level '${name}'; known: ${LEVELS.join(", ")}`, 2);
        return level;
      }),
  );
}

/** "Thu Jan  1 00:00:01 1970", in the time zone of the host. */
function wallClock(ms: number): string {
  const [day, month, date, year, time] = new Date(ms).toString().split(" ");
  return `${day} ${month} ${`${Number(date)}`.padStart(2)} ${time} ${year}`;
}

function lines(record: LogRecord, { decode, raw, plain, wall }: Format, wallMs: number): string[] {
  const head = decode
    ? `${FACILITIES[record.facility] ?? "?"}`.padEnd(6) + `:${LEVELS[record.level]!.padEnd(6)}: `
    : "";
  if (raw) return logLines(record).map((line) => `<${(record.facility << 3) | record.level}>${line}`);
  if (plain) return record.text.split("\n").map((line) => head + line);
  if (wall) return record.text.split("\n").map((line) => `${head}[${wallClock(wallMs + record.time * 1000)}] ${line}`);
  return logLines(record).map((line) => head + line);
}

/** Shows what is written from now on until the signal aborts. What the console prints anyway is not shown twice. */
async function follow(
  { system, out, signal, interactive }: CommandContext,
  first: number,
  format: Format,
  wallMs: number,
): Promise<LogRecord[]> {
  const { machine } = system;
  const seen: LogRecord[] = [];
  for (let next = first; !signal.aborted;) {
    for (const record of logRecords(machine, next)) {
      next = record.seq + 1;
      if (!format.levels.has(record.level)) continue;
      seen.push(record);
      if (record.level >= consoleLogLevel(machine)) for (const line of lines(record, format, wallMs)) out(line);
    }
    const pace = interactive && machine.clock.virtual ? setTimeout(POLL_S * 1000, undefined, { signal }) : undefined;
    await Promise.all([system.wait(POLL_S, signal), pace]).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  return seen;
}

export const dmesg: ConsoleCommand = {
  name: "dmesg",
  usage: "[-w] [-l LEVEL,…] [-T|-t] [-x] [-r] [-c|-C] [-n LEVEL]",
  summary: "the kernel log",
  details: [
    ["-w", "go on with what is written, until Ctrl-C; in a script: timeout 5 dmesg -w"],
    ["-l LEVEL,…", `only those levels: ${LEVELS.join(" ")}`],
    ["-T, -t", "with the time of day, or without any time"],
    ["-x", "with facility and level"],
    ["-r", "as the kernel's buffer has it"],
    ["-c, -C", "clear it, after showing it or without"],
    ["-n LEVEL", "show messages below that level, 1 to 8, on the console as they are written"],
  ],
  async run(context, args) {
    const { machine } = context.system;
    const flag = { type: "boolean" } as const;
    const { values } = parseWords(
      dmesg,
      args,
      {
        follow: { ...flag, short: "w" },
        level: { type: "string", short: "l", multiple: true },
        ctime: { ...flag, short: "T" },
        notime: { ...flag, short: "t" },
        decode: { ...flag, short: "x" },
        raw: { ...flag, short: "r" },
        "read-clear": { ...flag, short: "c" },
        clear: { ...flag, short: "C" },
        "console-level": { type: "string", short: "n" },
      },
      [0, 0],
    );
    if (values.follow && (values["read-clear"] || values.clear)) throw usageError(dmesg);
    if (values["console-level"] !== undefined) {
      setConsoleLogLevel(machine, wholeNumber("dmesg", "level", values["console-level"], 1, 8));
      return undefined;
    }
    const { raw = false, decode = false, notime: plain = false, ctime: wall = false } = values;
    const format = { levels: levelSet(values.level ?? []), raw, decode, plain, wall };
    const records = logRecords(machine, cleared.get(machine) ?? 0);
    const next = records.length > 0 ? records.at(-1)!.seq + 1 : (cleared.get(machine) ?? 0);
    if (values["read-clear"] || values.clear) cleared.set(machine, next);
    const data = values.clear ? [] : records.filter(({ level }) => format.levels.has(level));
    const shown = data.flatMap((record) => lines(record, format, bootTime(machine)));
    if (!values.follow) return { data, lines: shown };
    for (const line of shown) context.out(line);
    const later = await follow(context, next, format, bootTime(machine));
    return { data: [...data, ...later], lines: [] };
  },
  complete: (_system, words) =>
    words.at(-2) === "-l" ? LEVELS : ["-w", "-l", "-T", "-t", "-x", "-r", "-c", "-C", "-n"],
};
