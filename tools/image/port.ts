// A serial port as a stream: a device file, set to what the firmware speaks.

import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { isatty, ReadStream, WriteStream } from "node:tty";
import { joined } from "./joined.ts";
import { systemErrorText } from "../../host/errno.ts";
import { KpiError } from "../../host/error.ts";

const BAUD = "115200";
/** How often a port that has gone is looked for, and how long. */
const LOOK_MS = 200;
const LOOKS = 300;

function open(file: string): number {
  try {
    return openSync(file, constants.O_RDWR | constants.O_NOCTTY);
  } catch (error) {
    throw new KpiError(`cannot open ${file}: ${systemErrorText(error)}`);
  }
}

export function openPort(file: string): Duplex {
  const [reader, writer] = [open(file), open(file)];
  if (!isatty(reader)) {
    closeSync(reader);
    closeSync(writer);
    throw new KpiError(`${file} is no serial port`);
  }
  const streams = [new ReadStream(reader), new WriteStream(writer)] as const;
  try {
    execFileSync("stty", ["-F", file, BAUD, "raw", "-echo", "-crtscts", "clocal"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    for (const stream of streams) stream.destroy();
    const text = String((error as { stderr?: Buffer }).stderr ?? "").trim();
    throw new KpiError(`cannot open ${file}: ${text.replace(/^stty: /, "") || (error as Error).message}`);
  }
  return joined(...streams);
}

/** Opens a port that has gone, once it is back, as an adapter that was pulled out is. */
export async function reopenPort(file: string): Promise<Duplex> {
  for (let looks = LOOKS; ; looks--) {
    await delay(LOOK_MS);
    try {
      return openPort(file);
    } catch (error) {
      if (looks === 0) throw error;
    }
  }
}
