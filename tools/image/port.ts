// A serial port as a stream: a device file, set to what the firmware speaks.

import { execFileSync } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import type { Duplex } from "node:stream";
import { joined } from "./joined.ts";
import { KpiError } from "../../host/error.ts";

const BAUD = "115200";

export function openPort(file: string): Duplex {
  try {
    execFileSync("stty", ["-F", file, BAUD, "raw", "-echo", "-crtscts", "clocal"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    const text = String((error as { stderr?: Buffer }).stderr ?? "").trim();
    throw new KpiError(`cannot open ${file}: ${text.replace(/^stty: /, "") || (error as Error).message}`);
  }
  return joined(createReadStream(file), createWriteStream(file, { flags: "r+" }));
}
