// The order of the image's functions. gzip looks back 32 KiB, a sixth of the code, so functions that are alike go next
// to each other: within a folder of the sources by their signature, then by size. What names a function by its number
// (calls, exports, the table, the name section) is written anew.

import { ObjectError, Reader } from "../../host/loader/reader.ts";
import { readImage } from "./image.ts";
import { skipInstruction } from "./instruction.ts";
import { Writer } from "./writer.ts";

interface Body {
  /** Its number in the old order, imports not counted. */
  old: number;
  type: number;
  code: Uint8Array;
  folder: string;
}

const CALL = 0x10;

/** "assembly/net/core" of "assembly/net/core/dev/netif_rx". */
const folderOf = (name: string): string => name.split("/").slice(0, 3).join("/");

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function likeness(a: Body, b: Body): number {
  return compare(a.folder, b.folder) || a.type - b.type || a.code.length - b.code.length || a.old - b.old;
}

/** The code of a function with its calls renumbered. */
function withCalls(code: Uint8Array, renumber: (old: number) => number): Uint8Array {
  const r = new Reader(code);
  const out = new Writer();
  r.vector((v) => [v.u32(), v.u8()]); // locals
  let copied = 0;
  while (r.more) {
    if (code[r.at] !== CALL) {
      skipInstruction(r);
      continue;
    }
    r.u8();
    out.bytes(code.subarray(copied, r.at)).u32(renumber(r.u32()));
    copied = r.at;
  }
  return out.bytes(code.subarray(copied)).whole;
}

function exportSection(r: Reader, renumber: (old: number) => number): Uint8Array {
  const out = new Writer();
  const entries = r.vector((v) => ({ name: v.name(), kind: v.u8(), index: v.u32() }));
  return out.vector(entries, ({ name, kind, index }) => {
    out
      .name(name)
      .u8(kind)
      .u32(kind === 0 ? renumber(index) : index);
  }).whole;
}

/** Active segments of the one table, at constant offsets: what asc writes. */
function elementSection(r: Reader, renumber: (old: number) => number): Uint8Array {
  const out = new Writer();
  const segments = r.vector((v) => {
    if (v.u32() !== 0 || v.u8() !== 0x41) throw new ObjectError("an element segment without a constant offset");
    const offset = v.u32();
    v.u8();
    return { offset, slots: v.vector(() => v.u32()) };
  });
  return out.vector(segments, ({ offset, slots }) => {
    // A signed number: one that fills seven bits needs a zero above them, which two bytes always have here.
    out
      .u8(0)
      .u8(0x41)
      .bytes(Uint8Array.of((offset & 0x7f) | 0x80, (offset >> 7) & 0x3f))
      .u8(0x0b);
    out.vector(slots, (slot) => void out.u32(renumber(slot)));
  }).whole;
}

/** The name section with its function names in the new order. */
function nameSection(r: Reader, renumber: (old: number) => number): Uint8Array {
  const out = new Writer().name(r.name());
  while (r.more) {
    const kind = r.u8();
    const part = r.take(r.u32());
    if (kind === 2) throw new ObjectError("an image with names of locals");
    if (kind !== 1) {
      out.u8(kind).counted(part);
      continue;
    }
    const names = new Reader(part).vector((v) => ({ index: renumber(v.u32()), name: v.name() }));
    names.sort((a, b) => a.index - b.index);
    const inner = new Writer();
    out.u8(kind).counted(inner.vector(names, ({ index, name }) => void inner.u32(index).name(name)).whole);
  }
  return out.whole;
}

export function inOrder(image: Uint8Array): Uint8Array {
  const { imports, functionNames } = readImage(image);
  const imported = imports.filter(({ kind }) => kind === "function").length;
  const sections: { id: number; body: Uint8Array }[] = [];
  for (const r = new Reader(image, 8); r.more;) sections.push({ id: r.u8(), body: r.take(r.u32()) });
  const section = (id: number): Reader => new Reader(sections.find((one) => one.id === id)?.body ?? Uint8Array.of(0));

  const types = section(3).vector((v) => v.u32());
  const bodies = section(10)
    .vector((v) => v.take(v.u32()))
    .map((code, old): Body => {
      return { old, type: types[old], code, folder: folderOf(functionNames.get(imported + old) ?? "") };
    });
  bodies.sort(likeness);
  const numbers = new Map(bodies.map(({ old }, i) => [imported + old, imported + i]));
  const renumber = (old: number): number => numbers.get(old) ?? old;

  const rewrite: Record<number, (r: Reader) => Uint8Array> = {
    0: (r) => nameSection(r, renumber),
    3: () => {
      const out = new Writer();
      return out.vector(bodies, ({ type }) => void out.u32(type)).whole;
    },
    7: (r) => exportSection(r, renumber),
    9: (r) => elementSection(r, renumber),
    10: () => {
      const out = new Writer();
      return out.vector(bodies, ({ code }) => void out.counted(withCalls(code, renumber))).whole;
    },
  };
  const out = new Writer().bytes(image.subarray(0, 8));
  for (const { id, body } of sections) out.u8(id).counted(rewrite[id]?.(new Reader(body)) ?? body);
  return out.whole;
}
