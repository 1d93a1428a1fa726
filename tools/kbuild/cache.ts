// A cache of what was computed from files: object files, record layouts. An entry is valid as long as every file that
// was read to make it has the same content. Paths are kept relative to named roots, so a moved clone still hits.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export type Roots = Readonly<Record<string, string>>;

interface Entry {
  /** File, with its root as "$root/…", to the hash of its content. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The hash under which the result is stored. */
  readonly result: string;
}

/** Trees that take turns (two kernels, two branches) each keep an entry. */
const entriesKept = 8;

export function digest(...parts: (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  // Lengths keep ("ab", "c") and ("a", "bc") apart.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 32);
}

/** Writes whole or not at all, also when two processes write the same file. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  const scratch = `${file}.${process.pid}`;
  writeFileSync(scratch, content);
  renameSync(scratch, file);
}

/** The file names of a dependency file as -MD writes it: `target: a b \` with escaped blanks. */
export function parseDependencies(text: string): string[] {
  const list = text.slice(text.indexOf(": ") + 2).replace(/\\\r?\n/g, " ");
  return (list.match(/(?:\\.|[^\s\\])+/g) ?? []).map((name) => name.replace(/\\(.)/g, "$1"));
}

const hashes = new Map<string, string | null>();

/** Makes files be read again: after a change of them within a process. */
export function forgetHashes(): void {
  hashes.clear();
}

/** The hash of a file, read once a process; null if it is gone. */
function hashOf(file: string): string | null {
  let hash = hashes.get(file);
  if (hash === undefined) {
    try {
      hash = digest(readFileSync(file));
    } catch {
      hash = null;
    }
    hashes.set(file, hash);
  }
  return hash;
}

export class ContentCache {
  readonly #folder: string;
  /** Longest path first, so that a root inside another wins. */
  readonly #roots: readonly (readonly [string, string])[];

  constructor(folder: string, roots: Roots) {
    this.#folder = folder;
    this.#roots = Object.entries(roots).sort(([, a], [, b]) => b.length - a.length);
  }

  /** A path or a flag with roots in it, as it reads on any machine. */
  portable(text: string): string {
    return this.#roots.reduce((result, [name, root]) => result.replaceAll(`${root}/`, `$${name}/`), text);
  }

  /** The opposite of portable(): for this machine. */
  local(text: string): string {
    return this.#roots.reduce((result, [name, root]) => result.replaceAll(`$${name}/`, `${root}/`), text);
  }

  #host(path: string): string {
    const [, name, rest] = /^\$(\w+)\/(.*)$/s.exec(path) ?? [];
    const root = this.#roots.find(([candidate]) => candidate === name)?.[1];
    return root ? join(root, rest!) : path;
  }

  #entries(key: string): Entry[] {
    try {
      return JSON.parse(readFileSync(join(this.#folder, `${key}.json`), "utf8")) as Entry[];
    } catch {
      return [];
    }
  }

  #stored(hash: string): string {
    return join(this.#folder, hash.slice(0, 2), hash);
  }

  /** The result kept for a key, if all it was made from is as it was. */
  get(key: string): Uint8Array | null {
    for (const { inputs, result } of this.#entries(key)) {
      if (!Object.entries(inputs).every(([path, hash]) => hashOf(this.#host(path)) === hash)) continue;
      try {
        return readFileSync(this.#stored(result));
      } catch {
        // Deleted by hand: as good as never kept.
      }
    }
    return null;
  }

  /** Keeps a result under a key, with the files that it was made from. */
  put(key: string, files: readonly string[], bytes: Uint8Array): void {
    const inputs: Record<string, string> = {};
    for (const file of files) inputs[this.portable(file)] = hashOf(file) ?? "";
    const result = digest(bytes);
    writeWhole(this.#stored(result), bytes);
    const others = this.#entries(key).filter((entry) => JSON.stringify(entry.inputs) !== JSON.stringify(inputs));
    writeWhole(
      join(this.#folder, `${key}.json`),
      JSON.stringify([{ inputs, result }, ...others].slice(0, entriesKept)),
    );
  }
}
