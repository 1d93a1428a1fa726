// Runs a test module that an image loads at boot on an emulated board, and says what it found: the results are what the
// board's console says.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cachedFirmware } from "../../tools/image/cache.ts";
import type { FirmwareBoard } from "../../tools/image/boards.ts";
import { boardFiles, createSlots, emulate } from "../../tools/image/emulator.ts";
import type { LogLine } from "../api/events.ts";
import { ReportReader, type Report } from "../api/reports.ts";
import { splitLogLine } from "../inspect/log.ts";
import type { TestResult } from "./ktap.ts";
import { judge } from "./run.ts";

/** The console tells no levels; whatever looks like a report is one. */
const KERN_WARNING = 4;

/** What the firmware says when all modules are loaded, and when one could not be. */
const READY = "kpi: ready";
const REFUSED = /^kpi: could not load .*/;

export interface EmulatedRun {
  board: FirmwareBoard;
  /** The module's. */
  name: string;
  image: Buffer;
  /** RAM of the board. */
  ramKiB: number;
  /** Seconds. */
  timeout: number;
  /** Ends the run. */
  signal: AbortSignal;
}

export async function runOnEmulator(run: EmulatedRun): Promise<TestResult> {
  const folder = mkdtempSync(join(tmpdir(), "kpi-test-"));
  try {
    const files = boardFiles(run.board, folder, cachedFirmware(run.board, run.ramKiB << 10).bytes);
    createSlots(run.board, files.slots, run.image);
    const board = emulate({ board: run.board, files, ramKiB: run.ramKiB, once: true });
    const timer = AbortSignal.timeout(run.timeout * 1000);
    const off = (): void => void board.child.kill("SIGKILL");
    for (const signal of [timer, run.signal]) signal.addEventListener("abort", off);
    const lines: LogLine[] = [];
    const reports: Report[] = [];
    const reader = new ReportReader((report) => reports.push(report));
    let failure: string | undefined;
    let ready = false;
    for await (const line of createInterface({ input: board.line })) {
      const { time, text } = splitLogLine(line);
      const entry = { level: KERN_WARNING, time: time ?? lines.at(-1)?.time ?? 0, text };
      lines.push(entry);
      if (time !== null) reader.read(entry);
      if (REFUSED.test(text)) failure ??= text.replace(/^kpi: /, "");
      if (text === READY) {
        ready = true;
        off();
      }
    }
    reader.flush();
    await board.ended;
    run.signal.removeEventListener("abort", off);
    run.signal.throwIfAborted();
    if (timer.aborted && !ready) failure = `it has not come to its end after ${run.timeout} s`;
    else if (!ready) failure ??= "the board stopped before it came to its end";
    return judge({ name: run.name, suites: false, lines, reports, failure });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
