// The lines typed at the console, in a file that the next session goes on with.

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheRoot } from "../../tools/setup/paths.mjs";

/** Lines that are kept. */
const KEPT = 1000;

export class History {
  readonly #file: string;
  /** Oldest first. */
  readonly lines: string[];

  constructor(file = join(cacheRoot(), "history")) {
    this.#file = file;
    this.lines = read(file).slice(-KEPT);
  }

  /** Notes a line, unless it is the last one again, nothing, or begins with a space. */
  add(typed: string): void {
    const line = typed.trimEnd();
    if (/^\s|^$/.test(line) || line === this.lines.at(-1)) return;
    this.lines.push(line);
    // A history that cannot be kept must not end a session.
    try {
      makeFolder(dirname(this.#file));
      if (this.lines.length > 2 * KEPT) {
        this.lines.splice(0, this.lines.length - KEPT);
        writeFileSync(this.#file, `${this.lines.join("\n")}\n`, { mode: 0o600 });
      } else {
        appendFileSync(this.#file, `${line}\n`, { mode: 0o600 });
      }
    } catch (error) {
      if (!("syscall" in (error as object))) throw error;
    }
  }
}

/** Node's own way to make folders above one never comes back from below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

function read(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean);
  } catch (error) {
    if ("syscall" in (error as object)) return [];
    throw error;
  }
}
