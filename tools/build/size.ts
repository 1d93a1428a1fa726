// npm run size [-- debug]: where the bytes of an image are. "gzipped" is what the whole image would lose without the
// part, which is what a change there can win.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Reader } from "../../host/loader/reader.ts";
import { FLAVOURS } from "../../host/flavour.ts";
import { buildCore } from "./core.ts";
import { readImage } from "./image.ts";

const SECTIONS = new Map([
  [1, "types"],
  [2, "imports"],
  [3, "functions"],
  [4, "tables"],
  [5, "memories"],
  [6, "globals"],
  [7, "exports"],
  [9, "table slots"],
  [10, "code"],
  [11, "constants"],
  [12, "data count"],
]);
const CODE = 10;

interface Part {
  name: string;
  /** Where it lies in the image. */
  ranges: [from: number, to: number][];
}

const sizeOf = ({ ranges }: Part): number => ranges.reduce((sum, [from, to]) => sum + to - from, 0);

/** The sections, and the functions' code, of an image. */
function parts(image: Uint8Array, nameOf: (index: number) => string): { sections: Part[]; functions: Part[] } {
  const sections: Part[] = [];
  const functions: Part[] = [];
  for (const r = new Reader(image, 8); r.more;) {
    const from = r.at;
    const id = r.u8();
    const body = r.sub(r.u32());
    sections.push({ name: SECTIONS.get(id) ?? `section ${id}`, ranges: [[from, body.end]] });
    if (id !== CODE) continue;
    const count = body.u32();
    for (let i = 0; i < count; i++) {
      const start = body.at;
      body.take(body.u32());
      functions.push({ name: nameOf(i), ranges: [[start, body.at]] });
    }
  }
  return { sections, functions };
}

/** One part for each value of `key`. */
function groups(functions: readonly Part[], key: (name: string) => string): Part[] {
  const by = Map.groupBy(functions, ({ name }) => key(name));
  return [...by].map(([name, some]) => ({ name, ranges: some.flatMap(({ ranges }) => ranges) }));
}

function without(image: Uint8Array, { ranges }: Part): number {
  const kept: Uint8Array[] = [];
  let at = 0;
  for (const [from, to] of ranges) {
    kept.push(image.subarray(at, from));
    at = to;
  }
  return gzipSync(Buffer.concat([...kept, image.subarray(at)]), { level: 9 }).length;
}

function table(image: Uint8Array, title: string, list: readonly Part[], most = Infinity): void {
  const whole = gzipSync(image, { level: 9 }).length;
  const sorted = list.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  console.log(`\n${title.padEnd(52)}   bytes  gzipped`);
  for (const part of sorted.slice(0, most)) {
    const gzipped = whole - without(image, part);
    console.log(`${part.name.padEnd(52)}${String(sizeOf(part)).padStart(8)}${String(gzipped).padStart(9)}`);
  }
  if (sorted.length > most) console.log(`and ${sorted.length - most} more`);
}

const flavour = FLAVOURS.find((name) => name === process.argv[2]) ?? "release";
const { file } = await buildCore(flavour, true);
const image = readFileSync(file);
const { imports, functionNames } = readImage(Buffer.concat([image, readFileSync(`${file}.names`)]));
const imported = imports.filter(({ kind }) => kind === "function").length;
const nameOf = (i: number): string => (functionNames.get(imported + i) ?? `function ${i}`).replace("assembly/", "");
const { sections, functions } = parts(image, nameOf);

console.log(`${flavour}: ${image.length} bytes, ${gzipSync(image, { level: 9 }).length} gzipped`);
table(image, "section", sections);
table(
  image,
  "folder",
  groups(functions, (name) => name.split("/").slice(0, 2).join("/")),
  40,
);
table(
  image,
  "file",
  groups(functions, (name) => name.slice(0, Math.max(name.lastIndexOf("/"), 0))),
  40,
);
table(image, "function", functions, 40);
