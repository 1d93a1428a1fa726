// What a module says of itself: the NUL-separated `tag=value` strings of its .modinfo segments.

import type { WasmObject } from "./object.ts";

export class ModInfo {
  /** All entries, in order; a tag may come more than once. */
  readonly entries: [tag: string, value: string][];

  constructor(entries: [string, string][]) {
    this.entries = entries;
  }

  static of(object: WasmObject): ModInfo {
    const decoder = new TextDecoder();
    const entries: [string, string][] = [];
    for (const segment of object.segments) {
      if (segment.name !== ".modinfo") continue;
      for (const line of decoder.decode(segment.bytes).split("\0")) {
        const equals = line.indexOf("=");
        if (equals > 0) entries.push([line.slice(0, equals), line.slice(equals + 1)]);
      }
    }
    return new ModInfo(entries);
  }

  get(tag: string): string | undefined {
    return this.entries.find(([name]) => name === tag)?.[1];
  }

  all(tag: string): string[] {
    return this.entries.filter(([name]) => name === tag).map(([, value]) => value);
  }

  get depends(): string[] {
    return (this.get("depends") ?? "").split(",").filter((name) => name !== "");
  }
}

/** Module names have underscores where file names may have dashes. */
export function moduleName(file: string): string {
  return file.replace(/^.*\//, "").replace(/\.ko$/, "").replaceAll("-", "_");
}
