// The report of a trap, where the core reads it (assembly/kernel/oops.ts).

import { wasmFrames } from "./backtrace.ts";
import type { CodeMap } from "./code-map.ts";
import { trapText } from "./faults.ts";
import type { MemoryText } from "./memory-text.ts";

const REPORT_BYTES = 4096;
const MESSAGE_BYTES = 256;

/** Writes message, NUL, backtrace, NUL to `address`. */
export function writeTrapReport(error: Error, address: number, text: MemoryText, code: CodeMap): void {
  const report = address >>> 0;
  const message = text.write(trapText(error), report, MESSAGE_BYTES);
  text.bytes[report + message] = 0;
  const frames = wasmFrames(error.stack ?? "", code).join("\n");
  const length = text.write(frames, report + message + 1, REPORT_BYTES - message - 2);
  text.bytes[report + message + 1 + length] = 0;
}
