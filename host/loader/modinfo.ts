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
      for (let at = 0; at < segment.bytes.length;) {
        const nul = segment.bytes.indexOf(0, at);
        const end = nul < 0 ? segment.bytes.length : nul;
        const line = decoder.decode(segment.bytes.subarray(at, end));
        const equals = line.indexOf("=");
        if (equals > 0) entries.push([line.slice(0, equals), line.slice(equals + 1)]);
        at = end + 1;
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
