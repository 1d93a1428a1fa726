// How a process ends in the middle of anything: what koffi does at the end of a process may wait for a call of its own that
// is under way, for ever. So the process becomes one that only ends.

import { koffiLoaded } from "./koffi.ts";

/** Ends the process at once, wherever it is; exit handlers in JavaScript run. */
export function exitAtOnce(code: number): never {
  if (!koffiLoaded() || !process.execve) process.exit(code);
  process.emit("exit", code);
  return process.execve("/bin/sh", ["sh", "-c", `exit ${code}`]);
}
