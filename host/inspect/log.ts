// The kernel's log, record by record (kpi_log_read).

import { BOOT_WALL_NS } from "../../assembly/arch/wasm/memory.ts";
import type { Machine } from "../machine/machine.ts";
import { withBufferNow } from "../machine/kernel-buffer.ts";

export interface LogRecord {
  /** Counts records since power-on. */
  readonly seq: number;
  /** Seconds since power-on. */
  readonly time: number;
  /** 0 (emergency) to 7 (debug). */
  readonly level: number;
  /** LOG_KERN 0, LOG_USER 1, …: who wrote it. */
  readonly facility: number;
  readonly text: string;
}

/** More than the longest record. */
const LOG_BYTES = 4096;
/** Of a LogEntry (assembly/kernel/printk/console.ts). */
const HEADER_BYTES = 24;

/** The records from number `first` on. */
export function logRecords(machine: Machine, first = 0): LogRecord[] {
  const { words, text } = machine;
  return withBufferNow(machine, LOG_BYTES, (buffer) => {
    const records: LogRecord[] = [];
    for (let next = first; machine.hostCall((core) => core.kpi_log_read(next, buffer, LOG_BYTES)) > 0;) {
      const [seq, priority, length] = [8, 12, 16].map((offset) => words.u32(buffer + offset)) as [
        number,
        number,
        number,
      ];
      const time = words.u64(buffer) / 1e9;
      records.push({
        seq,
        time,
        level: priority & 7,
        facility: priority >>> 3,
        text: text.read(buffer + HEADER_BYTES, length),
      });
      next = seq + 1;
    }
    return records;
  });
}

/** "[    0.000123] ", as the console and dmesg begin a line. */
function stamp(time: number): string {
  const micros = Math.floor(time * 1e6 + 1e-4);
  return `[${`${Math.floor(micros / 1e6)}`.padStart(5)}.${`${micros % 1e6}`.padStart(6, "0")}] `;
}

/** The lines of a record as dmesg prints them. */
export function logLines({ time, text }: LogRecord): string[] {
  return text.split("\n").map((line) => `${stamp(time)}${line}`);
}

/** A line of the console, apart from its time; what a board itself reports has none. */
export function splitLogLine(line: string): { time: number | null; text: string } {
  const match = /^\[ *(\d+\.\d+)\] (.*)$/s.exec(line);
  return match ? { time: Number(match[1]), text: match[2]! } : { time: null, text: line };
}

/** Where the kernel keeps console_loglevel. */
function levelAt({ core }: Machine): number {
  const symbol = core.symbol("console_printk");
  if (symbol?.kind !== "data") throw new Error("the core has no console_printk");
  return symbol.address;
}

/** Messages below this level are printed as they are written. */
export function consoleLogLevel(machine: Machine): number {
  return machine.words.u32(levelAt(machine));
}

export function setConsoleLogLevel(machine: Machine, level: number): void {
  machine.words.setU32(levelAt(machine), level);
}

/** The time of day at power-on, as Date has it; under the virtual clock the board began in 1970. */
export function bootTime({ words }: Machine): number {
  return words.u64(BOOT_WALL_NS) / 1e6;
}
